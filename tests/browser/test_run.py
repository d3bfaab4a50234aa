"""A run from the first visit to its record. Page, API and target must show the same counts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import (
    drag,
    expect_card,
    format_count,
    open_tab,
    point_count,
    start_run,
    stop_run,
    wait_until_ended,
)
from tests.e2e.harness import Server, Shop, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.k6]


def test_run_shows_the_counts_of_the_target_everywhere(page: Page, server: Server, shop: Shop) -> None:
    run_id = start_run(page, shop.url, vus="3", duration="5s", label="first run")
    header = page.locator("header").first
    expect(header.get_by_text("Running")).to_be_visible()
    expect(page).to_have_title(re.compile("^▶ .*smoke"))
    expect(page.locator("[data-points='1']")).not_to_have_count(0)
    wait_until_ended(page)
    record = server.wait_until_ended(run_id)
    counted = shop.counters()
    assert record["total_reqs"] == counted["received"]

    expect_card(page, "Requests", format_count(counted["received"]))
    responses = page.get_by_role("region", name="Responses")
    for status_class in ("2xx", "4xx"):
        expect(responses).to_contain_text(format_count(record[f"status_{status_class}"]))
    assert point_count(page) == len(server.snapshots(run_id))

    open_tab(page, "Endpoints")
    for op in server.get(f"/runs/{run_id}/ops"):
        row = page.get_by_role("row", name=re.compile(f"^{op['op']}"))
        expect(row).to_contain_text(format_count(op["total_reqs"]))
        assert op["total_reqs"] == counted["operations"][op["op"]]["received"]
    expect(page.locator("tfoot")).to_contain_text(format_count(record["total_reqs"]))

    open_tab(page, "Log")
    expect(page.get_by_role("log")).to_contain_text("k6 was started")

    open_tab(page, "History")
    page.get_by_role("link", name=re.compile("smoke")).click()
    expect(page.get_by_role("region", name="Verdict")).to_contain_text("Passed")
    expect_card(page, "Requests", format_count(record["total_reqs"]))


def test_dragging_across_a_chart_recomputes_the_figures(page: Page, server: Server, shop: Shop) -> None:
    run_id = start_run(page, shop.url, vus="2", duration="8s")
    wait_until_ended(page)
    drag(page, page.locator(".u-over").first, 0.35, 0.85)
    page.wait_for_url(re.compile(r"from=.*to="))
    match = re.search(r"from=([\d.]+)&to=([\d.]+)", page.url)
    assert match
    window = server.get(f"/runs/{run_id}/window?from={match[1]}&to={match[2]}")
    total = window["breakdown"]["figures"]["total_reqs"]
    assert 0 < total < server.record(run_id)["total_reqs"]
    expect_card(page, "Requests", format_count(total))

    open_tab(page, "Endpoints")
    expect(page.locator("tfoot")).to_contain_text(format_count(total))
    page.reload()
    expect(page.locator("tfoot")).to_contain_text(format_count(total))
    page.go_back()
    page.get_by_role("button", name="Show whole run").click()
    expect_card(page, "Requests", format_count(server.record(run_id)["total_reqs"]))


def test_stop_ends_the_run(page: Page, server: Server, target: str) -> None:
    run_id = start_run(page, target, vus="2", duration="60s")
    expect(page.locator("[data-points='1']")).not_to_have_count(0)
    stop_run(page)
    expect(page.get_by_role("button", name="Stopping…")).to_be_disabled()
    wait_until_ended(page, "Stopped", within_s=40)
    assert server.wait_until_ended(run_id)["status"] == "stopped"


def test_server_restart_leaves_no_gap(page: Page, server: Server, shop: Shop) -> None:
    run_id = start_run(page, shop.url, vus="2", duration="14s")
    wait_for(lambda: point_count(page) >= 2, "two windows are drawn")
    server.port = int(server.url.rsplit(":", 1)[1])
    server.kill()
    expect(page.get_by_text("Connection lost.")).to_be_visible()
    assert point_count(page) >= 2
    server.start()
    expect(page.get_by_text("Connection lost.")).to_be_hidden()
    wait_until_ended(page)
    record = server.wait_until_ended(run_id)
    assert record["total_reqs"] == shop.counters()["received"]
    expect_card(page, "Requests", format_count(record["total_reqs"]))
    assert point_count(page) == len(server.snapshots(run_id))


def test_deleted_run_is_gone(page: Page, server: Server, target: str) -> None:
    run_id = server.run(target, vus=1, duration="2s")
    server.wait_until_ended(run_id)
    page.goto(f"{server.url}/#/history/{run_id}")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.wait_for_url(re.compile("#/history$"))
    expect(page.get_by_text("No runs in this period")).to_be_visible()
    assert server.call("GET", f"/runs/{run_id}").status_code == 404
