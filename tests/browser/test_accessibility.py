"""axe-core finds no violations in any tab, run page, dialog or menu, for each theme and width."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.api.pages import THEME_COOKIE
from tests.browser.axe import violations
from tests.browser.finished_run import FinishedRun
from tests.browser.steps import configure, tab_hashes, wait_until_settled
from tests.e2e.harness import Server

pytestmark = [pytest.mark.browser, pytest.mark.k6]

OTHER_THEMES = ("arctic", "matrix", "cyberpunk", "amber", "aurora")
THEMES = ["midnight", *(pytest.param(theme, marks=pytest.mark.long) for theme in OTHER_THEMES)]
WIDTHS = (1440, 390)
CHART_MENU = re.compile(": more$")

OpenPage = Callable[[str, str, int], Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Yield a function that opens a page with a theme and width, without animations, because axe reads colors."""
    contexts = []

    def open_themed(url: str, theme: str, width: int) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        contexts.append(context)
        context.add_cookies([{"name": THEME_COOKIE, "value": theme, "url": url}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(url)
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        return page

    yield open_themed
    for context in contexts:
        context.close()


@contextmanager
def collect_violations(context: str) -> Iterator[list[str]]:
    """Yield a list for violations, and fail at the end with all of them."""
    found: list[str] = []
    yield found
    assert found == [], f"{context}:\n" + "\n".join(found)


def add_violations(page: Page, view: str, found: list[str]) -> None:
    wait_until_settled(page)
    found += [f"{view}: {violation}" for violation in violations(page)]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_tabs_and_run_page_have_no_violations(
    open_page: OpenPage, finished_run: FinishedRun, theme: str, width: int
) -> None:
    page = open_page(finished_run.server.url, theme, width)
    with collect_violations(f"{theme} at {width} px") as found:
        for view in [*tab_hashes(page), f"#/history/{finished_run.run_id}"]:
            page.goto(f"{finished_run.server.url}/{view}")
            add_violations(page, view, found)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_dialogs_menus_and_errors_have_no_violations(
    open_page: OpenPage, finished_run: FinishedRun, theme: str, width: int
) -> None:
    page = open_page(f"{finished_run.server.url}/#/execute", theme, width)
    with collect_violations(f"{theme} at {width} px") as found:
        configure(page, finished_run.target, profile="Ramp", vus="0")
        page.get_by_role("radio", name="Basic").check()
        expect(page.locator("input[name=vus]")).to_have_attribute("aria-invalid", "true")
        add_violations(page, "field error on Execute", found)
        page.keyboard.press("Escape")
        page.locator("body").press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        add_violations(page, "keyboard shortcuts", found)
        page.goto(f"{finished_run.server.url}/#/history/{finished_run.run_id}")
        page.reload()
        page.get_by_role("button", name="Delete").click()
        add_violations(page, "delete dialog", found)
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Export").click()
        expect(page.get_by_role("menu")).to_be_visible()
        add_violations(page, "export menu", found)
        page.goto(f"{finished_run.server.url}/#/endpoints?run={finished_run.run_id}&op=Search")
        page.reload()
        expect(page.get_by_role("heading", name="Search")).to_be_visible()
        add_violations(page, "operation panel", found)
        page.goto(f"{finished_run.server.url}/#/overview?run={finished_run.run_id}")
        page.reload()
        page.get_by_role("button", name=CHART_MENU).first.click()
        add_violations(page, "chart menu", found)
        page.get_by_role("menuitem", name="Data as a table").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        add_violations(page, "chart data", found)
        page.goto(f"{finished_run.server.url}/#/history/20200101-000000-aaaaaaaa")
        page.reload()
        add_violations(page, "missing run", found)
        page.goto(f"{finished_run.server.url}/#/overview?run={finished_run.run_id}&from=0&to=2.5")
        add_violations(page, "selected range", found)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_report_has_no_violations(
    browser: Browser, finished_run: FinishedRun, scheme: Literal["dark", "light"], width: int
) -> None:
    url = f"{finished_run.server.url}/runs/{finished_run.run_id}/report"
    with (
        collect_violations(f"{scheme} at {width} px") as found,
        browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
        ) as context,
    ):
        page = context.new_page()
        page.goto(url)
        add_violations(page, "report", found)
        for summary in page.locator("main details summary").all():
            summary.click()
        add_violations(page, "report with open details", found)
        page.goto(f"{url}#/history/{finished_run.run_id}?from=0&to=2.5")
        page.reload()
        add_violations(page, "selected range of the report", found)


@pytest.mark.parametrize("theme", THEMES)
def test_live_overview_has_no_violations(
    open_page: OpenPage, server: Server, target: str, theme: str
) -> None:
    run_id = server.run(target, vus=2, duration="60s")
    with collect_violations(theme) as found:
        for width in WIDTHS:
            page = open_page(f"{server.url}/#/overview?run={run_id}", theme, width)
            expect(page.locator("[data-points]").first).not_to_have_attribute("data-points", "0")
            add_violations(page, f"live at {width} px", found)
        server.kill()
        expect(page.get_by_text("Connection lost.")).to_be_visible()
        add_violations(page, "stream lost", found)
        server.start()
        server.post("/run/stop")
        server.wait_until_ended(run_id)


def test_new_dashboard_has_no_violations(open_page: OpenPage, server: Server) -> None:
    page = open_page(server.url, "midnight", 1440)
    with collect_violations("before the first run") as found:
        for view in tab_hashes(page):
            page.goto(f"{server.url}/{view}")
            expect(page.locator("main")).to_contain_text(re.compile(r"\w"))
            add_violations(page, view, found)
