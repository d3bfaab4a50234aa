"""Charts: fonts, legends, cursor, selected ranges by buttons, keys and touch, and layout that stays in place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, Route, expect

from tests.browser.conftest import Profile
from tests.browser.finished_run import THREE_OPERATIONS
from tests.browser.steps import card_value, drag, wait_until_settled
from tests.e2e.harness import Server, Shop

pytestmark = [pytest.mark.browser, pytest.mark.k6]

RECORD_TEXTS = """
window.fonts = new Set();
window.limits = {};
window.dashedLines = [];
const { fillText, lineTo } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
  fonts.add(this.font);
  const { actualBoundingBoxAscent, actualBoundingBoxDescent } = this.measureText(text);
  if (text.startsWith("SLO")) limits[text] = [y - actualBoundingBoxAscent, y + actualBoundingBoxDescent];
  return fillText.call(this, text, x, y);
};
CanvasRenderingContext2D.prototype.lineTo = function (x, y) {
  if (this.getLineDash()[0] === 6 * devicePixelRatio) dashedLines.push(y);
  return lineTo.call(this, x, y);
};
"""
NOTHING_LISTENS = "http://127.0.0.1:9"


class Runs:
    """A server with a run of ten seconds, one with more groups, and one whose target refuses connections."""

    def __init__(self, server: Server, shop_url: str) -> None:
        self.server = server
        server.endpoints(*THREE_OPERATIONS, slos={"p95_ms": 2_000, "p99_ms": 2_100})
        server.start()
        self.long = self._finish(shop_url, vus=2, duration="10s")
        more = ({**THREE_OPERATIONS[0], "name": group, "group": group} for group in ("browse", "orders"))
        server.endpoints(*THREE_OPERATIONS, *more)
        self.more_groups = self._finish(shop_url, vus=1, duration="2s")
        server.endpoints(*THREE_OPERATIONS, slos={"p95_ms": 150, "p99_ms": 152})
        self.limited = self._finish(shop_url, vus=1, duration="2s")
        self.refused = self._finish(NOTHING_LISTENS, vus=1, duration="2s")

    def _finish(self, url: str, **load: Any) -> str:
        run_id = self.server.run(url, **load)
        self.server.wait_until_ended(run_id)
        return run_id

    def overview(self, run_id: str) -> str:
        return f"#/overview?run={run_id}"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, k6_bin: Path, _shop_process: Shop) -> Iterator[Runs]:
    server = Server(tmp_path_factory.mktemp("charts"), k6_bin)
    try:
        yield Runs(server, _shop_process.url)
    finally:
        server.terminate()


@pytest.fixture
def server(runs: Runs) -> Server:
    """Return the server that `new_profile` opens."""
    return runs.server


def chart(page: Page, title: str) -> Locator:
    return page.get_by_role("figure", name=title)


def reading(page: Page, title: str) -> str:
    return chart(page, title).get_by_role("slider").get_attribute("aria-valuetext") or ""


def box_of(locator: Locator) -> FloatRect:
    box = locator.bounding_box()
    assert box
    return box


def range_of(page: Page) -> tuple[float, float]:
    """Return the range in the address."""
    found = re.search(r"from=([\d.]+)&to=([\d.]+)", page.url)
    assert found, page.url
    return float(found[1]), float(found[2])


def wait_for_range(page: Page, other_than: tuple[float, float]) -> tuple[float, float]:
    page.wait_for_function(
        "(old) => !location.hash.includes(old)", arg=f"from={other_than[0]:g}&to={other_than[1]:g}"
    )
    return range_of(page)


@pytest.fixture
def overview(new_profile: Callable[..., Profile], runs: Runs) -> Page:
    page = new_profile().open(runs.overview(runs.long))
    wait_until_settled(page)
    return page


@pytest.fixture
def zoomed(overview: Page) -> Page:
    """Open Overview zoomed to the windows in the middle of the run."""
    drag(overview, overview.locator(".u-over").first, 0.35, 0.65)
    expect(overview.get_by_role("group", name="Selected range")).to_be_visible()
    chart(overview, "Latency spread").get_by_role("button", name="Latency spread: more").click()
    overview.get_by_role("menuitem", name="Zoom to range").click()
    expect(overview).to_have_url(re.compile("zoom=1"))
    return overview


@pytest.mark.parametrize("address", ["#/overview?run={}", "runs/{}/report"])
def test_texts_in_a_chart_have_the_font_of_the_page(
    new_profile: Callable[..., Profile], runs: Runs, address: str
) -> None:
    profile = new_profile()
    profile.context.add_init_script(RECORD_TEXTS)
    page = profile.open(address.format(runs.long))
    expect(page.locator(".u-over")).to_have_count(4)
    wait_until_settled(page)
    fonts = page.evaluate("[...fonts]")
    family = page.evaluate("getComputedStyle(document.body).fontFamily.split(',')[0]")
    assert fonts
    assert [font for font in fonts if family not in font] == []


def test_labels_of_limits_overlap_neither_lines_nor_each_other(
    new_profile: Callable[..., Profile], runs: Runs
) -> None:
    profile = new_profile()
    profile.context.add_init_script(RECORD_TEXTS)
    page = profile.open(runs.overview(runs.limited))
    wait_until_settled(page)
    page.evaluate("limits = {}, dashedLines = []")
    page.set_viewport_size({"width": 1400, "height": 1000})
    page.wait_for_function("Object.keys(limits).length === 2 && dashedLines.length > 1")
    (first, second), lines = page.evaluate("[Object.values(limits), dashedLines]")
    assert first[1] <= second[0] or second[1] <= first[0]
    higher = min(first, second)
    assert [line for line in lines if higher[0] <= line <= higher[1]] == []


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_cursor_moves_nothing(new_profile: Callable[..., Profile], runs: Runs, width: int) -> None:
    page = new_profile(width=width).open(runs.overview(runs.long))
    wait_until_settled(page)
    boxes = "[...document.querySelectorAll('figure, .legend')].map((e) => JSON.stringify(e.getBoundingClientRect()))"
    for plot in page.locator(".u-over").all():
        plot.scroll_into_view_if_needed()
        page.mouse.move(0, 0)
        before = page.evaluate(boxes)
        for share in (0.02, 0.5, 0.98):
            plot.hover(position={"x": box_of(plot)["width"] * share, "y": 40})
            assert page.evaluate(boxes) == before


def test_cursor_is_at_the_window_that_it_reads(overview: Page) -> None:
    plot = overview.locator(".u-over").first
    found: dict[str, set[float]] = {}
    for x in range(5, int(box_of(plot)["width"]), 15):
        plot.hover(position={"x": x, "y": 40})
        text = plot.locator(".time-pill").inner_text()
        found.setdefault(text, set()).add(box_of(plot.locator(".u-cursor-x"))["x"])
    assert len(found) > 2
    assert {text: len(places) for text, places in found.items()} == dict.fromkeys(found, 1)


def test_legend_isolates_and_hides_series(overview: Page) -> None:
    legend = chart(overview, "Latency spread").get_by_role("group", name="Latency spread: series")
    entries = {name: legend.get_by_role("button", name=name) for name in ("p50", "p75", "p95", "p99")}

    def shown() -> list[str]:
        return re.findall(r"(p\d\d) ", reading(overview, "Latency spread"))

    entries["p95"].click()
    expect(entries["p50"]).to_have_attribute("aria-pressed", "false")
    assert shown() == ["p95"]
    entries["p95"].click()
    expect(entries["p50"]).to_have_attribute("aria-pressed", "true")
    assert shown() == ["p50", "p75", "p95", "p99"]
    entries["p99"].click(modifiers=["Shift"])
    expect(entries["p99"]).to_have_attribute("aria-pressed", "false")
    assert shown() == ["p50", "p75", "p95"]


def test_range_is_moved_and_widened_by_buttons_and_keys(zoomed: Page) -> None:
    start = range_of(zoomed)
    zoomed.get_by_role("button", name="Wider range").click()
    wide = wait_for_range(zoomed, start)
    assert wide[0] < start[0] < start[1] < wide[1], (start, wide)

    slider = chart(zoomed, "Latency spread").get_by_role("slider")
    slider.press("+")
    narrow = wait_for_range(zoomed, wide)
    slider.press(".")
    later = wait_for_range(zoomed, narrow)
    assert later[0] > narrow[0]
    slider.press(",")
    assert wait_for_range(zoomed, later)[0] < later[0]
    assert "zoom=1" in zoomed.url


def test_range_is_moved_and_widened_by_touch(browser: Browser, zoomed: Page) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(zoomed.url)
    plot = page.locator(".u-over").first
    plot.scroll_into_view_if_needed()
    wait_until_settled(page)
    box = box_of(plot)
    touch = Fingers(page, box["y"] + box["height"] / 2)
    start = range_of(page)
    [left, middle, right] = [box["x"] + box["width"] * share for share in (0.2, 0.5, 0.8)]

    touch.move([right], [left])
    moved = wait_for_range(page, start)
    assert moved[0] > start[0]
    touch.move([left, right], [middle - 20, middle + 20])
    wider = wait_for_range(page, moved)
    assert wider[1] - wider[0] > moved[1] - moved[0]
    context.close()


class Fingers:
    """Moves fingers sideways on the screen, at one height."""

    def __init__(self, page: Page, y: float) -> None:
        self._session = page.context.new_cdp_session(page)
        self._y = y

    def move(self, start: list[float], end: list[float], steps: int = 5) -> None:
        self._send("touchStart", start)
        for step in range(1, steps + 1):
            self._send("touchMove", [a + (b - a) * step / steps for a, b in zip(start, end, strict=True)])
        self._send("touchEnd", [])

    def _send(self, kind: str, positions: list[float]) -> None:
        points = [{"x": x, "y": self._y, "id": number} for number, x in enumerate(positions)]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_menu_of_a_chart_stays_in_the_window(new_profile: Callable[..., Profile], runs: Runs) -> None:
    page = new_profile(height=600).open(runs.overview(runs.long))
    wait_until_settled(page)
    button = chart(page, "Virtual users").get_by_role("button", name="Virtual users: more")
    button.evaluate("(element) => element.scrollIntoView({ block: 'end' })")
    button.click()
    menu = box_of(page.get_by_role("menu"))
    assert menu["y"] >= 0
    assert menu["y"] + menu["height"] <= 600
    page.keyboard.press("Escape")
    button.evaluate("(element) => element.scrollIntoView({ block: 'center' })")
    button.click()
    assert box_of(page.get_by_role("menu"))["y"] > box_of(button)["y"]


def test_texts_of_the_plan_keep_their_size(new_profile: Callable[..., Profile], runs: Runs) -> None:
    heights = set()
    for width in (1440, 1024, 600, 390):
        page = new_profile(width=width).open("#/execute")
        text = page.locator("svg[aria-label^='Planned'] text").first
        expect(text).to_be_attached()
        heights.add(round(box_of(text)["height"]))
    assert len(heights) == 1


def test_group_keeps_its_color_when_groups_are_added(new_profile: Callable[..., Profile], runs: Runs) -> None:
    page = new_profile().open()

    def color(run_id: str) -> str:
        page.goto(f"{runs.server.url}/#/endpoints?run={run_id}")
        chip = page.get_by_role("button", name=re.compile("^search"))
        return str(chip.locator(".swatch").evaluate("(swatch) => swatch.style.background"))

    assert color(runs.long) == color(runs.more_groups)


def test_refused_connections_have_no_latency(new_profile: Callable[..., Profile], runs: Runs) -> None:
    page = new_profile().open(runs.overview(runs.refused))
    wait_until_settled(page)
    assert "p50 —, p75 —, p95 —, p99 —" in reading(page, "Latency spread")
    for name in ("p95", "Average", "TTFB, mean"):
        assert card_value(page, name) == "—"
    histogram = page.get_by_role("region", name="Latency histogram")
    expect(histogram).to_contain_text("no responses")
    expect(histogram).not_to_contain_text("100%")


def test_short_last_window_is_not_drawn(new_profile: Callable[..., Profile], runs: Runs) -> None:
    profile = new_profile()

    def add_short_window(route: Route) -> None:
        columns = route.fetch().json()
        end = {
            "seq": columns["seq"][-1] + 1,
            "elapsed_s": columns["elapsed_s"][-1] + 0.5,
            "window_s": 0.5,
            "rps": 0.01,
        }
        for name, values in columns.items():
            values.append(end.get(name, values[-1]))
        route.fulfill(body=json.dumps(columns), content_type="application/json")

    profile.context.route(re.compile("/snapshots"), add_short_window)
    page = profile.open(runs.overview(runs.long))
    wait_until_settled(page)
    assert reading(page, "Throughput and load").startswith("at the end: RPS ")
    assert "RPS 0.01" not in reading(page, "Throughput and load")
    plot = chart(page, "Throughput and load").locator(".u-over")
    plot.hover(position={"x": box_of(plot)["width"] - 3, "y": 40})
    assert "RPS 0.01" not in reading(page, "Throughput and load")


def test_http_page_shows_phases_data_and_iterations_over_time(
    new_profile: Callable[..., Profile], runs: Runs
) -> None:
    page = new_profile().open(f"#/http?run={runs.long}")
    wait_until_settled(page)
    phases = reading(page, "Phases of a request")
    assert re.findall(r"(\w+) [<\d]", phases.split(": ")[1]) == [
        *("blocked", "connecting", "TLS", "sending", "waiting", "receiving"),
    ]
    assert re.search(r"received [\d.]+\s[kM]?B/s, sent [\d.]+\s[kM]?B/s", reading(page, "Data transferred"))
    assert re.search(r"mean [\d.,]+$", reading(page, "Iteration duration"))
    drag(page, page.locator(".u-over").first, 0.3, 0.7)
    expect(page.get_by_role("group", name="Selected range")).to_be_visible()
