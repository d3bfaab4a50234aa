"""A page that is open for long: the server dies, the laptop sleeps, seven tabs are open. Nothing is lost or doubled."""

from __future__ import annotations

import csv
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched
from tests.browser.steps import expect_card, grouped, points, start, wait_until_ended
from tests.e2e.harness import Server, Shop, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.k6]

MARKED = "window.sameDocument === true"
BEYOND_SILENCE_S = 45


def drawn(page: Page) -> list[dict[str, float]]:
    """What the charts draw: the page's own file of its first chart."""
    page.get_by_role("button", name=re.compile(": more$")).first.click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="CSV").click()
    lines = download.value.path().read_text().splitlines()
    return [{name: float(text) for name, text in row.items()} for row in csv.DictReader(lines)]


def expect_every_window_once(page: Page, server: Server, run_id: str) -> None:
    """The page's points are the stored snapshots, each once, in order, with their values."""
    snapshots = server.snapshots(run_id)
    wait_for(lambda: points(page) == len(snapshots), f"{len(snapshots)} points are drawn")
    rows = drawn(page)
    for name in ("elapsed_s", "rps", "vus"):
        assert [row[name] for row in rows] == pytest.approx([snapshot[name] for snapshot in snapshots])
    assert [snapshot["seq"] for snapshot in snapshots] == list(range(1, len(snapshots) + 1))


def more_points(page: Page, least: int) -> None:
    wait_for(lambda: points(page) >= least, f"{least} points are drawn", within_s=30)


def mark(page: Page) -> None:
    page.evaluate("window.sameDocument = true")


def test_a_server_killed_and_started_again_under_an_open_page_leaves_neither_hole_nor_double(
    page: Page, server: Server, shop: Shop
) -> None:
    run_id = start(page, shop.url, vus="2", duration="20s")
    mark(page)
    more_points(page, 2)
    server.port = int(server.url.rsplit(":", 1)[1])
    for _ in range(2):
        server.kill()
        expect(page.get_by_text("Connection lost.")).to_be_visible()
        server.start()
        expect(page.get_by_text("Connection lost.")).to_be_hidden()
        more_points(page, points(page) + 1)
    expect_every_window_once(page, server, run_id)
    wait_until_ended(page)
    record = server.wait_until_ended(run_id)
    expect_card(page, "Requests", grouped(record["total_reqs"]))
    assert record["total_reqs"] == shop.counters()["received"]
    expect_every_window_once(page, server, run_id)
    assert page.evaluate(MARKED), "the page was not loaded again"


@contextmanager
def asleep(server: Server | None = None) -> Iterator[None]:
    """Stop every process of the browser (or only the server), as a lid that is closed does; go on at the end."""
    if server is not None:
        assert server.process
        stopped = [psutil.Process(server.process.pid)]
    else:
        children = psutil.Process().children(recursive=True)
        stopped = [process for process in children if "chrom" in process.name()]
    assert stopped
    for process in stopped:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in stopped:
            process.send_signal(signal.SIGCONT)


def test_a_laptop_that_slept_while_the_server_was_started_again_shows_all_of_the_run(
    page: Page, server: Server, shop: Shop
) -> None:
    run_id = start(page, shop.url, vus="2", duration="12s")
    mark(page)
    more_points(page, 2)
    server.port = int(server.url.rsplit(":", 1)[1])
    with asleep():
        server.kill()
        server.start()
        server.wait_for_snapshots(run_id, snapshots=len(server.snapshots(run_id)) + 2)
    wait_until_ended(page)
    record = server.wait_until_ended(run_id)
    expect_card(page, "Requests", grouped(record["total_reqs"]))
    expect_every_window_once(page, server, run_id)
    assert page.evaluate(MARKED)


def test_a_run_that_ended_while_the_laptop_slept_is_shown_as_ended(
    page: Page, server: Server, shop: Shop
) -> None:
    run_id = start(page, shop.url, vus="2", duration="6s")
    more_points(page, 1)
    with asleep():
        record = server.wait_until_ended(run_id)
    wait_until_ended(page)
    expect_card(page, "Requests", grouped(record["total_reqs"]))
    expect_every_window_once(page, server, run_id)


@pytest.mark.long
def test_a_line_that_was_silent_for_long_is_taken_up_again(page: Page, server: Server, shop: Shop) -> None:
    run_id = start(page, shop.url, vus="2", duration="60s")
    mark(page)
    more_points(page, 2)
    with asleep(server):
        expect(page.get_by_text("Connection lost.")).to_be_visible(timeout=BEYOND_SILENCE_S * 1000)
    expect(page.get_by_text("Connection lost.")).to_be_hidden()
    wait_until_ended(page)
    server.wait_until_ended(run_id)
    expect_every_window_once(page, server, run_id)
    assert page.evaluate(MARKED)


def test_seven_tabs_follow_one_run_on_one_stream(
    watch: Callable[..., Watched], server: Server, shop: Shop
) -> None:
    watched = watch()
    pages = [watched.open("#/overview") for _ in range(7)]
    run_id = server.run(shop.url, vus=2, duration="6s")
    for page in pages:
        more_points(page, 1)
    assert server.get("/health")["streams"] == 1
    record = server.wait_until_ended(run_id)
    windows = len(server.snapshots(run_id))
    for page in pages:
        wait_until_ended(page)
        expect(page.locator("[data-points]").first).to_have_attribute("data-points", str(windows))
        expect_card(page, "Requests", grouped(record["total_reqs"]))
    assert [url for url in watched.requests if "/stream" in url] == []
    assert server.get("/health")["streams"] == 1
