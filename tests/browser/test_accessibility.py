"""axe-core finds nothing wrong: every tab, a run's page and what opens over them, in each theme and width."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.served import Finished
from tests.browser.steps import configure, settled, tabs
from tests.e2e.harness import Server

pytestmark = [pytest.mark.browser, pytest.mark.k6]

IN_CI = ("midnight", "arctic")
LONG = ("matrix", "cyberpunk", "amber", "aurora")
THEMES = [*IN_CI, *(pytest.param(theme, marks=pytest.mark.long) for theme in LONG)]
WIDTHS = (1440, 390)
CHART_MENU = re.compile(": more$")

Themed = Callable[[str, str, int], Page]


@pytest.fixture
def themed(browser: Browser) -> Iterator[Themed]:
    """Opens a page in a theme and width, without motion, so that no colour is on its way."""
    made = []

    def make(url: str, theme: str, width: int) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        made.append(context)
        context.add_init_script(f"localStorage.setItem('theme', {json.dumps(json.dumps(theme))})")
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(url)
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        return page

    yield make
    for context in made:
        context.close()


@contextmanager
def told(where: str) -> Iterator[list[str]]:
    """Collects what is wrong, and fails once with all of it."""
    wrong: list[str] = []
    yield wrong
    assert wrong == [], f"{where}:\n" + "\n".join(wrong)


def look(page: Page, view: str, wrong: list[str]) -> None:
    settled(page)
    wrong += [f"{view}: {words}" for words in violations(page)]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_no_tab_breaks_a_rule(themed: Themed, finished: Finished, theme: str, width: int) -> None:
    page = themed(finished.server.url, theme, width)
    with told(f"{theme} at {width} px") as wrong:
        for view in [*tabs(page), f"#/history/{finished.run_id}"]:
            page.goto(f"{finished.server.url}/{view}")
            look(page, view, wrong)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_nothing_that_opens_over_a_tab_breaks_a_rule(
    themed: Themed, finished: Finished, theme: str, width: int
) -> None:
    page = themed(f"{finished.server.url}/#/execute", theme, width)
    with told(f"{theme} at {width} px") as wrong:
        configure(page, finished.target, profile="Ramp", vus="0")
        page.get_by_role("radio", name="Basic").check()
        expect(page.locator("input[name=vus]")).to_have_attribute("aria-invalid", "true")
        look(page, "Execute with an error at a field", wrong)
        page.keyboard.press("Escape")
        page.locator("body").press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        look(page, "the list of keys", wrong)
        page.goto(f"{finished.server.url}/#/history/{finished.run_id}")
        page.reload()
        page.get_by_role("button", name="Delete").click()
        look(page, "the question before deleting", wrong)
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Export").click()
        expect(page.get_by_role("menu")).to_be_visible()
        look(page, "the menu of exports", wrong)
        page.goto(f"{finished.server.url}/#/endpoints?run={finished.run_id}&op=Search")
        page.reload()
        expect(page.get_by_role("heading", name="Search")).to_be_visible()
        look(page, "an operation in depth", wrong)
        page.goto(f"{finished.server.url}/#/overview?run={finished.run_id}")
        page.reload()
        page.get_by_role("button", name=CHART_MENU).first.click()
        look(page, "a chart's menu", wrong)
        page.get_by_role("menuitem", name="Data as a table").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        look(page, "a chart's data", wrong)
        page.goto(f"{finished.server.url}/#/history/20200101-000000-aaaaaaaa")
        page.reload()
        look(page, "a run that is not there", wrong)
        page.goto(f"{finished.server.url}/#/overview?run={finished.run_id}&from=0&to=2.5")
        look(page, "a selected range", wrong)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_a_report_breaks_no_rule(
    browser: Browser, finished: Finished, scheme: Literal["dark", "light"], width: int
) -> None:
    address = f"{finished.server.url}/runs/{finished.run_id}/report"
    with (
        told(f"{scheme} at {width} px") as wrong,
        browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
        ) as context,
    ):
        page = context.new_page()
        page.goto(address)
        look(page, "the report", wrong)
        for fold in page.locator("main details summary").all():
            fold.click()
        look(page, "the report, unfolded", wrong)
        page.goto(f"{address}#/history/{finished.run_id}?from=0&to=2.5")
        page.reload()
        look(page, "a range of the report", wrong)


@pytest.mark.parametrize("theme", THEMES)
def test_a_live_overview_breaks_no_rule(themed: Themed, server: Server, target: str, theme: str) -> None:
    run_id = server.run(target, vus=2, duration="60s")
    with told(theme) as wrong:
        for width in WIDTHS:
            page = themed(f"{server.url}/#/overview?run={run_id}", theme, width)
            expect(page.locator("[data-points]").first).not_to_have_attribute("data-points", "0")
            look(page, f"live at {width} px", wrong)
        server.kill()
        expect(page.get_by_text("Connection lost.")).to_be_visible()
        look(page, "stream lost", wrong)
        server.start()
        server.post("/run/stop")
        server.wait_until_ended(run_id)


def test_a_new_dashboard_breaks_no_rule(themed: Themed, server: Server) -> None:
    page = themed(server.url, "midnight", 1440)
    with told("before the first run") as wrong:
        for view in tabs(page):
            page.goto(f"{server.url}/{view}")
            expect(page.locator("main")).to_contain_text(re.compile(r"\w"))
            look(page, view, wrong)
