"""One subject per page: the header shows the run that the page is about, and any other run is one quiet line."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Profile
from tests.browser.steps import configure, open_tab, point_count, start_run, stop_run, wait_until_ended
from tests.e2e.harness import Server, Shop, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.k6]

# Records every frame without a header or with a skeleton, until `window.blanks` is read.
WATCH_BLANKS = """() => {
    window.blanks = [];
    const look = () => {
        if (!document.querySelector(".body > header dl")) window.blanks.push("no header");
        // A panel of a run that has just started may wait for its first figures.
        const waiting = [...document.querySelectorAll("main .skeleton")].map((each) => each.textContent);
        window.blanks.push(...waiting.filter((text) => /Loading (run|view)/.test(text)));
        requestAnimationFrame(look);
    };
    look();
}"""


def top_of(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None
    return box["y"]


def header_of(page: Page) -> Locator:
    """Return the header of the page. Panels have headers of their own."""
    return page.locator(".body > header")


def run_of_one_operation(server: Server, target: str, path: str) -> str:
    server.endpoints(
        {"name": "Only", "path": path, "checks": {"status": 200}}, slos={"error_rate": 0.05, "p95_ms": 2_000}
    )
    run_id = server.run(target, vus=1, duration="2s")
    server.wait_until_ended(run_id)
    return run_id


def test_page_shows_one_verdict(new_profile: Callable[..., Profile], server: Server, shop: Shop) -> None:
    failed = run_of_one_operation(server, shop.url, "/api/nothing-here")
    passed = run_of_one_operation(server, shop.url, "/api/products")
    page = new_profile().open(f"#/history/{failed}")
    header = header_of(page)
    expect(page.get_by_role("region", name="Verdict")).to_contain_text("Failed")
    expect(header.locator(".badge")).to_have_text("Failed")
    expect(header).to_contain_text(re.compile(r"Last run: smoke\s+passed"))
    for view in (f"compare/{failed}/{passed}", "trend", "history", "execute", "slos", "settings", "discover"):
        page.goto(re.sub("#.*", "", page.url) + f"#/{view}")
        expect(header).to_contain_text(re.compile(r"Last run: smoke\s+passed"))
        expect(header.locator(".badge, dl")).to_have_count(0)
        assert (header.bounding_box() or {})["height"] < 50, view

    page.goto(re.sub("#.*", "", page.url) + f"#/history/{failed}")
    open_tab(page, "Log")
    page.wait_for_url(re.compile(f"#/log\\?run={failed}$"))
    expect(header.locator(".badge")).to_have_text("Failed")
    expect(page.get_by_label("Breadcrumb")).to_have_text(re.compile(f"History / {failed} / Log"))
    header.get_by_role("link", name="Open run").first.click()
    page.wait_for_url(re.compile("#/log$"))
    expect(header.locator(".badge")).to_have_text("Passed")


def test_every_page_has_a_current_entry_in_the_navigation(new_profile: Callable[..., Profile]) -> None:
    page = new_profile().open()
    lit = page.get_by_role("navigation", name="Main").first.locator("[aria-current=page]")
    for view, name in (
        ("slos", "SLOs"),
        ("settings", "Settings"),
        ("trend", "History"),
        ("compare/a/b", "History"),
        ("dry", "Execute"),
        ("history/a", "History"),
    ):
        page.goto(re.sub("#.*", "", page.url) + f"#/{view}")
        expect(lit).to_have_count(1)
        expect(lit).to_contain_text(name)
    page.get_by_role("button", name="Help").click()
    expect(page.get_by_role("dialog")).to_contain_text("Keyboard shortcuts")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="API docs").click()
    expect(page.get_by_role("heading", name="k6 dashboard API")).to_be_visible()


def test_header_of_a_live_run_shows_breached_slos_and_confirms_a_stop(
    page: Page, server: Server, shop: Shop
) -> None:
    server.endpoints(
        {"name": "Only", "path": "/api/nothing-here", "checks": {"status": 200}},
        slos={"error_rate": 0.05, "p95_ms": 2_000},
    )
    start_run(page, shop.url, vus="2", duration="60s")
    header = header_of(page)
    expect(header.get_by_role("link", name=re.compile(r"1 of 2\sSLOs breached"))).to_be_visible()
    before = top_of(page.locator("main"))
    page.get_by_role("button", name="Stop", exact=True).dblclick()
    expect(page.get_by_role("button", name="Stop run")).to_have_count(0)
    assert server.record()["status"] == "running"
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(header).to_contain_text(re.compile(r"Stop\? 0:\d\d left"))
    assert top_of(page.locator("main")) == before
    page.get_by_role("button", name="Stop run").click()
    wait_until_ended(page, "Failed", within_s=40)


def test_controls_of_a_live_run_are_beside_its_state(page: Page, server: Server, shop: Shop) -> None:
    """A baseline takes up space in the header. It must not push Stop into a row of its own."""
    baseline = run_of_one_operation(server, shop.url, "/api/products")
    server.post(f"/runs/{baseline}/baseline")
    start_run(page, shop.url, vus="1", duration="60s")
    expect(header_of(page).get_by_text("Baseline")).to_be_visible()
    for width in (1300, 1440, 1599, 1700):
        page.set_viewport_size({"width": width, "height": 900})
        stop, badge = page.get_by_role("button", name="Stop", exact=True), header_of(page).locator(".badge")
        assert abs(top_of(stop) - top_of(badge)) < 30, width
    stop_run(page)
    wait_until_ended(page, "Stopped", within_s=40)


def test_frozen_view_is_labeled_and_does_not_follow_the_run(page: Page, shop: Shop, server: Server) -> None:
    start_run(page, shop.url, vus="2", duration="60s")
    wait_for(lambda: point_count(page) >= 1, "a window is drawn")
    chart = page.locator("figure").first
    before = top_of(chart)
    page.get_by_role("radio", name="Frozen").check()
    expect(page.get_by_text(re.compile(r"Frozen at 0:\d\d\."))).to_be_visible()
    assert top_of(chart) == before
    drawn = point_count(page)
    counted = len(server.snapshots("latest"))
    wait_for(lambda: len(server.snapshots("latest")) > counted + 1, "the run continues")
    assert point_count(page) == drawn
    page.get_by_role("button", name="Show live").click()
    wait_for(lambda: point_count(page) > drawn, "the charts catch up")
    expect(page.get_by_role("radio", name="Live")).to_be_checked()
    stop_run(page)
    wait_until_ended(page, "Stopped", within_s=40)


def test_paused_load_is_the_state_of_the_run(page: Page, server: Server, shop: Shop) -> None:
    configure(page, shop.url, vus="2", duration="6s")
    page.get_by_role("checkbox", name="Steerable").check()
    page.get_by_role("button", name="Start smoke").click()
    header = header_of(page)
    page.get_by_role("button", name="Pause load").click()
    expect(header.locator(".badge")).to_have_text("Load paused")
    record = server.wait_until_ended()
    page.goto(re.sub("#.*", "", page.url) + f"#/history/{record['run_id']}")
    expect(page.get_by_role("region", name="Verdict")).to_contain_text("paused until its end")


def test_next_run_replaces_a_stopped_one_without_a_blank_page(page: Page, server: Server, shop: Shop) -> None:
    first = server.run(shop.url, vus=1, duration="60s")
    second = server.run(shop.url, vus=1, duration="60s", label="second", queue=True)
    page.goto(re.sub("#.*", "", page.url) + "#/overview")
    wait_for(lambda: point_count(page) >= 1, "a window is drawn")
    page.evaluate(WATCH_BLANKS)
    server.post("/run/stop", {"run_id": first, "now": True})
    expect(header_of(page).get_by_text("second")).to_be_visible(timeout=40_000)
    assert page.evaluate("window.blanks") == []
    server.post("/run/stop", {"run_id": second, "now": True})
    server.wait_until_ended(second)


def test_plan_is_aligned_on_the_first_visit(new_profile: Callable[..., Profile]) -> None:
    page = new_profile().open("#/execute")
    plan = page.get_by_role("region", name="Plan")
    expect(plan).to_be_visible()
    assert header_of(page).count() == 0
    assert top_of(plan) == top_of(page.get_by_role("region", name="Your first run"))
