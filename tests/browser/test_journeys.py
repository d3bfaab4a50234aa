"""Two ways through the whole product: with the keyboard alone, and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Watched
from tests.browser.steps import configure, points, tab, wait_until_ended
from tests.e2e.harness import Server, Shop, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.k6]

MOST_STEPS = 80
FOCUSED = "element => element === document.activeElement"
OUTLINED = """() => {
    const shows = (element) => element && getComputedStyle(element).outlineStyle !== "none";
    const focused = document.activeElement;
    return shows(focused) || shows(focused.closest("label")) || shows(focused.parentElement);
}"""


def reach(page: Page, wanted: Locator) -> None:
    """Press Tab until it is there; on the way the focus is always to be seen."""
    wanted.wait_for(state="attached")
    for _ in range(MOST_STEPS):
        if wanted.evaluate(FOCUSED):
            return
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement !== document.body"):
            where = page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
            assert page.evaluate(OUTLINED), f"focus cannot be seen on {where}"
    raise AssertionError(f"{wanted} is not reached by {MOST_STEPS} tabs")


def press(page: Page, name: str | re.Pattern[str], role: str = "button") -> None:
    found = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
    reach(page, found)
    page.keyboard.press("Enter")


def fill(page: Page, field: Locator, words: str) -> None:
    reach(page, field)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(words)


def test_a_run_from_form_to_deletion_by_keys_alone(page: Page, server: Server, shop: Shop) -> None:
    reach(page, page.locator("input[name=profile]:checked"))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name=re.compile("^Ramp"))).to_be_checked()
    page.keyboard.press("ArrowLeft")
    fill(page, page.get_by_label("Base URL"), shop.url)
    fill(page, page.locator("input[name=vus]"), "2")
    fill(page, page.locator("input[name=duration]"), "30s")
    press(page, "Start smoke")
    page.wait_for_url(re.compile("#/overview"))
    wait_for(lambda: points(page) >= 3, "three windows are drawn", within_s=30)

    reach(page, page.locator(".plot").first)
    for key in ("End", "Shift+ArrowLeft", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(re.compile(r"from=.*to="))
    expect(page.get_by_role("heading", name="Selected range")).to_be_visible()
    press(page, "Show whole run")
    expect(page.get_by_role("heading", name="Run so far")).to_be_visible()

    press(page, "Stop")
    wait_until_ended(page, "Stopped", within_s=40)
    assert server.wait_until_ended()["status"] == "stopped"

    press(page, re.compile("^History"), "link")
    press(page, re.compile("smoke of"), "link")
    expect(page.get_by_role("region", name="Verdict")).to_contain_text("Stopped")
    press(page, "Delete")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert dialog.evaluate("dialog => dialog.contains(document.activeElement)")
    reach(page, dialog.get_by_role("button", name="Delete"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("No run in these days")).to_be_visible()
    assert server.get("/runs") == []


def test_focus_comes_back_from_a_dialog_to_where_it_was(page: Page) -> None:
    link = page.get_by_role("link", name=re.compile("^Log"))
    reach(page, link)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_focused()


def test_a_run_from_form_to_deletion_on_a_phone(
    watch: Callable[..., Watched], server: Server, shop: Shop
) -> None:
    page = watch(width=390, height=844).open()
    configure(page, shop.url, vus="2", duration="30s")
    fits(page)
    page.get_by_role("button", name="Start smoke").click()
    page.wait_for_url(re.compile("#/overview"))
    wait_for(lambda: points(page) >= 2, "two windows are drawn", within_s=30)
    fits(page)
    for name in ("Endpoints", "HTTP", "Log", "Overview"):
        tab(page, name)
        fits(page)

    page.mouse.wheel(0, 2_000)
    stop = page.get_by_role("button", name="Stop", exact=True)
    expect(stop).to_be_in_viewport()
    stop.click()
    wait_until_ended(page, "Stopped", within_s=40)

    tab(page, "History")
    fits(page)
    page.get_by_role("link", name=re.compile("smoke of")).click()
    expect(page.get_by_role("region", name="Verdict")).to_contain_text("Stopped")
    fits(page)
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_in_viewport(ratio=1)
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No run in these days")).to_be_visible()
    assert server.get("/runs") == []


def fits(page: Page) -> None:
    """Nothing is wider than the screen, and no control is too small for a finger."""
    expect(page.locator("main .skeleton")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small: list[str] = page.evaluate(SMALL_TARGETS)
    assert small == []


# WCAG 2.2: 24 px, but for links within text.
SMALL_TARGETS = """() => [...document.querySelectorAll(
        "button, select, input:not(.cover, .sr), nav[aria-label=Main] a")]
    .filter((element) => element.checkVisibility())
    .map((element) => [element.getBoundingClientRect(), element])
    .filter(([{ width, height }, element]) => (width < 24 || height < 24) && !element.closest("p, label"))
    .map(([{ width, height }, element]) => `${width}×${height} ${element.outerHTML.slice(0, 120)}`)
"""
