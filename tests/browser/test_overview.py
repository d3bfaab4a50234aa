"""Overview: what fails comes first, a dead target is named in words, and an ended run has its verdict in a sentence."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Profile
from tests.browser.steps import start_run, wait_until_settled
from tests.e2e.harness import Server, Shop

pytestmark = [pytest.mark.browser, pytest.mark.k6]


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Yield a port on which nothing listens. It stays reserved, so that nobody else listens on it."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


def state_of(page: Page) -> Locator:
    return page.get_by_role("region", name="State of the run")


def top_of(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None
    return box["y"]


def test_dead_target_is_named_in_the_first_window(page: Page, server: Server, closed_port: int) -> None:
    run_id = start_run(page, f"http://127.0.0.1:{closed_port}", vus="1", duration="60s")
    expect(state_of(page)).to_contain_text(
        re.compile(rf"Running:\s+Connection refused by 127\.0\.0\.1:{closed_port}, 100% of requests\.")
    )
    assert len(server.snapshots(run_id)) <= 2
    failing = page.get_by_role("region", name="Failing operations")
    expect(
        failing.get_by_role("row", name=re.compile(r"^ListProducts dial: connection refused"))
    ).to_contain_text("100%")
    chart = top_of(page.locator("figure").first)
    server.post("/run/stop", {"run_id": run_id, "now": True})
    expect(state_of(page)).to_contain_text(
        re.compile(r"Failed:\s+Connection refused.*Stopped by you after 0:\d\d\.")
    )
    assert top_of(page.locator("figure").first) == chart


def test_failing_operation_leads_to_its_request(page: Page, server: Server, shop: Shop) -> None:
    server.endpoints(
        {"name": "ListProducts", "path": "/api/products", "weight": 3, "checks": {"status": 200}},
        {"name": "NotFound", "path": "/api/nothing-here", "checks": {"status": 200}},
    )
    run_id = server.run(shop.url, duration="2s")
    server.wait_until_ended(run_id)
    [group] = server.get(f"/runs/{run_id}/failures")
    page.goto(re.sub("#.*", "", page.url) + f"#/overview?run={run_id}")
    failing = page.get_by_role("region", name="Failing operations")
    row = failing.get_by_role("row", name=re.compile("^NotFound HTTP 404"))
    expect(row).to_contain_text(f"{group['count']:,}")
    expect(row).to_contain_text("100%")
    wait_until_settled(page)
    assert violations(page) == []
    row.get_by_role("link", name=re.compile("^Show request")).click()
    expect(page.get_by_text("/api/nothing-here").first).to_be_in_viewport()


def test_ended_run_has_its_verdict_in_a_sentence(page: Page, server: Server, shop: Shop) -> None:
    server.endpoints(
        {"name": "NotFound", "path": "/api/nothing-here", "checks": {"status": 200}},
        slos={"p95_ms": 2_000, "error_rate": 0.05},
    )
    run_id = server.run(shop.url, vus=1, duration="2s")
    server.wait_until_ended(run_id)
    page.goto(f"{server.url}/#/overview?run={run_id}")
    state = state_of(page)
    expect(state).to_contain_text(
        re.compile(r"Failed:\s+1 of 2\sSLOs breached: Errors\. Completed as planned\.")
    )
    with page.context.expect_page() as report:
        state.get_by_role("button", name="Report").click()
    assert report.value.url.endswith(f"/runs/{run_id}/report")
    state.get_by_role("button", name="Run again").click()
    page.wait_for_url(re.compile("#/execute"))
    expect(page.get_by_label("Base URL")).to_have_value(shop.url)


def test_ended_run_is_compared_with_the_run_before(
    new_profile: Callable[..., Profile], server: Server, shop: Shop
) -> None:
    runs = []
    for _ in range(2):
        runs.append(server.run(shop.url, vus=1, duration="1s"))
        server.wait_until_ended(runs[-1])
    page = new_profile().open(f"#/overview?run={runs[1]}")
    state_of(page).get_by_role("button", name="Compare").click()
    page.wait_for_url(re.compile(f"#/compare/{runs[0]}/{runs[1]}$"))


def test_ended_run_is_judged_against_its_baseline(page: Page, server: Server, shop: Shop) -> None:
    runs = []
    for path in ("/api/products", "/api/nothing-here"):
        server.endpoints({"name": "Only", "path": path, "checks": {"status": 200}}, slos={"error_rate": 0.05})
        runs.append(server.run(shop.url, vus=1, duration="2s"))
        server.wait_until_ended(runs[-1])
    server.post(f"/runs/{runs[0]}/baseline")
    headline = server.get(f"/runs/{runs[1]}/baseline")["judgment"]["headline"]
    page.goto(re.sub("#.*", "", page.url) + f"#/overview?run={runs[1]}")
    expect(state_of(page)).to_contain_text(headline)
