"""History: selection, comparison, baselines, trends, daily figures, annotations, deletion and hostile texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from dashboard.api.pages import THEME_COOKIE
from tests.browser.axe import violations
from tests.browser.conftest import Profile
from tests.browser.finished_run import SLOS, THREE_OPERATIONS
from tests.browser.steps import open_tab, wait_until_settled
from tests.e2e.harness import Server, Shop

pytestmark = [pytest.mark.browser, pytest.mark.k6]

HOSTILE_TEXTS = (
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<svg/onload=window.pwned=1>",
    "\"><iframe srcdoc='<script>top.pwned=1</script>'>",
    "javascript:window.pwned=1",
    "{@html '<b>x</b>'}",
    "{{constructor.constructor('window.pwned=1')()}}",
    "'; DROP TABLE runs; --",
    "=cmd|' /C calc'!A0",
    "\u202egnirts desrever",
    "<style>*{display:none}</style>",
    "</textarea><script>window.pwned=1</script>",
    "<a href='javascript:window.pwned=1'>x</a>",
    "&lt;script&gt;",
)
MARKDOWN_LINKS = (
    "[a](javascript:window.pwned=1) [b](data:text/html,<script>pwned=1</script>) [c](https://example.org/ok)"
)


class TwoRuns:
    """A server with two finished runs of one cohort."""

    def __init__(self, server: Server, a: str, b: str) -> None:
        self.server, self.a, self.b = server, a, b


@pytest.fixture(scope="module")
def two_runs(
    tmp_path_factory: pytest.TempPathFactory, k6_bin: object, _shop_process: Shop
) -> Iterator[TwoRuns]:
    server = Server(tmp_path_factory.mktemp("two"), k6_bin)  # type: ignore[arg-type]
    server.endpoints(*THREE_OPERATIONS, slos=SLOS)
    server.start()
    try:
        ids = []
        for _ in range(2):
            ids.append(server.run(_shop_process.url, vus=2, duration="3s"))
            server.wait_until_ended(ids[-1])
        yield TwoRuns(server, *ids)
    finally:
        server.terminate()


@pytest.fixture
def server(two_runs: TwoRuns) -> Server:
    """Return the server that `new_profile` opens."""
    return two_runs.server


@pytest.fixture
def page(new_profile: Callable[..., Profile]) -> Page:
    return new_profile().open("#/history")


def press_until(page: Page, name: str, key: str = "Tab", max_presses: int = 120) -> None:
    """Press a key until the name of the focused element starts with `name`."""
    for _ in range(max_presses):
        page.keyboard.press(key)
        focused = page.evaluate(
            "(document.activeElement.getAttribute('aria-label') || document.activeElement.textContent || '').trim()"
        )
        if focused.startswith(name):
            return
    raise AssertionError(f"{name} was not focused after {max_presses} presses")


def test_two_runs_are_compared_by_keyboard(page: Page, two_runs: TwoRuns) -> None:
    expect(page.get_by_role("checkbox").first).to_be_visible()
    page.keyboard.press("/")
    press_until(page, "Select smoke")
    page.keyboard.press("Space")
    press_until(page, "Select smoke")
    page.keyboard.press("Space")
    press_until(page, "Compare")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"#/compare/{two_runs.a}/{two_runs.b}$"))
    expect(page.get_by_role("heading", name="Compare two runs")).to_be_attached()
    expect(page.get_by_role("region", name="Compared runs")).to_contain_text(two_runs.b)
    press_until(page, "Swap A and B")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"#/compare/{two_runs.b}/{two_runs.a}$"))
    press_until(page, "p95: cursor")
    page.keyboard.press("Home")
    expect(page.get_by_role("slider", name=re.compile("^p95: cursor"))).to_have_attribute(
        "aria-valuenow", "0"
    )
    page.go_back()
    page.wait_for_url(re.compile(f"#/compare/{two_runs.a}/{two_runs.b}$"))


def test_comparison_shows_the_figures_of_the_api(
    new_profile: Callable[..., Profile], two_runs: TwoRuns
) -> None:
    diff = two_runs.server.get(f"/runs/diff?a={two_runs.a}&b={two_runs.b}")
    page = new_profile().open(f"#/compare/{two_runs.a}/{two_runs.b}")
    rows = page.get_by_role("region", name="Per operation").get_by_role("row")
    expect(rows).to_have_count(1 + len(diff["operations"]))

    shown = [row.get_by_role("rowheader").inner_text().strip() for row in rows.all()[1:]]
    assert shown == [row["op"] for row in diff["operations"]]
    requests = next(row for row in diff["metrics"] if row["metric"] == "total_reqs")
    cells = page.get_by_role("row", name=re.compile("^Requests ")).first.get_by_role("cell").all_inner_texts()
    assert cells[:2] == [f"{requests['a']:,}", f"{requests['b']:,}"]


def test_range_of_one_run_is_part_of_the_address(
    new_profile: Callable[..., Profile], two_runs: TwoRuns
) -> None:
    page = new_profile().open(f"#/compare/{two_runs.a}/{two_runs.b}")
    page.get_by_label("B to, seconds").fill("2.5")
    page.get_by_label("B to, seconds").press("Enter")
    page.wait_for_url(re.compile("b_to=2.5"))
    diff = two_runs.server.get(f"/runs/diff?a={two_runs.a}&b={two_runs.b}&b_to=2.5")
    row = next(row for row in diff["metrics"] if row["metric"] == "total_reqs")
    expect(page.get_by_role("row", name=re.compile("^Requests ")).first).to_contain_text(f"{row['b']:,}")
    page.get_by_role("button", name="Compare whole runs").click()
    expect(page).not_to_have_url(re.compile("b_to"))


def test_hostile_texts_are_shown_without_executing_them(
    new_profile: Callable[..., Profile], two_runs: TwoRuns
) -> None:
    notes = "\n\n".join([*HOSTILE_TEXTS, MARKDOWN_LINKS, "```\n" + HOSTILE_TEXTS[0] + "\n```"])
    tags = [text.replace(",", " ")[:60] for text in HOSTILE_TEXTS]
    two_runs.server.call(
        "PATCH",
        f"/runs/{two_runs.a}",
        {"label": HOSTILE_TEXTS[0] + HOSTILE_TEXTS[1], "tags": tags, "notes": notes},
    )
    for number, text in enumerate(HOSTILE_TEXTS):
        two_runs.server.call("POST", f"/runs/{two_runs.a}/marks", {"text": text, "elapsed_s": number / 10})
    page = new_profile().open(f"#/history/{two_runs.a}")
    panel = page.get_by_role("region", name="Notes")
    for text in (*HOSTILE_TEXTS, *tags):
        expect(panel).to_contain_text(text)
    assert panel.get_by_role("link", name="c", exact=True).get_attribute("href") == "https://example.org/ok"
    assert panel.locator("a[href^=javascript], a[href^=data], script, img, iframe, style, svg").count() == 0
    page.get_by_role("button", name="Add mark", exact=True).click()
    for text in HOSTILE_TEXTS:
        expect(page.get_by_role("dialog")).to_contain_text(text)
    page.keyboard.press("Escape")
    page.goto(f"{two_runs.server.url}/#/compare/{two_runs.a}/{two_runs.b}")
    expect(page.get_by_role("region", name="Compared runs")).to_contain_text(
        HOSTILE_TEXTS[0] + HOSTILE_TEXTS[1]
    )
    page.goto(f"{two_runs.server.url}/#/history?q=DROP")
    expect(page.get_by_role("table")).to_contain_text(HOSTILE_TEXTS[0] + HOSTILE_TEXTS[1])

    assert page.evaluate("typeof window.pwned") == "undefined"
    two_runs.server.call("PATCH", f"/runs/{two_runs.a}", {"label": None, "tags": None, "notes": None})


def test_note_tags_and_mark_are_saved(new_profile: Callable[..., Profile], two_runs: TwoRuns) -> None:
    page = new_profile().open(f"#/history/{two_runs.b}")
    page.get_by_role("button", name="Add notes or tags").click()
    page.get_by_label("Tags (comma-separated)").fill("release, 4.11")
    page.get_by_label("Notes (Markdown)").fill("The cache was **cold**.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Notes")).to_contain_text("The cache was cold.")
    page.get_by_role("button", name="Add mark", exact=True).click()
    page.get_by_label("Text", exact=True).fill("deployed v2")
    page.get_by_label("Time", exact=True).fill("1")
    page.get_by_role("dialog").get_by_role("button", name="Add mark", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("deployed v2").first).to_be_visible()
    page.get_by_role("link", name="release").click()
    page.wait_for_url(re.compile("tag=release"))
    expect(page.get_by_role("checkbox")).to_have_count(1)

    detail = two_runs.server.get(f"/runs/{two_runs.b}")
    assert (detail["notes"], detail["run"]["tags"]) == ("The cache was **cold**.", ["release", "4.11"])


def test_star_pins_the_baseline_of_later_runs(page: Page, two_runs: TwoRuns) -> None:
    stars = page.get_by_role("button", name=re.compile("^Baseline:"))
    stars.nth(1).click()
    expect(stars.nth(1)).to_have_attribute("aria-pressed", "true")
    diff = two_runs.server.get(f"/runs/diff?a={two_runs.a}&b={two_runs.b}")
    p95 = next(row for row in diff["metrics"] if row["metric"] == "p95_ms")
    page.goto(re.sub("#.*", "", page.url) + "#/overview")
    header = page.locator(".body > header")
    expect(header.get_by_title(re.compile("^Compared with ★ "))).to_have_count(3)
    expect(header).to_contain_text("≈ same" if p95["direction"] == "same" else f"{abs(p95['pct']):.1f}")
    expect(header.get_by_role("link", name=re.compile("^vs ★ "))).to_have_attribute(
        "href", f"#/compare/{two_runs.a}/{two_runs.b}"
    )

    open_tab(page, "History")
    expect(page.get_by_role("checkbox")).to_have_count(2)
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Delete 2").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    stars.nth(1).click()
    expect(stars.nth(1)).to_have_attribute("aria-pressed", "false")


def test_trend_links_operations_to_runs(new_profile: Callable[..., Profile], two_runs: TwoRuns) -> None:
    page = new_profile().open(f"#/endpoints?run={two_runs.b}")
    page.get_by_role("link", name=re.compile("p95 of Search over 2 runs")).click()
    page.wait_for_url(re.compile("#/trend.*op=Search"))
    points = two_runs.server.get("/ops/Search/trend")
    rows = page.get_by_role("region", name="Runs").get_by_role("row")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text(f"{points[-1]['total_reqs']:,}")
    page.get_by_role("slider", name=re.compile("cursor")).press("Home")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"#/history/{two_runs.a}"))


def test_day_links_to_its_runs(new_profile: Callable[..., Profile], two_runs: TwoRuns) -> None:
    page = new_profile().open("#/overview")
    day = (
        page.get_by_role("region", name="Daily figures")
        .get_by_role("link", name=re.compile(r"2.runs$"))
        .first
    )
    expect(day).to_be_visible()
    day.click()
    page.wait_for_url(re.compile("#/history.*since="))
    expect(page.get_by_role("checkbox")).to_have_count(2)


def test_bulk_deletion_reports_failures(new_profile: Callable[..., Profile], two_runs: TwoRuns) -> None:
    two_runs.server.call("POST", f"/runs/{two_runs.a}/baseline")
    page = new_profile().open("#/history")
    expect(page.get_by_role("checkbox")).to_have_count(2)
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.route(f"**/runs/{two_runs.b}", keep_run)
    page.get_by_role("button", name="Delete 2").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete 2").click()
    expect(dialog).to_contain_text("1 of 2 deleted")
    expect(dialog).to_contain_text("is a baseline. Unpin it first.")
    dialog.get_by_role("button", name="Close").click()
    two_runs.server.call("DELETE", "/runs/baseline")


def keep_run(route: Route) -> None:
    """Pretend to delete the run, because later tests need it."""
    if route.request.method == "DELETE":
        route.fulfill(status=204)
    else:
        route.continue_()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["midnight", pytest.param("arctic", marks=pytest.mark.long)])
def test_history_views_have_no_violations(
    browser: Browser, two_runs: TwoRuns, theme: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    context.add_cookies([{"name": THEME_COOKIE, "value": theme, "url": two_runs.server.url}])
    two_runs.server.call(
        "PATCH",
        f"/runs/{two_runs.b}",
        {"tags": ["release"], "notes": "# Head\n- **a** `b`\n> c\n\n[d](https://e.example)"},
    )
    page = context.new_page()
    found: list[str] = []
    for view in (
        f"#/compare/{two_runs.a}/{two_runs.b}",
        "#/trend",
        "#/history?target=1&days=all",
        f"#/history/{two_runs.b}",
        "#/overview",
    ):
        page.goto(f"{two_runs.server.url}/{view}")
        page.reload()
        wait_until_settled(page)
        for box in page.get_by_role("checkbox").all():
            box.check()
        for summary in page.locator("main details summary").all():
            summary.click()
        found += [f"{view}: {violation}" for violation in violations(page)]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
    page.goto(f"{two_runs.server.url}/#/history/{two_runs.b}")
    page.get_by_role("button", name="Add mark", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    found += [f"mark dialog: {violation}" for violation in violations(page)]
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Edit").click()
    found += [f"annotation form: {violation}" for violation in violations(page)]
    context.close()
    assert found == []
