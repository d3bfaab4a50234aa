"""A recording of Chromium runs as a test without an edit."""

import json
from collections import Counter
from pathlib import Path

from playwright.sync_api import Browser

from dashboard.discovery.discovered import Discovered, ImportOptions
from dashboard.discovery.formats import read_file
from tests.discovery.documents import valid_document
from tests.e2e.harness import Shop
from tests.k6.conftest import K6, k6

__all__ = ["k6"]

# What a page of the shop would do: every value of a later request comes from an earlier response.
JOURNEY = """async () => {
  const headers = { "Content-Type": "application/json" };
  const json = (method, body) => ({ method, headers, body: JSON.stringify(body) });
  const products = await (await fetch("/api/products")).json();
  const product = products.items[3];
  await fetch(`/api/products/${product.id}`);
  await fetch("/api/search?q=blue%20lamp");
  const login = await (await fetch("/api/login", json("POST", { user: "demo", password: "demo" }))).json();
  await fetch("/api/profile", { headers: { Authorization: `Bearer ${login.access_token}` } });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const order = await (await fetch("/api/orders", json("POST", { product_id: product.id, note: "a ${b}" }))).json();
  await fetch(`/api/orders/${order.id}`);
  const review = new URLSearchParams({ product_id: product.id, text: "Good & cheap" });
  await fetch("/api/reviews", { method: "POST", body: review });
  const form = new FormData();
  form.append("product_id", "7");
  form.append("text", "With a picture");
  await fetch("/api/reviews", { method: "POST", body: form });
  form.append("notes", new Blob(["Chromium records no form with a file"], { type: "text/plain" }), "notes.txt");
  await fetch("/api/reviews", { method: "POST", body: form });
  const query = "query Product($id: ID!) { product(id: $id) { name } }";
  await fetch("/graphql", json("POST", { query, variables: { id: product.id }, operationName: "Product" }));
  await fetch("/api/discontinued");
  await fetch(`/api/orders/${order.id}`, { method: "DELETE" });
  navigator.sendBeacon("/statistics", "left");
  new Image().src = "/logo.png";
}"""


def record(browser: Browser, url: str, file: Path) -> Discovered:
    """Record the journey as a HAR file and import it."""
    context = browser.new_context(record_har_path=file)
    page = context.new_page()
    page.goto(url)
    page.evaluate(JOURNEY)
    page.wait_for_load_state("networkidle")
    context.close()
    return read_file(file, ImportOptions())


def test_a_recording_runs_without_an_edit(browser: Browser, shop: Shop, k6: K6, tmp_path: Path) -> None:
    found = record(browser, f"{shop.url}/", tmp_path / "shop.har")
    document = valid_document(found)
    shop.reset()
    (tmp_path / "imported.json").write_text(json.dumps(document))
    env = {
        "LOAD_PROFILE": "smoke",
        "DURATION": "4s",
        "VUS": "1",
        "ENDPOINTS_FILE": str(tmp_path / "imported.json"),
    }
    run = k6.run({**env, "BASE_URL": found.base_urls[0], "ENDPOINTS_ENV": "PASSWORD", "PASSWORD": "demo"})

    failed = [check for check in run.samples_of("op_checks") if check["value"] == 0]
    assert failed == []
    assert {sample["value"] for sample in run.samples_of("http_req_failed")} == {0}
    sent = Counter(sample["op"] for sample in run.samples_of("http_reqs"))
    assert sent.keys() == {endpoint["name"] for endpoint in document["endpoints"]}
    assert shop.counters()["operations"]["CancelOrder"]["statuses"].keys() == {"200"}
    assert found.base_urls == (shop.url,)
    assert len(document["endpoints"]) == 13
    assert [one.endpoint["name"] for one in found.candidates if not one.is_selected] == [
        "POST /api/reviews (3)"
    ]
    assert {one.name: one.count for one in found.left_out} == {"Beacons": 1, "Static files": 1}
