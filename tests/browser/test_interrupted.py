"""Long-lived pages: server restarts, a sleeping laptop, many tabs. No window is lost or counted twice."""

from __future__ import annotations

import csv
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Profile
from tests.browser.steps import expect_card, format_count, point_count, start_run, wait_until_ended
from tests.e2e.harness import Server, Shop, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.k6]

IS_SAME_DOCUMENT = "window.sameDocument === true"
SILENCE_TIMEOUT_S = 45


def chart_rows(page: Page) -> list[dict[str, float]]:
    """Return the rows of the first chart, from its CSV export."""
    page.get_by_role("button", name=re.compile(": more$")).first.click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="CSV").click()
    lines = download.value.path().read_text().splitlines()
    return [{name: float(text) for name, text in row.items()} for row in csv.DictReader(lines)]


def expect_every_window_once(page: Page, server: Server, run_id: str) -> None:
    """Assert that the points of the page equal the stored snapshots, without gaps or duplicates."""
    snapshots = server.snapshots(run_id)
    wait_for(lambda: point_count(page) == len(snapshots), f"{len(snapshots)} points are drawn")
    rows = chart_rows(page)
    for name in ("elapsed_s", "rps", "vus"):
        assert [row[name] for row in rows] == pytest.approx([snapshot[name] for snapshot in snapshots])
    assert [snapshot["seq"] for snapshot in snapshots] == list(range(1, len(snapshots) + 1))


def wait_for_points(page: Page, minimum: int) -> None:
    wait_for(lambda: point_count(page) >= minimum, f"{minimum} points are drawn", within_s=30)


def mark_document(page: Page) -> None:
    page.evaluate("window.sameDocument = true")


def test_open_page_survives_server_restarts_without_gaps_or_duplicates(
    page: Page, server: Server, shop: Shop
) -> None:
    run_id = start_run(page, shop.url, vus="2", duration="20s")
    mark_document(page)
    wait_for_points(page, 2)
    server.port = int(server.url.rsplit(":", 1)[1])
    for _ in range(2):
        server.kill()
        expect(page.get_by_text("Connection lost.")).to_be_visible()
        server.start()
        expect(page.get_by_text("Connection lost.")).to_be_hidden()
        wait_for_points(page, point_count(page) + 1)
    expect_every_window_once(page, server, run_id)
    wait_until_ended(page)
    record = server.wait_until_ended(run_id)
    expect_card(page, "Requests", format_count(record["total_reqs"]))
    assert record["total_reqs"] == shop.counters()["received"]
    expect_every_window_once(page, server, run_id)
    assert page.evaluate(IS_SAME_DOCUMENT), "the page was reloaded"


@contextmanager
def suspend_processes(server: Server | None = None) -> Iterator[None]:
    """Suspend all browser processes, or only the server, as a sleeping laptop does."""
    if server is not None:
        assert server.process
        processes = [psutil.Process(server.process.pid)]
    else:
        children = psutil.Process().children(recursive=True)
        processes = [process for process in children if "chrom" in process.name()]
    assert processes
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGCONT)


def test_page_catches_up_after_sleep_during_a_server_restart(page: Page, server: Server, shop: Shop) -> None:
    run_id = start_run(page, shop.url, vus="2", duration="12s")
    mark_document(page)
    wait_for_points(page, 2)
    server.port = int(server.url.rsplit(":", 1)[1])
    with suspend_processes():
        server.kill()
        server.start()
        server.wait_for_snapshots(run_id, count=len(server.snapshots(run_id)) + 2)
    wait_until_ended(page)
    record = server.wait_until_ended(run_id)
    expect_card(page, "Requests", format_count(record["total_reqs"]))
    expect_every_window_once(page, server, run_id)
    assert page.evaluate(IS_SAME_DOCUMENT)


def test_run_that_ended_during_sleep_is_shown_as_ended(page: Page, server: Server, shop: Shop) -> None:
    run_id = start_run(page, shop.url, vus="2", duration="6s")
    wait_for_points(page, 1)
    with suspend_processes():
        record = server.wait_until_ended(run_id)
    wait_until_ended(page)
    expect_card(page, "Requests", format_count(record["total_reqs"]))
    expect_every_window_once(page, server, run_id)


@pytest.mark.long
def test_silent_connection_is_reconnected(page: Page, server: Server, shop: Shop) -> None:
    run_id = start_run(page, shop.url, vus="2", duration="60s")
    mark_document(page)
    wait_for_points(page, 2)
    with suspend_processes(server):
        expect(page.get_by_text("Connection lost.")).to_be_visible(timeout=SILENCE_TIMEOUT_S * 1000)
    expect(page.get_by_text("Connection lost.")).to_be_hidden()
    wait_until_ended(page)
    server.wait_until_ended(run_id)
    expect_every_window_once(page, server, run_id)
    assert page.evaluate(IS_SAME_DOCUMENT)


def test_seven_tabs_follow_one_run_over_one_stream(
    new_profile: Callable[..., Profile], server: Server, shop: Shop
) -> None:
    profile = new_profile()
    pages = [profile.open("#/overview") for _ in range(7)]
    run_id = server.run(shop.url, vus=2, duration="6s")
    for page in pages:
        wait_for_points(page, 1)
    assert server.get("/health")["streams"] == 1
    record = server.wait_until_ended(run_id)
    windows = len(server.snapshots(run_id))
    for page in pages:
        wait_until_ended(page)
        expect(page.locator("[data-points]").first).to_have_attribute("data-points", str(windows))
        expect_card(page, "Requests", format_count(record["total_reqs"]))
    assert [url for url in profile.requests if "/stream?" in url] == []
    assert server.get("/health")["streams"] == 1
