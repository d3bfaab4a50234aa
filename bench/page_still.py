"""A page on an ended run: its activity while idle, and the responsiveness of a very long table."""

from collections.abc import Sequence
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from bench.page_browser import MainThread, new_page
from bench.table import Row

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MAX_IDLE_CPU_PERCENT = 0.5
MAX_FRAME_MS = 60.0
SETTLE_MS = 2_000
COUNT_TIMERS = """
    window.fired = 0;
    for (const name of ["setTimeout", "setInterval", "requestAnimationFrame"]) {
        const real = window[name];
        window[name] = (work, ...rest) => real((...given) => { window.fired += 1; work(...given); }, ...rest);
    }
"""
STEP_DURATION_S = 0.2
SORT = "n => document.querySelectorAll('thead th button')[n].click()"
FILTER = """words => {
    const field = document.querySelector("[data-search]");
    field.value = words;
    field.dispatchEvent(new Event("input", { bubbles: true }));
}"""
WORDS = ("o", "op", "operation9", "operation99", "operation", "")
SCROLL = """share => {
    const boxes = [document.scrollingElement, ...document.querySelectorAll("main *")];
    const box = boxes.find((each) => each.scrollHeight > each.clientHeight + 2_000) ?? boxes[0];
    box.scrollTop = box.scrollHeight * share;
}"""
SCROLLS = 20


def measure_idle(browser: "Browser", url: str, seconds: float) -> list[Row]:
    """Measure requests, timers and CPU of an open Overview, compared with an empty page."""
    requests, fired, cpu = _observe(browser, url, seconds)
    _, _, baseline = _observe(browser, "about:blank", seconds)
    return [
        Row(
            name="idle page: CPU of its main thread",
            value=cpu,
            unit="% of a core",
            at_most=MAX_IDLE_CPU_PERCENT,
            detail=f"over {seconds:g} s; an empty page {baseline:.3f}; {fired} timers fired",
        ),
        Row(
            name="idle page: requests",
            value=requests,
            at_most=0,
            detail=f"in {seconds:g} s; the stream stays open",
        ),
    ]


def _observe(browser: "Browser", url: str, seconds: float) -> tuple[int, int, float]:
    page = new_page(browser)
    page.context.add_init_script(COUNT_TIMERS)
    requests: list[object] = []
    page.goto(url)
    page.wait_for_timeout(SETTLE_MS)
    page.context.on("request", lambda request: requests.append(request))
    fired = "window.fired ?? 0"
    before = page.evaluate(fired)
    thread = MainThread(page)
    thread.read()
    costs = thread.during(seconds)
    page.wait_for_timeout(1)  # the browser delivers events only during a wait
    after = page.evaluate(fired)
    page.context.close()
    return len(requests), after - before, costs.all_ms / seconds / 10


def measure_long_table(browser: "Browser", url: str, operations: int) -> list[Row]:
    """Measure the CPU of the main thread while a table is sorted by each column, filtered and scrolled."""
    page = new_page(browser)
    page.goto(url)
    page.locator("tbody tr").first.wait_for()
    thread = MainThread(page)
    thread.during(1.0)
    columns = range(page.locator("thead th button").count())
    actions: dict[str, tuple[str, Sequence[object]]] = {
        "sort": (SORT, columns),
        "filter": (FILTER, WORDS),
        "scroll": (SCROLL, [n / SCROLLS for n in range(SCROLLS + 1)]),
    }
    rows = []
    for action, (script, arguments) in actions.items():
        steps = [partial(page.evaluate, script, argument) for argument in arguments]
        costs = [thread.during(STEP_DURATION_S, step).all_ms for step in steps]
        rows.append(_step_row(f"{operations:,} operations: longest step, {action}", costs))
    page.context.close()
    return rows


def _step_row(name: str, costs: list[float]) -> Row:
    return Row(
        name=name,
        value=max(costs),
        unit="ms",
        at_most=MAX_FRAME_MS,
        detail=f"CPU of the main thread over all frames of a step, an upper bound for one frame; "
        f"median of {len(costs)}: {median(costs):.1f}",
    )
