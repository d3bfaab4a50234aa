"""Steering in the header: the target receives the requested load, and the page shows when k6 has applied it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import configure, open_tab, stop_run, wait_until_ended
from tests.e2e.harness import Server, Shop, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.k6]


def start_steerable(page: Page, target: str, profile: str, **fields: str) -> None:
    configure(page, target, profile, **fields)
    expect(page.get_by_role("checkbox", name="Steerable")).to_be_checked()
    page.get_by_role("button", name=re.compile("^Start ")).click()
    page.wait_for_url(re.compile("#/overview"))


def busy_users(server: Server) -> int | None:
    snapshots = server.snapshots("latest")
    return snapshots[-1]["busy_vus"] if snapshots else None


def test_users_are_steered_paused_and_stopped(page: Page, server: Server, shop: Shop) -> None:
    start_steerable(page, shop.url, "Soak", vus="4", duration="5m")
    load = page.get_by_role("group", name="Load")
    users = load.get_by_role("slider", name="Active users")
    expect(users).to_have_attribute("aria-valuetext", re.compile("^4 of 4"))
    users.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(users).to_have_attribute("aria-valuetext", re.compile("^2 of 4"))
    expect(load.get_by_role("status")).to_have_text(re.compile("^2 of 4.*applied$"))
    wait_for(lambda: busy_users(server) == 2, "two users are busy")

    load.get_by_role("button", name="Increase").click()
    expect(load.get_by_role("status")).to_have_text(re.compile("^3 of 4.*applied$"))
    load.get_by_role("button", name="Pause load").click()
    expect(load.get_by_role("status")).to_have_text("Load paused: applied")
    wait_for(lambda: busy_users(server) == 0, "no user is busy")
    before = shop.counters()["received"]
    users_chart = page.get_by_role("figure", name="Virtual users")
    expect(users_chart).to_contain_text("planned, requested and busy")
    expect(users_chart).to_contain_text(re.compile("busy 0.*requested 0.*planned 4"))
    assert shop.counters()["received"] == before

    load.get_by_role("button", name="Resume load").click()
    wait_for(lambda: shop.counters()["received"] > before, "the target receives requests again")
    stop_run(page)
    wait_until_ended(page, "Stopped", within_s=40)
    record = server.wait_until_ended()
    assert record["total_reqs"] == shop.counters()["received"]
    assert record["requests_cut"] == 0
    open_tab(page, "Log")
    expect(page.get_by_role("log")).to_contain_text("load paused; resumes with 3 of 4 users")


def test_stop_waits_for_iterations_unless_it_is_immediate(page: Page, server: Server, shop: Shop) -> None:
    server.endpoints({"name": "Slow", "path": "/api/products?delay_ms=9000"})
    start_steerable(page, shop.url, "Soak", vus="2", duration="5m")
    wait_for(lambda: shop.counters()["received"] == 2, "both users have sent a request")
    stop_run(page)
    expect(page.locator("header").first).to_contain_text(re.compile(r"waiting for 2\srunning iterations"))
    page.get_by_role("button", name="Stop now").click()
    wait_until_ended(page, "Stopped", within_s=8)


def test_steering_is_offered_only_for_constant_load(page: Page, target: str) -> None:
    configure(page, target, "Ramp")
    expect(page.get_by_text("Only constant load can be steered.")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Steerable")).to_have_count(0)
    configure(page, target, "Smoke")
    expect(page.get_by_role("checkbox", name="Steerable")).not_to_be_checked()


def test_rejected_control_request_is_reported_and_reverted(page: Page, server: Server, shop: Shop) -> None:
    start_steerable(page, shop.url, "Arrival", rate="10", vus="5", duration="5m")
    share = page.get_by_role("slider", name="Rate as a percentage of the plan")
    expect(share).to_have_attribute("aria-valuetext", re.compile("^100%, 10/s"))
    page.route("**/run/control", lambda route: route.fulfill(status=409, json={"detail": "not now"}))
    page.get_by_role("button", name="Decrease").click()
    expect(page.get_by_text("not now")).to_be_visible()
    expect(share).to_have_attribute("aria-valuetext", re.compile("^100%"))
    server.post("/run/stop", {"now": True})
    wait_until_ended(page, "Stopped", within_s=20)
