"""Times name their zone and are written in local time or UTC. The calendar of days has labels and tooltips."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.finished_run import FinishedRun
from tests.browser.steps import wait_until_settled

pytestmark = [pytest.mark.browser, pytest.mark.k6]


@pytest.fixture
def page(browser: Browser, finished_run: FinishedRun) -> Iterator[Page]:
    """Open the page of the run in a browser in Tokyo."""
    context = browser.new_context(timezone_id="Asia/Tokyo", viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    page.goto(f"{finished_run.server.url}/#/history/{finished_run.run_id}")
    yield page
    context.close()


def test_times_name_their_zone_and_the_choice_of_utc_is_remembered(
    page: Page, finished_run: FinishedRun
) -> None:
    started = page.get_by_role("region", name="Verdict").get_by_text(re.compile(r"\d{4} \d\d:\d\d:\d\d"))
    expect(started).to_have_text(re.compile(r"\d\d:\d\d:\d\d GMT\+9$"))
    switch = page.get_by_role("switch", name="UTC")
    expect(switch).to_have_attribute("aria-checked", "false")
    switch.click()
    hour = finished_run.server.record(finished_run.run_id)["started_at"][11:13]
    expect(started).to_have_text(re.compile(rf" {hour}:\d\d:\d\d UTC$"))
    page.reload()
    expect(started).to_have_text(re.compile("UTC$"))
    page.keyboard.press("z")
    expect(started).to_have_text(re.compile(r"GMT\+9$"))
    expect(page).to_have_url(re.compile(finished_run.run_id))


def test_log_names_the_zone_of_its_times(page: Page, finished_run: FinishedRun) -> None:
    page.goto(f"{finished_run.server.url}/#/log?run={finished_run.run_id}")
    line = page.get_by_role("log").locator("time").first
    expect(line).to_have_attribute("title", re.compile(r"GMT\+9$"))
    page.get_by_role("button", name="Times in GMT+9").click()
    expect(line).to_have_attribute("title", re.compile("UTC$"))


def test_calendar_has_labels_a_scale_and_tooltips(page: Page, finished_run: FinishedRun) -> None:
    page.goto(f"{finished_run.server.url}/#/overview?run={finished_run.run_id}")
    wait_until_settled(page)
    panel = page.get_by_role("region", name="Daily figures")
    day = panel.get_by_role("link", name=re.compile(r"1.run$")).first
    day.scroll_into_view_if_needed()
    expect(panel.get_by_text("Mon", exact=True)).to_be_visible()
    expect(
        panel.get_by_text(re.compile("^(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)$")).first
    ).to_be_visible()
    day.hover()
    tooltip = panel.get_by_role("tooltip")
    expect(tooltip).to_have_text(day.get_attribute("aria-label") or "")
    page.mouse.move(0, 0)
    expect(tooltip).to_have_count(0)
    day.focus()
    expect(tooltip).to_be_visible()
    grid, box = panel.locator(".grid").bounding_box(), panel.bounding_box()
    assert grid
    assert box
    assert grid["width"] > box["width"] / 2
