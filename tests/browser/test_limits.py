"""Limits are edited on the page, and each stands in words beside its run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Watched
from tests.browser.served import Finished
from tests.browser.steps import settled
from tests.e2e.harness import Server
from tests.hostile import hostile_texts

pytestmark = [pytest.mark.browser, pytest.mark.k6]
OTHERS = {"slos": {"p95_ms": 2_000, "error_rate": 0.05}}


@pytest.fixture
def limits(watch: Callable[..., Watched]) -> Page:
    page = watch().open("#/slos")
    expect(page.get_by_role("heading", name="Limits", level=2)).to_be_visible()
    return page


def document(server: Server) -> Any:
    return json.loads(server.endpoints_file.read_text())


def save(page: Page) -> None:
    page.get_by_role("button", name="Save limits").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()


def test_limits_of_every_level_are_saved_and_in_force(limits: Page, server: Server) -> None:
    limits.get_by_label("All runs: p95 ≤ ms").fill("300")
    limits.get_by_label("All runs: Checks ≥ %").fill("99,5")
    limits.get_by_label("smoke: Errors ≤ %").fill("none")
    limits.get_by_label("catalog: RPS ≥ /s").fill("5")
    limits.get_by_label("Search: p99 ≤ ms", exact=True).fill("900 ms")
    limits.get_by_role("checkbox", name="Stop a run that breaks a limit").check()
    limits.get_by_role("textbox", name="Window").fill("20s")
    expect(limits.get_by_text("6 changes not saved")).to_be_visible()
    save(limits)
    saved = document(server)
    assert saved["slos"] == {"p95_ms": 300, "error_rate": 0.05, "checks_rate": 0.995}
    assert saved["slo_profiles"] == {"smoke": {"error_rate": None}}
    assert saved["slo_groups"] == {"catalog": {"rps": 5}}
    assert saved["slo_options"] == {"abort": {"window": "20s"}}
    assert [endpoint.get("slos") for endpoint in saved["endpoints"]] == [None, {"p99_ms": 900}, None]
    limits.goto(f"{server.url}/#/execute")
    plan = limits.get_by_role("complementary", name="Plan")
    expect(plan).to_contain_text("≤ 300")
    expect(plan).not_to_contain_text("Errors")
    expect(plan).to_contain_text("and 2 limits of operations and groups")
    plan.get_by_role("link", name="Edit SLOs").click()
    expect(limits.get_by_label("Search: p99 ≤ ms", exact=True)).to_have_value("900")


def test_what_cannot_be_meant_is_told_at_its_cell_and_not_sent(limits: Page, server: Server) -> None:
    before = server.endpoints_file.read_text()
    cell = limits.get_by_label("All runs: Apdex ≥")
    cell.fill("85")
    expect(cell).to_have_attribute("aria-invalid", "true")
    expect(limits.get_by_text("must be at most 1")).to_be_visible()
    expect(limits.get_by_role("button", name="Save limits")).to_be_disabled()
    cell.fill("0.85")
    limits.get_by_role("checkbox", name="Stop a run that breaks a limit").check()
    limits.get_by_role("textbox", name="Window").fill("soon")
    with limits.expect_response("**/slo/config") as answer:
        limits.get_by_role("button", name="Save limits").click()
    assert answer.value.status == 422
    expect(limits.get_by_text('"soon" is not a duration')).to_be_visible()
    assert server.endpoints_file.read_text() == before


def test_what_was_typed_outlives_a_reload_and_is_discarded_only_when_asked(limits: Page) -> None:
    limits.get_by_label("All runs: p95 ≤ ms").fill("123")
    asked = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    limits.on("dialog", accept)
    limits.reload()
    expect(limits.get_by_label("All runs: p95 ≤ ms")).to_have_value("123")
    assert asked == ["beforeunload"]
    limits.get_by_role("button", name="Discard").click()
    limits.get_by_role("button", name="Keep them").click()
    expect(limits.get_by_label("All runs: p95 ≤ ms")).to_have_value("123")
    limits.get_by_role("button", name="Discard").click()
    limits.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(limits.get_by_label("All runs: p95 ≤ ms")).to_have_value("2000")
    expect(limits.get_by_text("Nothing to save")).to_be_visible()


@pytest.mark.parametrize("mine", [True, False])
def test_somebody_else_saved_meanwhile(limits: Page, server: Server, mine: bool) -> None:
    limits.get_by_label("All runs: p95 ≤ ms").fill("123")
    server.post("/slo/config", {"p99_ms": 777})
    limits.get_by_role("button", name="Save limits").click()
    expect(limits.get_by_text("Somebody else changed the endpoints file meanwhile.")).to_be_visible()
    assert document(server)["slos"] == {"p95_ms": 2_000, "error_rate": 0.05, "p99_ms": 777}
    limits.get_by_role("button", name="Save mine on top of theirs" if mine else "Take theirs").click()
    expect(limits.get_by_label("All runs: p99 ≤ ms")).to_have_value("777")
    expect(limits.get_by_label("All runs: p95 ≤ ms")).to_have_value("123" if mine else "2000")
    expect(limits.get_by_text("Saved" if mine else "Nothing to save", exact=True)).to_be_visible()
    assert document(server)["slos"]["p95_ms"] == (123 if mine else 2_000)


def test_hostile_names_are_shown_as_they_are(limits: Page, server: Server) -> None:
    names = [text for text in dict.fromkeys(hostile_texts()) if text.isprintable() and text.strip() == text][
        :90
    ]
    server.endpoints(*({"name": name, "group": "g"} for name in names))
    limits.reload()
    shown = limits.locator("section", has=limits.get_by_role("heading", name="Endpoints")).locator("tbody th")
    expect(shown).to_have_count(len(names))
    assert shown.all_text_contents() == names


@pytest.mark.parametrize("width", [1440, 390])
def test_the_view_breaks_no_rule_and_is_no_wider_than_the_screen(
    watch: Callable[..., Watched], width: int
) -> None:
    page = watch(width=width).open("#/slos")
    page.get_by_label("All runs: p95 ≤ ms").fill("fast")
    page.get_by_role("checkbox", name="Stop a run that breaks a limit").check()
    settled(page)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_each_limit_stands_in_words_on_the_page_of_its_run(
    watch: Callable[..., Watched], finished: Finished, browser: Any
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{finished.server.url}/#/history/{finished.run_id}")
    told = finished.server.get(f"/runs/{finished.run_id}/slo")
    banner = page.get_by_role("region", name="Verdict")
    for check in told["checks"].values():
        expect(banner.get_by_text(check["reason"], exact=True)).to_be_visible()
    context.close()
