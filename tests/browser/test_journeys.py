"""Complete journeys: with the keyboard only, and on a phone by touch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Profile
from tests.browser.steps import configure, open_tab, point_count, stop_run, wait_until_ended
from tests.e2e.harness import Server, Shop, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.k6]

MAX_TAB_PRESSES = 80
IS_FOCUSED = "element => element === document.activeElement"
IS_FOCUS_VISIBLE = """() => {
    const shows = (element) => element && getComputedStyle(element).outlineStyle !== "none";
    const focused = document.activeElement;
    return shows(focused) || shows(focused.closest("label")) || shows(focused.parentElement);
}"""


def tab_to(page: Page, element: Locator) -> None:
    """Press Tab until the element has the focus, and assert that the focus is visible at every step."""
    element.wait_for(state="attached")
    for _ in range(MAX_TAB_PRESSES):
        if element.evaluate(IS_FOCUSED):
            return
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement !== document.body"):
            focused = page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
            assert page.evaluate(IS_FOCUS_VISIBLE), f"focus is not visible on {focused}"
    raise AssertionError(f"{element} is not focused after {MAX_TAB_PRESSES} presses of Tab")


def press(page: Page, name: str | re.Pattern[str], role: str = "button") -> None:
    element = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
    tab_to(page, element)
    page.keyboard.press("Enter")


def enter(page: Page, field: Locator, text: str) -> None:
    tab_to(page, field)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)


def test_run_from_start_to_deletion_by_keyboard(page: Page, server: Server, shop: Shop) -> None:
    tab_to(page, page.locator("input[name=profile]:checked"))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name=re.compile("^Ramp"))).to_be_checked()
    page.keyboard.press("ArrowLeft")
    enter(page, page.get_by_label("Base URL"), shop.url)
    enter(page, page.locator("input[name=vus]"), "2")
    enter(page, page.locator("input[name=duration]"), "30s")
    press(page, "Start smoke")
    page.wait_for_url(re.compile("#/overview"))
    wait_for(lambda: point_count(page) >= 3, "three windows are drawn", within_s=30)

    tab_to(page, page.locator(".plot").first)
    for key in ("End", "Shift+ArrowLeft", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(re.compile(r"from=.*to="))
    expect(page.get_by_role("heading", name="Selected range")).to_be_visible()
    press(page, "Show whole run")
    expect(page.get_by_role("heading", name="Run so far")).to_be_visible()

    press(page, "Stop")
    expect(page.get_by_role("button", name="Keep running")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    wait_until_ended(page, "Stopped", within_s=40)
    assert server.wait_until_ended()["status"] == "stopped"

    press(page, re.compile("^History"), "link")
    press(page, re.compile("^smoke"), "link")
    expect(page.get_by_role("region", name="Verdict")).to_contain_text("Stopped")
    press(page, "Delete")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert dialog.evaluate("dialog => dialog.contains(document.activeElement)")
    tab_to(page, dialog.get_by_role("button", name="Delete"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("No runs in this period")).to_be_visible()
    assert server.get("/runs") == []


def test_run_is_compared_and_exported_by_keyboard(page: Page, server: Server, shop: Shop) -> None:
    first = run_to_end(server, shop)
    enter(page, page.get_by_label("Base URL"), shop.url)
    enter(page, page.locator("input[name=duration]"), "30s")
    press(page, "Start smoke")
    page.wait_for_url(re.compile("#/overview"))
    wait_for(lambda: point_count(page) >= 2, "two windows are drawn", within_s=30)
    press(page, "Stop")
    expect(page.get_by_role("button", name="Keep running")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    wait_until_ended(page, "Stopped", within_s=40)
    second = server.wait_until_ended()["run_id"]

    press(page, re.compile("^History"), "link")
    press(page, re.compile("^smoke"), "link")
    expect(page.get_by_role("region", name="Verdict")).to_contain_text("Stopped")
    press(page, re.compile("^History"), "link")
    for checkbox in (0, 1):
        tab_to(page, page.get_by_role("checkbox", name=re.compile("^Select smoke")).nth(checkbox))
        page.keyboard.press("Space")
    press(page, "Compare")
    page.wait_for_url(re.compile(f"#/compare/{first}/{second}"))
    expect(page.get_by_role("heading", name="Per operation")).to_be_visible()

    page.go_back()
    press(page, re.compile("^smoke"), "link")
    tab_to(page, page.get_by_role("button", name="Export"))
    page.keyboard.press("Enter")
    entry = page.get_by_role("menuitem", name="Time series (CSV)")
    for _ in range(MAX_TAB_PRESSES):
        if entry.evaluate(IS_FOCUSED):
            break
        page.keyboard.press("ArrowDown")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert Path(download.value.path()).read_text().startswith("elapsed_s,")


def run_to_end(server: Server, shop: Shop) -> str:
    """Return the id of a finished run of one second."""
    body = {"profile": "smoke", "base_url": shop.url, "vus": 1, "duration": "1s"}
    run_id: str = server.post("/run/start", body)["run_id"]
    server.wait_until_ended(run_id)
    return run_id


def test_focus_returns_after_a_dialog(page: Page) -> None:
    link = page.get_by_role("link", name=re.compile("^Log"))
    tab_to(page, link)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_focused()


def test_run_from_start_to_deletion_on_a_phone(
    new_profile: Callable[..., Profile], server: Server, shop: Shop
) -> None:
    page = new_profile(width=390, height=844).open()
    configure(page, shop.url, vus="2", duration="30s")
    expect_to_fit(page)
    page.get_by_role("button", name="Start smoke").click()
    page.wait_for_url(re.compile("#/overview"))
    wait_for(lambda: point_count(page) >= 2, "two windows are drawn", within_s=30)
    expect_to_fit(page)
    for name in ("Endpoints", "HTTP", "Log", "Overview"):
        open_tab(page, name)
        expect_to_fit(page)

    page.mouse.wheel(0, 2_000)
    stop = page.get_by_role("button", name="Stop", exact=True)
    expect(stop).to_be_in_viewport()
    stop_run(page)
    wait_until_ended(page, "Stopped", within_s=40)

    open_tab(page, "History")
    expect_to_fit(page)
    page.get_by_role("link", name=re.compile("^smoke")).click()
    expect(page.get_by_role("region", name="Verdict")).to_contain_text("Stopped")
    expect_to_fit(page)
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_in_viewport(ratio=1)
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No runs in this period")).to_be_visible()
    assert server.get("/runs") == []


def test_run_is_started_watched_stopped_and_compared_by_touch_on_a_phone(
    touch_page: Page, server: Server, shop: Shop
) -> None:
    page = touch_page
    first = run_to_end(server, shop)
    tab = page.get_by_role("navigation", name="Main").get_by_role
    tab("link", name="Execute").tap()
    page.get_by_label("Base URL").fill(shop.url)
    page.locator("input[name=duration]").fill("30s")
    page.get_by_role("button", name="Start smoke").tap()
    page.wait_for_url(re.compile("#/overview"))
    wait_for(lambda: point_count(page) >= 2, "two windows are drawn", within_s=30)
    expect_to_fit(page)

    page.get_by_role("button", name="Stop", exact=True).tap()
    question = page.get_by_role("group", name="Stop the run?")
    expect(question).to_be_in_viewport(ratio=1)
    expect_to_fit(page)
    question.get_by_role("button", name="Stop run").tap()
    wait_until_ended(page, "Stopped", within_s=40)
    second = server.wait_until_ended()["run_id"]

    tab("link", name="History").tap()
    page.get_by_role("link", name=re.compile("^smoke")).first.tap()
    verdict = page.get_by_role("region", name="Verdict")
    expect(verdict).to_contain_text("Stopped")
    expect(verdict).to_be_in_viewport()
    expect_to_fit(page)

    tab("link", name="History").tap()
    boxes = page.get_by_role("checkbox", name=re.compile("^Select smoke"))
    expect(boxes).to_have_count(2)
    for checkbox in boxes.all():
        checkbox.tap()
    page.get_by_role("button", name="Compare").tap()
    page.wait_for_url(re.compile(f"#/compare/{first}/{second}"))
    expect(page.get_by_role("heading", name="Per operation")).to_be_visible()
    expect_to_fit(page)


@pytest.fixture
def touch_page(browser: Browser, server: Server) -> Iterator[Page]:
    """Open the start page on a phone without a mouse."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    context.set_default_timeout(15_000)
    profile = Profile(context, server.url)
    yield profile.open()
    context.close()
    assert profile.errors == []


def expect_to_fit(page: Page) -> None:
    """Assert that nothing scrolls horizontally and that no control is below the minimum target size."""
    expect(page.locator("main .skeleton")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small: list[str] = page.evaluate(SMALL_TARGETS)
    assert small == []


# WCAG 2.2 requires 24 px, except for links within text.
SMALL_TARGETS = """() => [...document.querySelectorAll(
        "button, select, input:not(.cover, .sr), nav[aria-label=Main] a")]
    .filter((element) => element.checkVisibility())
    .map((element) => [element.getBoundingClientRect(), element])
    .filter(([{ width, height }, element]) => (width < 24 || height < 24) && !element.closest("p, label"))
    .map(([{ width, height }, element]) => `${width}×${height} ${element.outerHTML.slice(0, 120)}`)
"""
