"""History in a browser: choose and compare by keys, hostile texts, baselines, trends, days, several deleted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.axe import violations
from tests.browser.conftest import Watched
from tests.browser.served import LIMITS, THREE_OPERATIONS
from tests.browser.steps import settled
from tests.e2e.harness import Server, Shop

pytestmark = [pytest.mark.browser, pytest.mark.k6]

HOSTILE = (
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
LINKS = (
    "[a](javascript:window.pwned=1) [b](data:text/html,<script>pwned=1</script>) [c](https://example.org/ok)"
)


class Two:
    """A server with two finished runs of one kind."""

    def __init__(self, server: Server, a: str, b: str) -> None:
        self.server, self.a, self.b = server, a, b


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, k6_bin: object, _shop_process: Shop) -> Iterator[Two]:
    made = Server(tmp_path_factory.mktemp("two"), k6_bin)  # type: ignore[arg-type]
    made.endpoints(*THREE_OPERATIONS, slos=LIMITS)
    made.start()
    try:
        ids = []
        for _ in range(2):
            ids.append(made.run(_shop_process.url, vus=2, duration="3s"))
            made.wait_until_ended(ids[-1])
        yield Two(made, *ids)
    finally:
        made.terminate()


@pytest.fixture
def server(two: Two) -> Server:
    """What `watch` opens its pages on."""
    return two.server


@pytest.fixture
def page(watch: Callable[..., Watched]) -> Page:
    return watch().open("#/history")


def press_until(page: Page, name: str, key: str = "Tab", most: int = 120) -> None:
    """Go on by keys alone until what has the focus is named so."""
    for _ in range(most):
        page.keyboard.press(key)
        focused = page.evaluate(
            "(document.activeElement.getAttribute('aria-label') || document.activeElement.textContent || '').trim()"
        )
        if focused.startswith(name):
            return
    raise AssertionError(f"{name} was not reached")


def test_two_runs_are_chosen_and_compared_by_keys_alone(page: Page, two: Two) -> None:
    expect(page.get_by_role("checkbox").first).to_be_visible()
    page.keyboard.press("/")
    press_until(page, "Choose smoke")
    page.keyboard.press("Space")
    press_until(page, "Choose smoke")
    page.keyboard.press("Space")
    press_until(page, "Compare")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"#/compare/{two.a}/{two.b}$"))
    expect(page.get_by_role("heading", name="Compare two runs")).to_be_attached()
    expect(page.get_by_role("region", name="The two runs")).to_contain_text(two.b)
    press_until(page, "Swap A and B")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"#/compare/{two.b}/{two.a}$"))
    press_until(page, "p95: cursor")
    page.keyboard.press("Home")
    expect(page.get_by_role("slider", name=re.compile("^p95: cursor"))).to_have_attribute(
        "aria-valuenow", "0"
    )
    page.go_back()
    page.wait_for_url(re.compile(f"#/compare/{two.a}/{two.b}$"))


def test_what_the_comparison_shows_is_what_the_api_says(watch: Callable[..., Watched], two: Two) -> None:
    diff = two.server.get(f"/runs/diff?a={two.a}&b={two.b}")
    page = watch().open(f"#/compare/{two.a}/{two.b}")
    rows = page.get_by_role("region", name="Per operation").get_by_role("row")
    expect(rows).to_have_count(1 + len(diff["operations"]))

    shown = [row.get_by_role("rowheader").inner_text().strip() for row in rows.all()[1:]]
    assert shown == [row["op"] for row in diff["operations"]]
    requests = next(row for row in diff["metrics"] if row["metric"] == "total_reqs")
    cells = page.get_by_role("row", name=re.compile("^Requests ")).first.get_by_role("cell").all_inner_texts()
    assert cells[:2] == [f"{requests['a']:,}", f"{requests['b']:,}"]


def test_a_range_is_typed_for_one_side_and_stands_in_the_address(
    watch: Callable[..., Watched], two: Two
) -> None:
    page = watch().open(f"#/compare/{two.a}/{two.b}")
    page.get_by_label("B to, seconds").fill("2.5")
    page.get_by_label("B to, seconds").press("Enter")
    page.wait_for_url(re.compile("b_to=2.5"))
    found = two.server.get(f"/runs/diff?a={two.a}&b={two.b}&b_to=2.5")
    row = next(row for row in found["metrics"] if row["metric"] == "total_reqs")
    expect(page.get_by_role("row", name=re.compile("^Requests ")).first).to_contain_text(f"{row['b']:,}")
    page.get_by_role("button", name="Whole runs").click()
    expect(page).not_to_have_url(re.compile("b_to"))


def test_hostile_texts_are_shown_as_they_are_and_nothing_runs(
    watch: Callable[..., Watched], two: Two
) -> None:
    notes = "\n\n".join([*HOSTILE, LINKS, "```\n" + HOSTILE[0] + "\n```"])
    tags = [text.replace(",", " ")[:60] for text in HOSTILE]
    two.server.call(
        "PATCH", f"/runs/{two.a}", {"label": HOSTILE[0] + HOSTILE[1], "tags": tags, "notes": notes}
    )
    for number, text in enumerate(HOSTILE):
        two.server.call("POST", f"/runs/{two.a}/marks", {"text": text, "elapsed_s": number / 10})
    page = watch().open(f"#/history/{two.a}")
    panel = page.get_by_role("region", name="Notes")
    for text in (*HOSTILE, *tags):
        expect(panel).to_contain_text(text)
    assert panel.get_by_role("link", name="c", exact=True).get_attribute("href") == "https://example.org/ok"
    assert panel.locator("a[href^=javascript], a[href^=data], script, img, iframe, style, svg").count() == 0
    page.get_by_role("button", name="Add mark", exact=True).click()
    for text in HOSTILE:
        expect(page.get_by_role("dialog")).to_contain_text(text)
    page.keyboard.press("Escape")
    page.goto(f"{two.server.url}/#/compare/{two.a}/{two.b}")
    expect(page.get_by_role("region", name="The two runs")).to_contain_text(HOSTILE[0] + HOSTILE[1])
    page.goto(f"{two.server.url}/#/history?q=DROP")
    expect(page.get_by_role("table")).to_contain_text(HOSTILE[0] + HOSTILE[1])

    assert page.evaluate("typeof window.pwned") == "undefined"
    two.server.call("PATCH", f"/runs/{two.a}", {"label": None, "tags": None, "notes": None})


def test_a_note_a_tag_and_a_mark_are_set_on_the_page(watch: Callable[..., Watched], two: Two) -> None:
    page = watch().open(f"#/history/{two.b}")
    page.get_by_role("button", name="Add notes or tags").click()
    page.get_by_label("Tags, separated by commas").fill("release, 4.11")
    page.get_by_label("Notes, in Markdown").fill("The cache was **cold**.")
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

    told = two.server.get(f"/runs/{two.b}")
    assert (told["notes"], told["run"]["tags"]) == ("The cache was **cold**.", ["release", "4.11"])


def test_a_star_pins_a_baseline_that_the_newer_run_is_held_against(page: Page, two: Two) -> None:
    stars = page.get_by_role("button", name=re.compile("^Baseline:"))
    stars.nth(1).click()
    expect(stars.nth(1)).to_have_attribute("aria-pressed", "true")
    diff = two.server.get(f"/runs/diff?a={two.a}&b={two.b}")
    p95 = next(row for row in diff["metrics"] if row["metric"] == "p95_ms")
    header = page.locator("header")
    expect(header.get_by_title("Against the baseline")).to_have_count(3)
    expect(header).to_contain_text(f"{abs(p95['pct']):.1f}" if abs(p95["pct"]) >= 0.05 else "same")

    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Delete 2").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep them").click()
    stars.nth(1).click()
    expect(stars.nth(1)).to_have_attribute("aria-pressed", "false")


def test_trends_lead_from_the_operations_to_their_runs(watch: Callable[..., Watched], two: Two) -> None:
    page = watch().open(f"#/endpoints?run={two.b}")
    page.get_by_role("link", name=re.compile("p95 of Search over 2 runs")).click()
    page.wait_for_url(re.compile("#/trend.*op=Search"))
    points = two.server.get("/ops/Search/trend")
    rows = page.get_by_role("region", name="Runs").get_by_role("row")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text(f"{points[-1]['total_reqs']:,}")
    page.get_by_role("slider", name=re.compile("cursor")).press("Home")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"#/history/{two.a}"))


def test_a_day_opens_its_runs(watch: Callable[..., Watched], two: Two) -> None:
    page = watch().open("#/overview")
    day = page.get_by_role("region", name="Day by day").get_by_role("link", name=re.compile(r"2.runs$")).first
    expect(day).to_be_visible()
    day.click()
    page.wait_for_url(re.compile("#/history.*since="))
    expect(page.get_by_role("checkbox")).to_have_count(2)


def test_several_are_deleted_and_what_fails_is_told(watch: Callable[..., Watched], two: Two) -> None:
    two.server.call("POST", f"/runs/{two.a}/baseline")
    page = watch().open("#/history")
    expect(page.get_by_role("checkbox")).to_have_count(2)
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.route(f"**/runs/{two.b}", spared)
    page.get_by_role("button", name="Delete 2").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete 2").click()
    expect(dialog).to_contain_text("1 of 2 deleted")
    expect(dialog).to_contain_text("is a baseline. Unpin it first.")
    dialog.get_by_role("button", name="Close").click()
    two.server.call("DELETE", "/runs/baseline")


def spared(route: Route) -> None:
    """The others still need the run."""
    if route.request.method == "DELETE":
        route.fulfill(status=204)
    else:
        route.continue_()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["midnight", "arctic"])
def test_no_new_view_breaks_a_rule(browser: Browser, two: Two, theme: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    context.add_init_script(f"localStorage.setItem('theme', {json.dumps(json.dumps(theme))})")
    two.server.call(
        "PATCH",
        f"/runs/{two.b}",
        {"tags": ["release"], "notes": "# Head\n- **a** `b`\n> c\n\n[d](https://e.example)"},
    )
    page = context.new_page()
    wrong: list[str] = []
    for view in (
        f"#/compare/{two.a}/{two.b}",
        "#/trend",
        "#/history?target=1&days=all",
        f"#/history/{two.b}",
        "#/overview",
    ):
        page.goto(f"{two.server.url}/{view}")
        page.reload()
        settled(page)
        page.wait_for_timeout(300)
        for box in page.get_by_role("checkbox").all():
            box.check()
        for fold in page.locator("main details summary").all():
            fold.click()
        wrong += [f"{view}: {words}" for words in violations(page)]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
    page.goto(f"{two.server.url}/#/history/{two.b}")
    page.get_by_role("button", name="Add mark", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    wrong += [f"the mark's dialog: {words}" for words in violations(page)]
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Edit").click()
    wrong += [f"the editor: {words}" for words in violations(page)]
    context.close()
    assert wrong == []
