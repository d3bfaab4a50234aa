"""Real runs that are started with the network fields and the custom load of the start form."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.steps import configure, start_run, wait_until_ended
from tests.e2e.harness import Server, Shop, wait_for
from tests.fakes.proxy import CREDENTIALS, PASSWORD, USER
from tests.k6.conftest import CannedResponse, Recorder, recorder

__all__ = ["recorder"]
pytestmark = [pytest.mark.browser, pytest.mark.k6]


@pytest.fixture
def network_form(page: Page, server: Server) -> Page:
    """The start form with open network fields."""
    server.endpoints({"name": "List", "path": "/redirect", "checks": {"status": 302}})
    page.goto(f"{server.url}/#/execute")
    page.get_by_text("Network", exact=True).click()
    return page


def test_run_uses_the_network_fields(server: Server, network_form: Page, recorder: Recorder) -> None:
    port = recorder.url.rpartition(":")[2]
    network_form.get_by_label("Response timeout").fill("5s")
    network_form.get_by_label("Maximum redirects").fill("0")
    network_form.get_by_label("New connection for every request").check()
    network_form.get_by_label("Host overrides").fill(f"shop.test 127.0.0.1:{port}")
    run_id = start_run(network_form, "http://shop.test", vus="2", duration="2s")
    wait_until_ended(network_form, "Finished")
    record = server.wait_until_ended(run_id)
    assert record["total_reqs"] == len(recorder.received) > 0
    assert {(request.path, request.headers["Host"]) for request in recorder.received} == {
        ("/redirect", "shop.test")
    }
    assert len({request.connection for request in recorder.received}) == len(recorder.received)
    assert server.get(f"/runs/{run_id}")["network"]["timeout"] == "5s"


def test_proxy_with_password_is_used_tested_and_copied(
    server: Server, network_form: Page, recorder: Recorder
) -> None:
    network_form.get_by_label("Proxy", exact=True).fill(recorder.url)
    network_form.get_by_label("Proxy user").fill(USER)
    network_form.get_by_label("Proxy password").fill(PASSWORD)
    network_form.get_by_label("Base URL").fill("http://shop.test")
    network_form.get_by_role("button", name=re.compile("^Test")).click()
    expect(network_form.get_by_text(re.compile("200 in "))).to_be_visible()
    assert [request.path for request in recorder.received] == ["http://shop.test/"]
    network_form.get_by_role("tab", name="just").click()
    expect(network_form.locator("pre")).to_contain_text(f"--proxy {recorder.url} --proxy-user {USER}")
    assert PASSWORD not in network_form.locator("main").inner_text()
    recorder.received.clear()
    run_id = start_run(network_form, "http://shop.test", vus="1", duration="1s")
    record = server.wait_until_ended(run_id)
    assert record["total_reqs"] == len(recorder.received) > 0
    assert {request.headers["Proxy-Authorization"] for request in recorder.received} == {
        f"Basic {CREDENTIALS}"
    }
    assert PASSWORD not in network_form.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")


def test_network_error_is_shown_at_its_field(network_form: Page) -> None:
    network_form.get_by_label("Proxy user").fill(USER)
    configure(network_form, "http://shop.test")
    network_form.get_by_role("button", name=re.compile("^Start ")).click()
    expect(network_form.get_by_text("requires network.proxy", exact=True)).to_be_visible()
    expect(network_form.get_by_label("Proxy user")).to_have_attribute("aria-invalid", "true")
    assert violations(network_form) == []


def open_custom(page: Page, server: Server, target: str) -> None:
    server.endpoints({"name": "ListProducts", "path": "/api/products", "checks": {"status": 200}})
    page.goto(f"{server.url}/#/execute")
    configure(page, target, "Custom")


def enter_stages(page: Page, *stages: tuple[str, str]) -> None:
    """Replace all stages with these durations and targets."""
    expect(page.get_by_role("button", name="Remove stage 1")).to_be_visible()
    while page.get_by_role("button", name="Remove stage 2").count():
        page.get_by_role("button", name="Remove stage 2").click()
    for index, (duration, target) in enumerate(stages, 1):
        if index > 1:
            page.get_by_role("button", name="Add stage").click()
        page.get_by_label(f"Stage {index} duration").fill(duration)
        page.get_by_label(f"Stage {index} target").fill(target)


def start_and_get_id(page: Page) -> str:
    page.get_by_role("button", name=re.compile("^Start ")).click()
    page.wait_for_url(re.compile("#/overview"))
    match = re.search(r"run=([0-9a-z-]+)", page.url)
    assert match
    return match[1]


def test_stages_of_users_run_as_entered(server: Server, page: Page, shop: Shop) -> None:
    open_custom(page, server, shop.url)
    enter_stages(page, ("0s", "3"), ("2s", "3"), ("1s", "0"))
    expect(page.get_by_role("button", name=re.compile("^Start "))).to_be_enabled()
    record = server.wait_until_ended(start_and_get_id(page))
    assert (record["profile"], record["planned_s"], record["vus_max"]) == ("custom", 3, 3)
    assert record["total_reqs"] == shop.counters()["answered"] > 0


def test_rate_over_time_reaches_the_target(server: Server, page: Page, shop: Shop) -> None:
    open_custom(page, server, shop.url)
    page.get_by_text("Request rate over time", exact=True).click()
    enter_stages(page, ("0s", "20"), ("3s", "20"))
    record = server.wait_until_ended(start_and_get_id(page))
    assert 58 <= shop.counters()["answered"] <= 61
    assert record["total_reqs"] == shop.counters()["answered"]


def test_k6_scenarios_send_their_iterations(server: Server, page: Page, shop: Shop) -> None:
    open_custom(page, server, shop.url)
    page.get_by_text("k6 scenarios", exact=True).click()
    text = page.get_by_label("k6 scenarios (JSON)")
    text.fill('{"each": {"executor": "per-vu-iterations"')
    expect(page.get_by_text(re.compile("is not JSON"))).to_be_visible()
    each = {"executor": "per-vu-iterations", "vus": 3, "iterations": 7, "maxDuration": "20s"}
    text.fill(json.dumps({"each": each}))
    expect(page.get_by_text(re.compile("is not JSON"))).to_have_count(0)
    record = server.wait_until_ended(start_and_get_id(page))
    assert record["total_reqs"] == shop.counters()["answered"] == 21


def test_dry_run_continues_on_other_pages(server: Server, page: Page, recorder: Recorder) -> None:
    server.endpoints(*({"name": f"Slow {n}", "path": f"/slow/{n}"} for n in (200, 201, 202, 203)))
    for n in (200, 201):
        recorder.responses[f"/slow/{n}"] = CannedResponse(delay_s=1.5)
    recorder.responses["/slow/202"] = CannedResponse(delay_s=10)
    page.goto(f"{server.url}/#/execute")
    configure(page, recorder.url)
    page.get_by_role("button", name="Dry run").click()
    wait_for(lambda: recorder.received, "the first request has arrived", within_s=30)
    expect(page.get_by_text("the dry run continues if you leave this page")).to_be_visible()
    page.goto(f"{server.url}/#/history")
    wait_for(lambda: len(recorder.received) == 3, "the third request has arrived", within_s=30)
    page.goto(f"{server.url}/#/dry")
    expect(page.get_by_text("2 requests answered so far")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Run again")).to_be_visible(timeout=30_000)
    assert server.get("/run/dry/latest")["status"] == "canceled"
    assert len(recorder.received) == 3
