"""The page itself: forms, addresses, keys, small screens, weight, and one stream for all tabs."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched
from tests.browser.steps import configure, tab
from tests.e2e.harness import Server, wait_for

pytestmark = pytest.mark.browser

TABS = ("execute", "overview", "endpoints", "http", "log", "history")
MOST_BYTES = 120_000
QUIET_MS = 2_500


def test_what_is_wrong_with_a_field_stands_at_the_field(page: Page, target: str) -> None:
    configure(page, target, vus="0")
    field = page.locator("input[name=vus]")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".field", has=field)).to_contain_text("must be at least 1")
    field.fill("3")
    expect(field).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize("width", [390, 1000, 1440, 1920])
def test_the_profiles_leave_no_gap(watch: Callable[..., Watched], width: int) -> None:
    page = watch(width).open("#/execute")
    cards = page.get_by_role("group", name="Load profile").locator("label")
    expect(cards).to_have_count(7)
    rows: dict[float, list[float]] = {}
    for card in cards.all():
        box = card.bounding_box()
        assert box is not None
        rows.setdefault(round(box["y"]), []).append(round(box["x"] + box["width"]))
    assert len({max(ends) for ends in rows.values()}) == 1


def test_before_the_first_dry_run_nothing_is_asked_in_vain(watch: Callable[..., Watched]) -> None:
    page = watch().open()
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    page.goto(page.url.split("#")[0] + "#/dry")
    expect(page.get_by_text("No dry run yet")).to_be_visible()
    assert refused == []


def test_a_link_with_an_unknown_order_or_state_can_be_put_right(page: Page) -> None:
    for wrong in ("sort=colour", "status=asleep", "verdict=maybe"):
        page.goto(page.url.split("#")[0] + f"#/history?{wrong}")
        expect(page.get_by_text("Runs cannot be listed")).to_be_visible()
        page.get_by_role("button", name="Show all, in the usual order").click()
        page.wait_for_url(re.compile("#/history$"))
        expect(page.get_by_text("No run in these days")).to_be_visible()


def test_a_start_without_a_target_is_told_at_the_field_and_keeps_the_form(page: Page) -> None:
    configure(page, "", label="kept")
    page.get_by_role("button", name="Start smoke").click()
    expect(page.get_by_label("Base URL")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("input[name=label]")).to_have_value("kept")


def test_typed_values_survive_other_tabs_and_a_reload_but_secrets_are_not_stored(
    page: Page, target: str
) -> None:
    configure(page, target, profile="Ramp", vus="7", label="build 5121")
    page.get_by_role("radio", name="Bearer").check()
    page.locator("input[name=auth_token]").fill("very-secret")
    tab(page, "History")
    tab(page, "Execute")
    expect(page.locator("input[name=auth_token]")).to_have_value("very-secret")
    page.reload()
    expect(page.locator("input[name=vus]")).to_have_value("7")
    expect(page.locator("input[name=label]")).to_have_value("build 5121")
    expect(page.locator("input[name=auth_token]")).to_have_value("")
    stored = page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert "5121" in stored
    assert "very-secret" not in stored


def test_a_profile_keeps_its_own_load(page: Page, target: str) -> None:
    configure(page, target, profile="Ramp", vus="7")
    configure(page, target, profile="Smoke")
    expect(page.locator("input[name=vus]")).to_have_value("")
    configure(page, target, profile="Ramp")
    expect(page.locator("input[name=vus]")).to_have_value("7")


def test_the_connection_test_tells_what_came_back(page: Page, target: str) -> None:
    configure(page, target)
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("Reached", exact=True)).to_be_visible()
    configure(page, "http://127.0.0.1:1")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("Not reached")).to_be_visible()


def test_the_demo_service_is_one_click_away(page: Page) -> None:
    page.get_by_role("button", name="Start demo service").click()
    expect(page.get_by_label("Base URL")).to_have_value(re.compile(r"^http://127\.0\.0\.1:\d+$"))
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("Reached", exact=True)).to_be_visible()


def test_keys_reach_every_tab_and_rest_while_typing(page: Page) -> None:
    expect(page.get_by_label("Base URL")).to_be_visible()
    for number, name in enumerate(TABS, 1):
        page.keyboard.press(str(number))
        page.wait_for_url(re.compile(f"#/{name}"))
    expect(page.get_by_label("Verdict")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("12?")
    page.wait_for_url(re.compile(r"#/history\?q=12"))
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    theme = page.evaluate("document.documentElement.dataset.theme")
    page.keyboard.press("t")
    assert page.evaluate("document.documentElement.dataset.theme") != theme
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Start smoke")).to_be_focused()


def test_back_returns_to_the_view_before(page: Page) -> None:
    tab(page, "History")
    page.get_by_label("Verdict").select_option("fail")
    page.wait_for_url(re.compile("verdict=fail"))
    tab(page, "Log")
    page.go_back()
    expect(page.get_by_label("Verdict")).to_have_value("fail")
    page.go_back()
    expect(page.get_by_label("Verdict")).to_have_value("")


@pytest.mark.parametrize("width", [360, 800, 1440])
def test_no_view_scrolls_sideways(watch: Callable[..., Watched], width: int) -> None:
    page = watch(width=width).open()
    for name in TABS:
        page.goto(re.sub("#.*", "", page.url) + f"#/{name}")
        expect(page.locator("main :visible").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_seven_tabs_share_one_stream(watch: Callable[..., Watched], server: Server) -> None:
    watched = watch()
    pages = [watched.open(f"#/{name}") for name in (*TABS, "overview")]
    wait_for(lambda: server.get("/health")["streams"] == 1, "there is one stream")
    for page in pages[1:]:
        page.close()
    expect(pages[0].get_by_label("Base URL")).to_be_visible()
    assert server.get("/health")["streams"] == 1


def test_an_idle_page_asks_for_nothing(watch: Callable[..., Watched]) -> None:
    watched = watch()
    page = watched.open("#/history")
    expect(page.get_by_text("No run in these days")).to_be_visible()
    page.wait_for_load_state("load")
    page.wait_for_timeout(500)
    before = len(watched.requests)
    page.wait_for_timeout(QUIET_MS)
    assert watched.requests[before:] == []


def test_a_run_that_is_not_there_is_said_so(watch: Callable[..., Watched]) -> None:
    page = watch().open("#/history/20200101-000000-aaaaaaaa")
    expect(page.get_by_text("There is no such run")).to_be_visible()


def test_the_page_is_light(built: Path) -> None:
    """What a first visit loads, whatever view it opens: views of their own come when they are asked for."""
    index = built / "index.html"
    named = re.findall(r"(?:src|href)=\"/(assets/[^\"]+)\"", index.read_text())
    assert any(name.endswith(".js") for name in named)
    first = [index, *(built / name for name in named), *built.glob("assets/worker-*.js")]
    weight = sum(len(gzip.compress(file.read_bytes(), 9)) for file in first)
    assert weight <= MOST_BYTES
