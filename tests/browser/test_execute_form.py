"""Real runs started from the folds of Execute's form; the target says what came, the page what it made of it."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.steps import configure, start, wait_until_ended
from tests.e2e.harness import Server, Shop, wait_for
from tests.fakes.proxy import CREDENTIALS, PASSWORD, USER
from tests.k6.conftest import CannedResponse, Recorder, recorder

__all__ = ["recorder"]
pytestmark = [pytest.mark.browser, pytest.mark.k6]


@pytest.fixture
def fold(page: Page, server: Server) -> Page:
    """Execute with its network fold open."""
    server.endpoints({"name": "List", "path": "/redirect"})
    page.goto(f"{server.url}/#/execute")
    page.get_by_text("Network", exact=True).click()
    return page


def test_a_run_travels_as_the_network_fold_says(server: Server, fold: Page, recorder: Recorder) -> None:
    port = recorder.url.rpartition(":")[2]
    fold.get_by_label("Time-out of a response").fill("5s")
    fold.get_by_label("Redirects followed").fill("0")
    fold.get_by_label("A new connection for every request").check()
    fold.get_by_label("Names and the addresses").fill(f"shop.test 127.0.0.1:{port}")
    run_id = start(fold, "http://shop.test", vus="2", duration="2s")
    wait_until_ended(fold, "Finished")
    record = server.wait_until_ended(run_id)
    assert record["total_reqs"] == len(recorder.received) > 0
    assert {(one.path, one.headers["Host"]) for one in recorder.received} == {("/redirect", "shop.test")}
    assert len({one.connection for one in recorder.received}) == len(recorder.received)
    assert server.get(f"/runs/{run_id}")["network"]["timeout"] == "5s"


def test_a_proxy_with_a_password_is_used_tested_and_copied(
    server: Server, fold: Page, recorder: Recorder
) -> None:
    fold.get_by_label("Proxy", exact=True).fill(recorder.url)
    fold.get_by_label("User of the proxy").fill(USER)
    fold.get_by_label("Its password").fill(PASSWORD)
    fold.get_by_label("Base URL").fill("http://shop.test")
    fold.get_by_role("button", name=re.compile("^Test")).click()
    expect(fold.get_by_text(re.compile("200 in "))).to_be_visible()
    assert [one.path for one in recorder.received] == ["http://shop.test/"]
    fold.get_by_role("tab", name="just").click()
    expect(fold.locator("pre")).to_contain_text(f"--proxy {recorder.url} --proxy-user {USER}")
    assert PASSWORD not in fold.locator("main").inner_text()
    recorder.received.clear()
    run_id = start(fold, "http://shop.test", vus="1", duration="1s")
    record = server.wait_until_ended(run_id)
    assert record["total_reqs"] == len(recorder.received) > 0
    assert {one.headers["Proxy-Authorization"] for one in recorder.received} == {f"Basic {CREDENTIALS}"}
    assert PASSWORD not in fold.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")


def test_what_is_wrong_in_the_fold_is_shown_at_its_field(fold: Page) -> None:
    fold.get_by_label("User of the proxy").fill(USER)
    configure(fold, "http://shop.test")
    fold.get_by_role("button", name=re.compile("^Start ")).click()
    expect(fold.get_by_text("requires network.proxy", exact=True)).to_be_visible()
    expect(fold.get_by_label("User of the proxy")).to_have_attribute("aria-invalid", "true")
    assert violations(fold) == []


def custom(page: Page, server: Server, target: str) -> None:
    server.endpoints({"name": "ListProducts", "path": "/api/products", "checks": {"status": 200}})
    page.goto(f"{server.url}/#/execute")
    configure(page, target, "Custom")


def stages(page: Page, *typed: tuple[str, str], unit: str) -> None:
    """Exactly these, whatever there was."""
    while page.get_by_role("button", name="Remove stage 2").count():
        page.get_by_role("button", name="Remove stage 2").click()
    for index, (takes, target) in enumerate(typed, 1):
        if index > 1:
            page.get_by_role("button", name="Add a stage").click()
        page.get_by_label(f"Stage {index} takes").fill(takes)
        page.get_by_label(unit).nth(index - 1).fill(target)


def started(page: Page) -> str:
    page.get_by_role("button", name=re.compile("^Start ")).click()
    page.wait_for_url(re.compile("#/overview"))
    found = re.search(r"run=([0-9a-z-]+)", page.url)
    assert found
    return found[1]


def test_stages_of_users_are_run_as_typed(server: Server, page: Page, shop: Shop) -> None:
    custom(page, server, shop.url)
    stages(page, ("0s", "3"), ("2s", "3"), ("1s", "0"), unit="to virtual users")
    expect(page.get_by_role("button", name=re.compile("^Start "))).to_be_enabled()
    record = server.wait_until_ended(started(page))
    assert (record["profile"], record["planned_s"], record["vus_max"]) == ("custom", 3, 3)
    assert record["total_reqs"] == shop.counters()["answered"] > 0


def test_a_rate_over_time_arrives_at_the_target(server: Server, page: Page, shop: Shop) -> None:
    custom(page, server, shop.url)
    page.get_by_text("Requests a second over time", exact=True).click()
    stages(page, ("0s", "20"), ("3s", "20"), unit="to requests a second")
    record = server.wait_until_ended(started(page))
    assert 58 <= shop.counters()["answered"] <= 61
    assert record["total_reqs"] == shop.counters()["answered"]


def test_k6_scenarios_send_exactly_what_they_say(server: Server, page: Page, shop: Shop) -> None:
    custom(page, server, shop.url)
    page.get_by_text("k6 scenarios", exact=True).click()
    text = page.get_by_label("Scenarios, as in k6's options")
    text.fill('{"each": {"executor": "per-vu-iterations"')
    expect(page.get_by_text(re.compile("is not JSON"))).to_be_visible()
    each = {"executor": "per-vu-iterations", "vus": 3, "iterations": 7, "maxDuration": "20s"}
    text.fill(json.dumps({"each": each}))
    expect(page.get_by_text(re.compile("is not JSON"))).to_have_count(0)
    record = server.wait_until_ended(started(page))
    assert record["total_reqs"] == shop.counters()["answered"] == 21


def test_a_dry_run_goes_on_while_its_page_is_left(server: Server, page: Page, recorder: Recorder) -> None:
    server.endpoints(*({"name": f"Slow {n}", "path": f"/slow/{n}"} for n in (200, 201, 202, 203)))
    for n in (200, 201):
        recorder.responses[f"/slow/{n}"] = CannedResponse(delay_s=1.5)
    recorder.responses["/slow/202"] = CannedResponse(delay_s=10)
    page.goto(f"{server.url}/#/execute")
    configure(page, recorder.url)
    page.get_by_role("button", name="Dry run").click()
    wait_for(lambda: recorder.received, "the first request is on its way", within_s=30)
    expect(page.get_by_text("goes on when you leave this page")).to_be_visible()
    page.goto(f"{server.url}/#/history")
    wait_for(lambda: len(recorder.received) == 3, "it went on while nobody looked", within_s=30)
    page.goto(f"{server.url}/#/dry")
    expect(page.get_by_text("2 requests answered so far")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Run again")).to_be_visible(timeout=30_000)
    assert server.get("/run/dry/latest")["status"] == "canceled"
    assert len(recorder.received) == 3
