"""Layout, measured by boxes: no page scrolls horizontally, table headers stay in view, and tables can be adapted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Profile
from tests.browser.finished_run import FinishedRun
from tests.e2e.harness import Server

pytestmark = [pytest.mark.browser, pytest.mark.k6]

WIDTHS = range(360, 1921, 40)
VIEWS = (
    "execute",
    "overview",
    "endpoints",
    "endpoints?op=ListProducts",
    "http",
    "log",
    "history",
    "trend",
    "slos",
    "discover",
    "settings",
    "dry",
)
# The boxes of the table head, the page header, and the first and last row, in pixels of the window.
HEAD = """() => {
    const box = (selector) => document.querySelector(selector).getBoundingClientRect();
    const [first, last] = [box("main tbody tr"), box("main tbody tr:last-child")];
    return { head: box("main thead"), page: box("header"), first, last };
}"""


@pytest.fixture
def server(finished_run: FinishedRun) -> Server:
    """Return the server that `new_profile` opens."""
    return finished_run.server


@pytest.mark.parametrize("view", VIEWS)
def test_no_view_scrolls_horizontally_at_any_width(
    new_profile: Callable[..., Profile], finished_run: FinishedRun, view: str
) -> None:
    page = new_profile().open(f"#/{view}")
    assert overflows(page) == []


def test_no_page_of_runs_scrolls_horizontally_at_any_width(
    new_profile: Callable[..., Profile], finished_run: FinishedRun
) -> None:
    page = new_profile().open(f"#/history/{finished_run.run_id}")
    expect(page.get_by_role("columnheader", name="Operation").first).to_be_visible()
    assert overflows(page) == []
    page.goto(f"{finished_run.server.url}/#/compare/{finished_run.run_id}/{finished_run.run_id}")
    expect(page.get_by_role("heading", name="Per operation")).to_be_visible()
    assert overflows(page) == []


def overflows(page: Page) -> list[tuple[int, int]]:
    """Return each width at which the page is wider than the window, with the width of the page."""
    expect(page.locator("main :visible").first).to_be_visible()
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        content = page.evaluate("document.documentElement.scrollWidth")
        if content > width:
            found.append((width, content))
    return found


@pytest.mark.parametrize("width", [390, 800, 1024, 1100, 1200, 1440])
def test_the_head_of_a_table_covers_no_row_before_scrolling(
    new_profile: Callable[..., Profile], width: int
) -> None:
    page = new_profile(width).open("#/endpoints")
    expect(page.get_by_role("link", name="ListProducts", exact=True)).to_be_visible()
    boxes = page.evaluate(HEAD)
    assert boxes["head"]["bottom"] <= boxes["first"]["top"] + 1


@pytest.mark.parametrize("width", [800, 1024, 1440])
def test_the_head_of_a_table_stays_below_the_header_while_the_page_scrolls(
    new_profile: Callable[..., Profile], width: int
) -> None:
    page = new_profile(width).open("#/endpoints")
    expect(page.get_by_role("link", name="ListProducts", exact=True)).to_be_visible()
    # A short window, with space below the table, so that the page scrolls.
    page.set_viewport_size({"width": width, "height": 300})
    page.evaluate("document.querySelector('main').style.paddingBottom = '2000px'")
    start = page.evaluate(HEAD)
    page.evaluate("(y) => scrollTo(0, y)", start["first"]["top"] - start["page"]["bottom"] + 8)
    page.wait_for_function(
        "() => Math.abs(document.querySelector('main thead').getBoundingClientRect().top"
        " - document.querySelector('header').getBoundingClientRect().bottom) <= 4"
    )
    boxes = page.evaluate(HEAD)
    assert boxes["head"]["bottom"] <= boxes["last"]["bottom"]


def test_columns_are_chosen_and_remembered(new_profile: Callable[..., Profile]) -> None:
    page = new_profile().open("#/endpoints")
    expect(page.get_by_role("columnheader", name="p99")).to_be_visible()
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("menuitemcheckbox", name="p99").click()
    page.get_by_role("menuitemcheckbox", name="Group").click()
    page.keyboard.press("Escape")
    for name in ("p99", "Group"):
        expect(page.get_by_role("columnheader", name=name)).to_have_count(0)
    page.reload()
    expect(page.get_by_role("columnheader", name="p95", exact=True)).to_be_visible()
    expect(page.get_by_role("columnheader", name="p99")).to_have_count(0)
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("menuitem", name="Reset columns").click()
    expect(page.get_by_role("columnheader", name="p99")).to_be_visible()


def test_the_operation_column_is_resized_by_keys_and_reset_by_a_double_click(
    new_profile: Callable[..., Profile],
) -> None:
    page = new_profile().open("#/endpoints")
    handle = page.get_by_role("separator", name="Width of the operation column")
    head = page.locator("main thead th").first
    before = box_width(head)
    handle.focus()
    for _ in range(5):
        handle.press("ArrowRight")
    assert box_width(head) == pytest.approx(before + 80, abs=2)
    handle.dblclick()
    assert box_width(head) == pytest.approx(before, abs=2)


def box_width(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box is not None
    return float(box["width"])


def test_all_rows_are_copied_with_all_digits(
    new_profile: Callable[..., Profile], finished_run: FinishedRun
) -> None:
    profile = new_profile()
    page = profile.open("#/endpoints?sort=op")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy table").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    head, *rows = [line.split("\t") for line in page.evaluate("navigator.clipboard.readText()").splitlines()]
    ops = {op["op"]: op for op in finished_run.server.get(f"/runs/{finished_run.run_id}/ops")}
    assert [row[0] for row in rows] == sorted(ops)
    for row in rows:
        copied = dict(zip(head, row, strict=True))
        assert float(copied["p95 ms"]) == ops[row[0]]["p95_ms"]
        assert int(copied["Requests"]) == ops[row[0]]["total_reqs"]
