"""The Discover tab: ways in, the preview table, checks, dry runs, and what survives a reload."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Profile
from tests.browser.steps import open_tab, wait_until_settled

pytestmark = [pytest.mark.browser, pytest.mark.k6]

DROP = """([name, text]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], name));
  const drop = new DragEvent("drop", {dataTransfer, bubbles: true, cancelable: true});
  document.querySelector("main h2").dispatchEvent(drop);
}"""
CURL = "curl http://127.0.0.1:1/api/products\ncurl -X DELETE http://127.0.0.1:1/api/products/7\n"
HOSTILE = "<img src=x onerror=alert(1)>"


def openapi(*names: str) -> str:
    """Return a small document with a GET for each name."""
    paths: dict[str, Any] = {
        f"/{name}": {
            "get": {"operationId": name, "tags": ["shop"], "responses": {"200": {"description": "OK"}}}
        }
        for name in names
    }
    document = {"openapi": "3.0.3", "info": {"title": HOSTILE, "version": "1"}, "paths": paths}
    return json.dumps(document)


def payload(text: str) -> list[FilePayload]:
    return [{"name": "shop.json", "mimeType": "application/json", "buffer": text.encode()}]


def import_file(page: Page, text: str) -> None:
    page.get_by_role("tab", name="File").click()
    page.get_by_label("Choose a file to import").set_input_files(payload(text))
    expect(page.get_by_role("heading", name="Requests", exact=True)).to_be_visible()


def rows(page: Page) -> Locator:
    return page.get_by_role("group", name="Table of requests").locator("tbody tr:not([aria-hidden])")


@pytest.fixture
def discover(page: Page) -> Page:
    open_tab(page, "Discover")
    wait_until_settled(page)
    return page


def test_scan_shows_what_it_tried_and_imports_the_document(discover: Page, target: str) -> None:
    expect(discover.get_by_role("button", name="Import the demo service")).to_be_visible()
    discover.get_by_label("Address", exact=True).fill(target)
    discover.get_by_role("button", name="Scan").click()
    expect(discover.get_by_role("heading", name="Requests", exact=True)).to_be_visible()
    discover.get_by_text(re.compile("^Looked at")).click()
    expect(discover.get_by_role("row", name=re.compile("openapi.json")).first).to_contain_text("200")
    discover.get_by_role("button", name=re.compile("^Use http.* as target$")).first.click()
    expect(discover.get_by_text("target on Execute", exact=True)).to_be_visible()


def test_requests_are_tried_and_checks_are_suggested(discover: Page, target: str) -> None:
    discover.get_by_label("Address", exact=True).fill(target)
    discover.get_by_role("button", name="Scan").click()
    discover.get_by_role("button", name=re.compile("^Use http.* as target$")).first.click()
    discover.get_by_role("button", name="Untick shown").click()
    discover.get_by_label("Filter requests").fill("/api/search")
    row = rows(discover).first
    row.get_by_role("button", name=re.compile("^Try ")).click()
    result = row.get_by_role("link", name=re.compile("^Result of"))
    expect(result).to_contain_text("200", timeout=30_000)
    row.get_by_role("button", name=re.compile("^Checks of")).click()
    dialog = discover.get_by_role("dialog")
    dialog.get_by_role("button", name="Header Content-Type").click()
    expect(dialog.get_by_label("Has header")).to_have_value("Content-Type")
    dialog.get_by_role("button", name="Close").click()
    expect(row.get_by_role("button", name=re.compile("^Checks of"))).to_contain_text("Content-Type")
    result.click()
    expect(discover.get_by_text("/api/search").first).to_be_visible()


def test_edits_are_undone_and_survive_tab_changes_and_reloads(discover: Page) -> None:
    import_file(discover, openapi("alpha", "beta", "gamma"))
    expect(discover.get_by_role("heading", name=HOSTILE)).to_be_visible()
    name = discover.get_by_label("Name of GET /beta")
    name.fill("alpha")
    expect(rows(discover).nth(1)).to_contain_text("problem")
    expect(name).to_have_attribute("aria-invalid", "true")
    discover.get_by_role("button", name="Rename GET /beta").click()
    expect(name).to_have_value("alpha (2)")
    discover.get_by_role("button", name="Undo edit").click()
    discover.get_by_role("button", name="Undo edit").click()
    expect(name).to_have_value("beta")
    name.fill("Beta")
    discover.get_by_label("Filter requests").fill("BETA")
    expect(rows(discover)).to_have_count(1)
    open_tab(discover, "History")
    discover.go_back()
    expect(name).to_have_value("Beta")
    assert "q=BETA" in discover.url
    discover.reload()
    expect(discover.get_by_label("Name of GET /beta")).to_have_value("Beta")


def test_arrow_keys_enter_and_escape_work_in_cells(discover: Page) -> None:
    import_file(discover, openapi("alpha", "beta"))
    first, second = (discover.get_by_label(f"Path of GET /{name}") for name in ("alpha", "beta"))
    first.focus()
    discover.keyboard.press("ArrowDown")
    expect(second).to_be_focused()
    second.fill("/other")
    discover.keyboard.press("Escape")
    expect(second).to_have_value("/beta")
    discover.keyboard.press("ArrowUp")
    discover.keyboard.press("Enter")
    expect(second).to_be_focused()


def test_files_are_dropped_and_curl_commands_pasted(discover: Page) -> None:
    discover.evaluate(DROP, ["shop.json", openapi("alpha")])
    expect(rows(discover)).to_have_count(1)
    discover.get_by_role("tab", name="Paste").click()
    discover.get_by_label("curl commands or a document").fill(CURL)
    discover.get_by_role("button", name="Import text").click()
    expect(rows(discover)).to_have_count(2)
    expect(discover.get_by_text("curl, 2 requests")).to_be_visible()
    expect(rows(discover).nth(1).get_by_role("checkbox")).not_to_be_checked()
    discover.get_by_label("curl commands or a document").fill("hello")
    discover.get_by_role("button", name="Import text").click()
    expect(discover.get_by_role("alert")).to_contain_text("not recognized")
    assert "way=paste" in discover.url


def test_endpoint_is_added_by_hand_and_removed(discover: Page) -> None:
    discover.get_by_role("tab", name="Add by hand").click()
    discover.get_by_role("button", name="Add endpoint").click()
    expect(discover.get_by_text("Enter a name.")).to_be_visible()
    for label, text in (("Name", "Mine"), ("Path", "/mine"), ("Group", "own")):
        discover.get_by_label(label, exact=True).fill(text)
    discover.get_by_role("button", name="Add endpoint").click()
    expect(rows(discover)).to_have_count(1)
    expect(discover.get_by_label("Name of row 1 (GET)")).to_have_value("Mine")
    discover.get_by_role("button", name=re.compile("^Checks of")).click()
    discover.get_by_role("dialog").get_by_role("button", name="Remove row").click()
    expect(discover.get_by_role("button", name="Import the demo service")).to_be_visible()


def test_a_lost_connection_is_reported_in_words(discover: Page) -> None:
    discover.route("**/discover/**", lambda route: route.abort("connectionrefused"))
    discover.get_by_label("Address", exact=True).fill("http://127.0.0.1:1")
    discover.get_by_role("button", name="Scan").click()
    expect(discover.get_by_role("alert")).to_contain_text("The dashboard is not responding")
    expect(discover.get_by_label("Address", exact=True)).to_have_value("http://127.0.0.1:1")


@pytest.mark.parametrize("width", [1440, 390])
def test_import_is_accessible_and_fits(new_profile: Callable[..., Profile], width: int) -> None:
    page = new_profile(width=width).open("#/discover")
    import_file(page, openapi(*(f"name{n}" for n in range(60))))
    page.get_by_label("Name of GET /name1", exact=True).fill("name0")
    wait_until_settled(page)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="GET /name1: 1 problem").click()
    assert violations(page) == []
