"""The report in Chromium: the order of its parts, its printed form, and its content without scripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.app import create_app
from dashboard.model.baseline import Baseline, Scope
from dashboard.services import Services
from tests.api.conftest import make_services
from tests.factories import A_MOMENT
from tests.reports.synthetic_runs import store_run

__all__ = ["make_services"]
pytestmark = pytest.mark.browser
# The printable width and height in CSS pixels, with margins of 12 mm.
PAPERS = {"A4": (703, 1_031), "Letter": (725, 965)}


@pytest.fixture
def report(make_services: Callable[..., Services], tmp_path: Path) -> str:
    """The address of the report of a run with a baseline, on disk."""
    services = make_services()
    baseline = store_run(services.store, seconds=60, operations=3, run_id="20261120-101500-aaaaaaaa")
    run = store_run(services.store, seconds=60, operations=3, seed=2)
    scope = Scope(profile=run.config.profile)
    services.store.baselines.pin(Baseline(scope=scope, run_id=baseline.run_id, pinned_at=A_MOMENT))
    path = tmp_path / "report.html"
    path.write_bytes(create_app(services).test_client().get(f"/runs/{run.run_id}/report").data)
    return path.as_uri()


def open_report(browser: Browser, address: str, width: int, *, scripts: bool = True) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=scripts, color_scheme="light"
    )
    page = context.new_page()
    page.goto(address)
    return page


def test_a_report_starts_with_what_counts_most(browser: Browser, report: str) -> None:
    page = open_report(browser, report, 1_280)
    expect(page.get_by_role("region", name="Properties")).to_be_visible()
    parts = [
        page.get_by_role("region", name="Verdict"),
        page.locator(".frame", has=page.locator("canvas")).first,
        *(
            page.get_by_role("region", name=name)
            for name in ("Failing operations", "Comparison with the baseline")
        ),
        page.get_by_role("region", name="Properties"),
    ]
    tops = [part.evaluate("part => part.getBoundingClientRect().top") for part in parts]
    assert tops == sorted(tops)
    page.context.close()


@pytest.mark.parametrize("paper", PAPERS)
def test_charts_fit_on_paper_with_their_legends(browser: Browser, report: str, paper: str) -> None:
    width, height = PAPERS[paper]
    page = open_report(browser, report, width)
    page.emulate_media(media="print")
    charts = page.locator(".frame", has=page.locator("canvas"))
    expect(charts).to_have_count(4)
    for chart in charts.all():
        box = chart.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["height"] < height / 2
        assert chart.evaluate("chart => getComputedStyle(chart).breakInside") == "avoid"
        expect(chart.get_by_role("group", name="series").get_by_role("button").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


@pytest.mark.parametrize("width", [1_024, 390])
def test_a_report_without_scripts_has_charts_and_tables(browser: Browser, report: str, width: int) -> None:
    page = open_report(browser, report, width, scripts=False)
    expect(page.get_by_role("heading", name="Verdict: passed")).to_be_visible()
    for title in ("Throughput", "Latency", "Errors", "Virtual users"):
        box = page.get_by_role("img", name=title).bounding_box()
        assert box
        assert box["width"] > width / 2
        assert box["x"] + box["width"] <= width
    expect(page.get_by_role("row", name="Operation0")).to_be_visible()
    page.context.close()
