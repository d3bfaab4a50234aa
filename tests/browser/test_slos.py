"""The SLO editor, and the SLO results on the run page."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Profile
from tests.browser.finished_run import FinishedRun
from tests.browser.steps import wait_until_settled
from tests.e2e.harness import Server
from tests.hostile import hostile_texts

pytestmark = [pytest.mark.browser, pytest.mark.k6]


@pytest.fixture
def editor(new_profile: Callable[..., Profile]) -> Page:
    page = new_profile().open("#/slos")
    expect(page.get_by_role("heading", name="SLOs", level=2)).to_be_visible()
    return page


def read_document(server: Server) -> Any:
    return json.loads(server.endpoints_file.read_text())


def save(page: Page) -> None:
    page.get_by_role("button", name="Save SLOs").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()


def test_slos_of_every_level_are_saved_and_applied(editor: Page, server: Server) -> None:
    editor.get_by_label("All runs: p95 ≤ ms").fill("300")
    editor.get_by_label("All runs: Checks ≥ %").fill("99,5")
    editor.get_by_label("smoke: Errors ≤ %").fill("none")
    editor.get_by_label("catalog: RPS ≥ /s").fill("5")
    editor.get_by_label("Search: p99 ≤ ms", exact=True).fill("900 ms")
    editor.get_by_role("checkbox", name="Stop the run when an SLO is breached").check()
    editor.get_by_role("textbox", name="Window").fill("20s")
    expect(editor.get_by_text("6 unsaved changes")).to_be_visible()
    save(editor)
    saved = read_document(server)
    assert saved["slos"] == {"p95_ms": 300, "error_rate": 0.05, "checks_rate": 0.995}
    assert saved["slo_profiles"] == {"smoke": {"error_rate": None}}
    assert saved["slo_groups"] == {"catalog": {"rps": 5}}
    assert saved["slo_options"] == {"abort": {"window": "20s"}}
    assert [endpoint.get("slos") for endpoint in saved["endpoints"]] == [None, {"p99_ms": 900}, None]
    editor.goto(f"{server.url}/#/execute")
    plan = editor.get_by_role("complementary", name="Plan")
    expect(plan).to_contain_text("≤ 300")
    expect(plan).not_to_contain_text("Errors")
    expect(plan).to_contain_text("and 2 SLOs for operations and groups")
    plan.get_by_role("link", name="Edit SLOs").click()
    expect(editor.get_by_label("Search: p99 ≤ ms", exact=True)).to_have_value("900")


def test_invalid_limits_are_rejected_at_their_cells(editor: Page, server: Server) -> None:
    before = server.endpoints_file.read_text()
    cell = editor.get_by_label("All runs: Apdex ≥")
    cell.fill("85")
    expect(cell).to_have_attribute("aria-invalid", "true")
    expect(editor.get_by_role("cell", name="must be at most 1")).to_be_visible()
    expect(editor.get_by_role("button", name="Save SLOs")).to_be_disabled()
    cell.fill("0.85")
    editor.get_by_role("checkbox", name="Stop the run when an SLO is breached").check()
    editor.get_by_role("textbox", name="Window").fill("soon")
    with editor.expect_response("**/slo/config") as answer:
        editor.get_by_role("button", name="Save SLOs").click()
    assert answer.value.status == 422
    expect(editor.get_by_text('"soon" is not a duration')).to_be_visible()
    assert server.endpoints_file.read_text() == before


def test_edits_survive_a_reload_until_they_are_discarded(editor: Page) -> None:
    editor.get_by_label("All runs: p95 ≤ ms").fill("123")
    dialogs = []

    def accept(dialog: Dialog) -> None:
        dialogs.append(dialog.type)
        dialog.accept()

    editor.on("dialog", accept)
    editor.reload()
    expect(editor.get_by_label("All runs: p95 ≤ ms")).to_have_value("123")
    assert dialogs == ["beforeunload"]
    editor.get_by_role("button", name="Discard").click()
    editor.get_by_role("button", name="Keep editing").click()
    expect(editor.get_by_label("All runs: p95 ≤ ms")).to_have_value("123")
    editor.get_by_role("button", name="Discard").click()
    editor.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(editor.get_by_label("All runs: p95 ≤ ms")).to_have_value("2000")
    expect(editor.get_by_text("No changes")).to_be_visible()


@pytest.mark.parametrize("keep_edits", [True, False])
def test_edits_are_applied_or_discarded_after_a_conflicting_change(
    editor: Page, server: Server, keep_edits: bool
) -> None:
    editor.get_by_label("All runs: p95 ≤ ms").fill("123")
    server.post("/slo/config", {"p99_ms": 777})
    editor.get_by_role("button", name="Save SLOs").click()
    expect(editor.get_by_text("The endpoints file has changed since you started editing.")).to_be_visible()
    assert read_document(server)["slos"] == {"p95_ms": 2_000, "error_rate": 0.05, "p99_ms": 777}
    editor.get_by_role("button", name="Apply my edits and save" if keep_edits else "Discard my edits").click()
    expect(editor.get_by_label("All runs: p99 ≤ ms")).to_have_value("777")
    expect(editor.get_by_label("All runs: p95 ≤ ms")).to_have_value("123" if keep_edits else "2000")
    expect(editor.get_by_text("Saved" if keep_edits else "No changes", exact=True)).to_be_visible()
    assert read_document(server)["slos"]["p95_ms"] == (123 if keep_edits else 2_000)


def test_hostile_names_are_shown_unchanged(editor: Page, server: Server) -> None:
    names = [text for text in dict.fromkeys(hostile_texts()) if text.isprintable() and text.strip() == text][
        :90
    ]
    server.endpoints(*({"name": name, "group": "g"} for name in names))
    editor.reload()
    shown = editor.locator("section", has=editor.get_by_role("heading", name="Endpoints")).locator("tbody th")
    expect(shown).to_have_count(len(names))
    assert shown.all_text_contents() == names


@pytest.mark.parametrize("width", [1440, 390])
def test_editor_is_accessible_and_fits_the_screen(new_profile: Callable[..., Profile], width: int) -> None:
    page = new_profile(width=width).open("#/slos")
    page.get_by_label("All runs: p95 ≤ ms").fill("fast")
    page.get_by_role("checkbox", name="Stop the run when an SLO is breached").check()
    wait_until_settled(page)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_run_page_shows_each_slo_in_the_verdict(
    new_profile: Callable[..., Profile], finished_run: FinishedRun, browser: Any
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{finished_run.server.url}/#/history/{finished_run.run_id}")
    answer = finished_run.server.get(f"/runs/{finished_run.run_id}/slo")
    banner = page.get_by_role("region", name="Verdict")
    states = ["Met" if check["pass"] else "Breached" for check in answer["checks"].values()]
    expect(banner.get_by_role("row").locator("td:first-child")).to_have_text(states)
    context.close()
