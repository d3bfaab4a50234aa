"""What leads to a run: the first visit, the bar with Start, invalid fields, defaults, the dry run and the queue."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.axe import violations
from tests.browser.conftest import Profile
from tests.browser.finished_run import FinishedRun
from tests.browser.steps import configure, open_tab, start_run, stop_run, wait_until_ended
from tests.e2e.harness import Server

pytestmark = [pytest.mark.browser, pytest.mark.k6]

START = re.compile("^Start smoke")


def test_the_first_visit_explains_the_first_run_and_starts_the_demo(page: Page) -> None:
    steps = page.get_by_role("region", name="Your first run")
    expect(steps.get_by_role("listitem")).to_have_count(3)
    steps.get_by_role("button", name="Start demo service").click()
    expect(page.get_by_label("Base URL")).to_have_value(re.compile(r"^http://127\.0\.0\.1:\d+$"))
    expect(steps.get_by_label("Done")).to_be_visible()
    page.get_by_role("button", name=START).click()
    page.wait_for_url(re.compile("#/overview"))
    stop_run(page)
    wait_until_ended(page, "Stopped", within_s=40)
    open_tab(page, "Execute")
    expect(page.get_by_role("button", name=START)).to_be_visible()
    expect(steps).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1100, 800), (1024, 768), (390, 844)])
def test_start_is_in_view_at_every_scroll_position(
    new_profile: Callable[..., Profile], width: int, height: int
) -> None:
    page = new_profile(width, height).open("#/execute")
    start = page.get_by_role("button", name=START)
    expect(start).to_be_in_viewport(ratio=1)
    for share in (0.5, 1):
        page.evaluate("(share) => scrollTo(0, document.documentElement.scrollHeight * share)", share)
        expect(start).to_be_in_viewport(ratio=1)
        box = start.bounding_box()
        assert box
        hit = "([x, y]) => document.elementFromPoint(x, y)?.closest('button')?.hasAttribute('data-start')"
        assert page.evaluate(hit, [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])


def test_all_invalid_fields_are_flagged_with_their_labels(page: Page) -> None:
    configure(page, "ftp://shop", vus="0", duration="soon")
    page.get_by_role("button", name=START).click()
    fields = {"Virtual users": "vus", "Duration": "duration", "Base URL": "base_url"}
    summary = page.get_by_role("complementary", name="Plan").get_by_role("alert")
    expect(summary.get_by_role("listitem")).to_have_count(3)
    for label, name in fields.items():
        expect(page.locator(f"input[name={name}]")).to_have_attribute("aria-invalid", "true")
        summary.get_by_role("button", name=label, exact=True).click()
        expect(page.locator(f"input[name={name}]")).to_be_focused()
    assert not re.search("vus:|duration:|base_url", summary.inner_text())
    assert violations(page) == []
    page.locator("input[name=vus]").fill("2")
    page.locator("input[name=duration]").fill("5s")
    expect(page.locator("input[name=vus]")).not_to_have_attribute("aria-invalid", "true")
    expect(summary.get_by_role("listitem")).to_have_text([re.compile("^Base URL")])
    page.locator("input[name=base_url]").fill("http://127.0.0.1:9")
    expect(summary).to_have_count(0)


def test_a_missing_target_is_flagged_together_with_a_bad_load(page: Page) -> None:
    configure(page, "", vus="0")
    page.get_by_role("button", name=START).click()
    for name in ("base_url", "vus"):
        expect(page.locator(f"input[name={name}]")).to_have_attribute("aria-invalid", "true")


def test_defaults_are_values_and_an_emptied_field_returns_to_its_default(page: Page) -> None:
    configure(page, "http://127.0.0.1:9")
    vus = page.locator("input[name=vus]")
    expect(vus).to_have_value("2")
    vus.fill("")
    vus.blur()
    expect(vus).to_have_value("2")
    expect(page.locator("input[name=duration]")).to_have_value("30s")


def test_the_label_belongs_to_one_run(page: Page, target: str) -> None:
    configure(page, target, label="build 1")
    configure(page, target, profile="Ramp")
    expect(page.locator("input[name=label]")).to_have_value("")
    open_tab(page, "Execute")
    start_run(page, target, vus="1", duration="1s", label="build 2")
    wait_until_ended(page)
    page.get_by_role("button", name="Run again").click()
    expect(page.locator("input[name=vus]")).to_have_value("1")
    expect(page.locator("input[name=label]")).to_have_value("")


def test_the_plan_names_its_stages(page: Page) -> None:
    plan = page.get_by_role("complementary", name="Plan")
    configure(page, "http://127.0.0.1:9", profile="Ramp", duration="60s", ramp_duration="60s")
    expect(plan.locator("text.stage")).to_have_text(["Ramp-up", "Hold", "Ramp-down"])
    configure(page, "http://127.0.0.1:9", profile="Custom")
    expect(plan.locator("text.stage")).to_have_text(["Stage 1", "Stage 2", "Stage 3"])


def test_a_passed_dry_run_offers_the_start(page: Page, target: str, server: Server) -> None:
    configure(page, target, vus="1", duration="1s")
    page.get_by_role("button", name="Dry run").click()
    expect(page.get_by_text("All passed")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("link", name=re.compile("Search")).first).to_contain_text(
        "GET /api/search?q=lamp"
    )
    page.get_by_role("button", name=START).click()
    page.wait_for_url(re.compile("#/overview"))
    wait_until_ended(page)
    assert server.wait_until_ended()["steered"] is False


def test_the_page_of_dry_runs_starts_the_first_one(page: Page, target: str, server: Server) -> None:
    configure(page, target)
    page.goto(f"{server.url}/#/dry")
    page.get_by_role("button", name="Start dry run").click()
    expect(page.get_by_text("All passed")).to_be_visible(timeout=30_000)


def test_start_becomes_queue_while_a_run_is_live(page: Page, server: Server, target: str) -> None:
    start_run(page, target, vus="1", duration="60s")
    open_tab(page, "Execute")
    expect(page.get_by_text(re.compile(r"^Starts after smoke, 0:\d\d left$"))).to_be_visible()
    page.get_by_role("button", name="Queue smoke").click()
    expect(page.get_by_text("1 run queued")).to_be_visible()
    page.get_by_role("button", name="Cancel queued run").click()
    expect(page.get_by_text("1 run queued")).to_be_hidden()
    stop_run(page)
    expect(page.get_by_role("button", name=START)).to_be_visible(timeout=40_000)
    assert server.wait_until_ended()["status"] == "stopped"


def test_the_dialog_about_another_live_run_is_updated_when_that_run_ends(
    page: Page, server: Server, target: str
) -> None:
    others: list[str] = []

    def overtake(route: Route) -> None:
        body = {"profile": "smoke", "base_url": target, "vus": 1, "duration": "60s"}
        others.append(server.post("/run/start", body)["run_id"])
        route.continue_()

    page.route("**/run/start", overtake, times=1)
    configure(page, target, vus="1", duration="1s")
    page.get_by_role("button", name=START).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Another run is live")
    expect(dialog).to_contain_text(re.compile(r"smoke, \d:\d\d left"))
    server.post("/run/stop", {"run_id": others[0], "now": True})
    expect(dialog).to_contain_text("The other run has ended", timeout=40_000)
    dialog.get_by_role("button", name=START).click()
    page.wait_for_url(re.compile("#/overview"))
    wait_until_ended(page)


class TestPagesWithoutOwnRun:
    """Pages that share the server with the finished run."""

    @pytest.fixture
    def server(self, finished_run: FinishedRun) -> Server:
        return finished_run.server

    def test_the_bar_of_slos_gives_the_reason_why_saving_is_disabled(
        self, new_profile: Callable[..., Profile]
    ) -> None:
        page = new_profile().open("#/slos?q=no-such-name")
        cell = page.get_by_label("All runs: Apdex ≥")
        cell.fill("85")
        expect(page.get_by_role("button", name="Save SLOs")).to_be_disabled()
        bar = page.locator(".bar")
        expect(bar).to_contain_text("All runs, Apdex must be at most 1")
        bar.get_by_role("button", name="All runs, Apdex").click()
        expect(cell).to_be_focused()
        expect(page.get_by_role("link", name="Show all").first).to_be_visible()

    @pytest.mark.parametrize("theme", ["midnight", "arctic"])
    def test_checkboxes_have_the_color_of_the_theme(
        self, new_profile: Callable[..., Profile], theme: str
    ) -> None:
        page = new_profile().open("#/slos")
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        box = page.get_by_role("checkbox", name="Stop the run when an SLO is breached")
        box.check()
        colors = "box => [getComputedStyle(box).appearance, getComputedStyle(box).backgroundColor]"
        accent = page.evaluate(
            "() => { const probe = document.body.appendChild(document.createElement('i'));"
            " probe.style.background = 'var(--accent)';"
            " return getComputedStyle(probe).backgroundColor; }"
        )
        assert box.evaluate(colors) == ["none", accent]
