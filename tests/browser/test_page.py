"""The page itself: forms, addresses, keyboard shortcuts, small screens, size, and one stream for all tabs."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from bench.page import first_load_files
from tests.browser.conftest import Profile
from tests.browser.steps import configure, open_tab
from tests.e2e.harness import Server, wait_for

pytestmark = pytest.mark.browser

TABS = ("execute", "overview", "endpoints", "http", "log", "history")
MAX_FIRST_LOAD_BYTES = 80_000
MAX_FIRST_RUN_BYTES = 130_000
QUIET_PERIOD_MS = 2_500
MAX_REQUESTS_OF_FIRST_VIEW = 40


def test_field_error_is_shown_at_its_field(page: Page, target: str) -> None:
    configure(page, target, vus="0")
    field = page.locator("input[name=vus]")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".field", has=field)).to_contain_text("must be at least 1")
    field.fill("3")
    expect(field).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize("width", [390, 1000, 1440, 1920])
def test_profile_cards_fill_their_rows(new_profile: Callable[..., Profile], width: int) -> None:
    page = new_profile(width).open("#/execute")
    cards = page.get_by_role("group", name="Load profile").locator("label")
    expect(cards).to_have_count(7)
    rows: dict[float, list[float]] = {}
    for card in cards.all():
        box = card.bounding_box()
        assert box is not None
        rows.setdefault(round(box["y"]), []).append(round(box["x"] + box["width"]))
    assert len({max(ends) for ends in rows.values()}) == 1


def test_no_failing_request_before_the_first_dry_run(new_profile: Callable[..., Profile]) -> None:
    page = new_profile().open()
    failed: list[str] = []
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    page.goto(page.url.split("#")[0] + "#/dry")
    expect(page.get_by_text("No dry runs yet")).to_be_visible()
    assert failed == []


def test_invalid_filters_in_the_address_can_be_reset(page: Page) -> None:
    for filters in ("sort=color", "status=asleep", "verdict=maybe"):
        page.goto(page.url.split("#")[0] + f"#/history?{filters}")
        expect(page.get_by_text("Could not load runs")).to_be_visible()
        page.get_by_role("button", name="Reset filters and order").click()
        page.wait_for_url(re.compile("#/history$"))
        expect(page.get_by_text("No runs in this period")).to_be_visible()


def test_start_without_target_shows_an_error_and_keeps_the_form(page: Page) -> None:
    configure(page, "", label="kept")
    page.get_by_role("button", name="Start smoke").click()
    expect(page.get_by_label("Base URL")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("input[name=label]")).to_have_value("kept")


def test_form_values_survive_a_reload_and_secrets_are_not_stored(page: Page, target: str) -> None:
    configure(page, target, profile="Ramp", vus="7", label="build 5121")
    page.get_by_role("radio", name="Bearer").check()
    page.locator("input[name=auth_token]").fill("very-secret")
    open_tab(page, "History")
    open_tab(page, "Execute")
    expect(page.locator("input[name=auth_token]")).to_have_value("very-secret")
    page.reload()
    expect(page.locator("input[name=vus]")).to_have_value("7")
    expect(page.locator("input[name=label]")).to_have_value("build 5121")
    expect(page.locator("input[name=auth_token]")).to_have_value("")
    stored = page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert "5121" in stored
    assert "very-secret" not in stored


def test_each_profile_keeps_its_load(page: Page, target: str) -> None:
    configure(page, target, profile="Ramp", vus="7")
    configure(page, target, profile="Smoke")
    expect(page.locator("input[name=vus]")).to_have_value("2")
    configure(page, target, profile="Ramp")
    expect(page.locator("input[name=vus]")).to_have_value("7")


def test_connection_test_shows_its_result(page: Page, target: str) -> None:
    configure(page, target)
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("Reachable", exact=True)).to_be_visible()
    configure(page, "http://127.0.0.1:1")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("Not reachable")).to_be_visible()


def test_demo_service_starts_with_one_click(page: Page) -> None:
    page.get_by_role("button", name="Start demo service").click()
    expect(page.get_by_label("Base URL")).to_have_value(re.compile(r"^http://127\.0\.0\.1:\d+$"))
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("Reachable", exact=True)).to_be_visible()


def test_shortcuts_open_every_tab_and_are_off_while_typing(page: Page) -> None:
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


def test_back_returns_to_the_previous_view(page: Page) -> None:
    open_tab(page, "History")
    page.get_by_label("Verdict").select_option("fail")
    page.wait_for_url(re.compile("verdict=fail"))
    open_tab(page, "Log")
    page.go_back()
    expect(page.get_by_label("Verdict")).to_have_value("fail")
    page.go_back()
    expect(page.get_by_label("Verdict")).to_have_value("")


@pytest.mark.parametrize("width", [360, 800, 1440])
def test_no_view_scrolls_horizontally(new_profile: Callable[..., Profile], width: int) -> None:
    page = new_profile(width=width).open()
    for name in TABS:
        page.goto(re.sub("#.*", "", page.url) + f"#/{name}")
        expect(page.locator("main :visible").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_seven_tabs_share_one_stream(new_profile: Callable[..., Profile], server: Server) -> None:
    profile = new_profile()
    pages = [profile.open(f"#/{name}") for name in (*TABS, "overview")]
    wait_for(lambda: server.get("/health")["streams"] == 1, "one stream is open")
    for page in pages[1:]:
        page.close()
    expect(pages[0].get_by_label("Base URL")).to_be_visible()
    assert server.get("/health")["streams"] == 1


def wait_until_loaded(page: Page) -> None:
    """Return after a second without a request. Network idle never comes, because the stream stays open."""
    for _ in range(MAX_REQUESTS_OF_FIRST_VIEW):
        try:
            page.context.wait_for_event("request", timeout=1_000)
        except PlaywrightTimeoutError:
            return
    pytest.fail(f"the page still sends requests after {MAX_REQUESTS_OF_FIRST_VIEW}")


def test_idle_page_sends_no_requests(new_profile: Callable[..., Profile]) -> None:
    page = new_profile().open("#/history")
    expect(page.get_by_text("No runs in this period")).to_be_visible()
    expect(page.get_by_text("Storage:")).to_be_visible()
    wait_until_loaded(page)
    with pytest.raises(PlaywrightTimeoutError):
        page.context.wait_for_event("request", timeout=QUIET_PERIOD_MS)


def test_missing_run_is_reported(new_profile: Callable[..., Profile]) -> None:
    page = new_profile().open("#/history/20200101-000000-aaaaaaaa")
    expect(page.get_by_text("Run not found")).to_be_visible()


@pytest.mark.parametrize(("view", "limit"), [("", MAX_FIRST_LOAD_BYTES), ("Overview", MAX_FIRST_RUN_BYTES)])
def test_first_load_is_small(built_page: Path, view: str, limit: int) -> None:
    """Check the compressed size of everything that a first visit to Execute or Overview loads."""
    files = first_load_files(built_page, view)
    assert any(file.name.startswith("index-") and file.suffix == ".js" for file in files)
    assert limit / 2 < sum(len(gzip.compress(file.read_bytes(), 9)) for file in files) <= limit
