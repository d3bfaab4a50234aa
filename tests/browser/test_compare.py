"""Comparison, baselines, trends and the page of a run: what counts most comes first, and nothing misleads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Profile
from tests.e2e.harness import Server, Shop

pytestmark = [pytest.mark.browser, pytest.mark.k6]
GOOD: tuple[dict[str, object], ...] = (
    {"name": "List", "path": "/api/products"},
    {"name": "Search", "path": "/api/search?q=lamp"},
)
BROKEN: dict[str, object] = {"name": "Broken", "path": "/api/missing", "checks": {"status": 200}}


class Runs:
    """A good run, a run with a new operation that always fails, and a run of another load."""

    def __init__(self, server: Server, target: str) -> None:
        self.server = server
        self.good = self._run(target, *GOOD)
        self.broken = self._run(target, *GOOD, BROKEN)
        self.larger = self._run(target, *GOOD, vus=4)

    def _run(self, target: str, *operations: dict[str, object], vus: int = 2) -> str:
        self.server.endpoints(*operations, slos={"error_rate": 0.01, "p95_ms": 2_000})
        run_id = self.server.run(target, vus=vus, duration="3s")
        self.server.wait_until_ended(run_id)
        return run_id


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, k6_bin: object, _shop_process: Shop) -> Iterator[Runs]:
    server = Server(tmp_path_factory.mktemp("compared"), k6_bin)  # type: ignore[arg-type]
    server.start()
    try:
        yield Runs(server, _shop_process.url)
    finally:
        server.terminate()


@pytest.fixture
def server(runs: Runs) -> Server:
    """Return the server that `new_profile` opens."""
    return runs.server


@pytest.fixture
def baseline(runs: Runs) -> Iterator[str]:
    """Pin the good run."""
    runs.server.call("POST", f"/runs/{runs.good}/baseline")
    yield runs.good
    runs.server.call("DELETE", "/runs/baseline")


@pytest.fixture
def open_page(new_profile: Callable[..., Profile]) -> Callable[..., Page]:
    return lambda hash_, width=1440: new_profile(width).open(hash_)


def test_a_broken_run_is_worse_even_if_it_is_as_fast(runs: Runs, open_page: Callable[..., Page]) -> None:
    page = open_page(f"#/compare/{runs.good}/{runs.broken}")
    summary = page.get_by_role("region", name="Summary")
    heading = summary.get_by_role("heading")
    expect(heading).to_contain_text(
        re.compile("B is worse than A: verdict passed → failed, 1 limit newly missed, errors")
    )
    expect(heading).to_have_class(re.compile("bad"))
    expect(summary).to_contain_text("operation 100% failing: Broken")


def test_a_comparison_with_a_live_run_is_renewed_when_the_run_ends(
    runs: Runs, target: str, open_page: Callable[..., Page]
) -> None:
    runs.server.endpoints(*GOOD)
    live = runs.server.run(target, vus=2, duration="60s")
    runs.server.wait_for_snapshots(live)
    page = open_page(f"#/compare/{runs.good}/{live}")
    properties = page.get_by_role("region", name="Compared runs")
    expect(properties).to_contain_text("Running")
    runs.server.call("POST", "/run/stop", {"run_id": live})
    runs.server.wait_until_ended(live)
    expect(properties).to_contain_text("Stopped")
    heading = page.get_by_role("region", name="Summary").get_by_role("heading")
    expect(heading).to_contain_text("B is not comparable with A")
    runs.server.call("DELETE", f"/runs/{live}")


def test_runs_of_another_load_have_no_differences(runs: Runs, open_page: Callable[..., Page]) -> None:
    page = open_page(f"#/compare/{runs.good}/{runs.larger}")
    summary = page.get_by_role("region", name="Summary")
    expect(summary.get_by_role("heading")).to_contain_text(
        "B is not comparable with A: the planned load differs"
    )
    cells = page.get_by_role("row", name=re.compile("^p95 ")).first.get_by_role("cell")
    expect(cells.nth(2)).to_have_text("—")
    expect(cells.nth(4)).to_have_text("—")


def test_the_header_and_the_cards_name_a_baseline_that_is_not_comparable(
    runs: Runs, baseline: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"#/history/{runs.larger}")
    note = page.get_by_role("main").get_by_role("link", name=re.compile("^not comparable with ★ ")).last
    expect(note).to_have_attribute("title", re.compile("the planned load differs"))
    expect(note).to_have_attribute("href", f"#/compare/{baseline}/{runs.larger}")
    expect(page.get_by_title(re.compile("^Compared with"))).to_have_count(0)


def test_the_page_of_a_run_shows_limits_once_and_failures_before_figures(
    runs: Runs, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"#/history/{runs.broken}")
    verdict = page.get_by_role("region", name="Verdict")
    expect(verdict.get_by_role("row", name=re.compile("Breached Errors"))).to_contain_text("≤ 1.00%")
    expect(page.get_by_text("≤ 1.00%")).to_have_count(1)
    failures, figures = (
        page.get_by_role("region", name="Failures"),
        page.get_by_role("heading", name="Whole run", exact=True),
    )
    expect(failures).to_contain_text("Broken")
    assert top_of(failures) < top_of(figures)


def top_of(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box is not None
    return box["y"]


def test_the_log_is_on_the_page_of_a_run(runs: Runs, open_page: Callable[..., Page]) -> None:
    page = open_page(f"#/history/{runs.good}")
    log = page.get_by_role("region", name="Log of the run")
    expect(log.get_by_role("listitem").first).to_be_attached()
    expect(log.get_by_role("link", name="Search and download")).to_have_attribute(
        "href", f"#/log?run={runs.good}"
    )


@pytest.mark.parametrize("width", [1440, 390])
def test_a_run_is_set_as_the_baseline_on_its_page(
    runs: Runs, open_page: Callable[..., Page], width: int
) -> None:
    page = open_page(f"#/history/{runs.good}", width)
    page.get_by_role("button", name="Set as baseline").click()
    expect(page.get_by_text("Baseline of all smoke runs")).to_be_visible()
    expect(page.get_by_role("button", name="Set as baseline")).to_have_count(0)
    page.get_by_role("button", name="Scope of the baseline").click()
    page.get_by_role("menuitemcheckbox", name="Baseline of all smoke runs").click()
    expect(page.get_by_role("button", name="Set as baseline")).to_be_visible()


def test_the_page_of_a_run_judges_it_against_the_baseline(
    runs: Runs, baseline: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"#/history/{runs.broken}")
    region = page.get_by_role("region", name="Comparison with the baseline")
    expect(region.get_by_role("heading")).to_contain_text(
        "This run is worse than the baseline: verdict passed → failed"
    )
    expect(region.get_by_role("link", name=re.compile("^vs ★ "))).to_have_attribute(
        "href", f"#/compare/{baseline}/{runs.broken}"
    )


def test_a_trend_contains_only_runs_of_one_load(runs: Runs, open_page: Callable[..., Page]) -> None:
    page = open_page("#/trend")
    expect(
        page.get_by_text(re.compile(r"^2.runs with another planned load: not comparable, not shown$"))
    ).to_be_visible()
    rows = page.get_by_role("region", name="Runs").get_by_role("row")
    expect(rows).to_have_count(2)
    page.get_by_label("Planned load").select_option(index=1)
    page.wait_for_url(re.compile("load="))
    expect(rows).to_have_count(3)


def test_the_list_of_runs_names_missed_limits_and_marks_the_baseline_on_a_phone(
    runs: Runs, baseline: str, open_page: Callable[..., Page]
) -> None:
    page = open_page("#/history")
    failed = page.get_by_role("row").filter(has_text="Failed")
    expect(failed.get_by_text("error rate", exact=True)).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    row = page.get_by_role("row").filter(has=page.locator(f'a[href$="{baseline}"]'))
    expect(row.get_by_role("img", name="Baseline")).to_be_visible()


def test_pages_about_several_runs_never_scroll_horizontally(
    runs: Runs, baseline: str, open_page: Callable[..., Page]
) -> None:
    views = (f"#/compare/{runs.good}/{runs.broken}", "#/trend", "#/history", f"#/history/{runs.broken}")
    wide = []
    for view in views:
        page = open_page(view)
        expect(page.get_by_role("table").first).to_be_visible()
        for width in range(360, 1_921, 120):
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append((view, width))
        page.close()
    assert wide == []
