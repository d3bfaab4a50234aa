"""An open page on a run of eight hours: what one more push costs it, against uPlot alone, and what it holds on to."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.bench import Bench
from bench.page_browser import UPLOT, MainThread, Spent, new_page, script
from bench.page_feed import WANTED
from bench.samples import PUSH_S, a_run
from bench.server import BenchError, Served, serving
from bench.table import Row
from dashboard.model.tally import Tally

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MOST_UPDATE_MS = 16.0
MOST_TASK_MS = 50.0
MOST_HEAP_MB = 60.0
MOST_READY_S = 1.0
SETTLE_S = 0.4
WARM_UP = 5
BURST = 20
STREAMED = 4  # the last quarter of the run comes by the stream
PATIENCE_S = 60.0
FILL_S = 600.0
LINES = (2, 4, 2, 2)
FLOOR = """([points, lines]) => {
    const xs = Array.from({ length: points }, (_, i) => i * 2);
    window.data = lines.map((n) => [xs, ...Array.from({ length: n }, () => xs.map(() => Math.random() * 100))]);
    window.plots = lines.map((n, i) => {
        const series = [{}, ...Array.from({ length: n }, () => ({ stroke: "#68c" }))];
        const box = document.body.appendChild(document.createElement("div"));
        return new uPlot({ width: 560, height: 228, scales: { x: { time: false } }, series }, window.data[i], box);
    });
}"""
FLOOR_UPDATE = """() => requestAnimationFrame(() => {
    for (const [i, plot] of window.plots.entries()) {
        for (const column of window.data[i].slice(1)) column.push(Math.random() * 100);
        if (i === 0) window.data[0][0].push(window.data[0][0].length * 2);
        plot.setData(window.data[i]);
    }
})"""

READY = """(points) => new Promise((tell) => {
    const shown = () => Number(document.querySelector("[data-points]")?.dataset.points) === points;
    const look = () => requestAnimationFrame(() => {
        if (!shown() || document.querySelector("main .skeleton")) look();
        else requestAnimationFrame(() => tell(performance.now()));
    });
    look();
})"""


def live(bench: Bench, browser: "Browser") -> list[Row]:
    """Rows about updates and memory."""
    pushes = round(bench.scale.long_run_s / PUSH_S)
    floor = _floor(browser, pushes, bench.scale.repeats)
    past = pushes - pushes // STREAMED
    sizes = (past, pushes + WARM_UP + bench.scale.repeats, bench.scale.long_run_ops)
    command = (sys.executable, "-m", "bench.page_feed", *map(str, sizes))
    data_dir = bench.folder / "live"
    with serving(data_dir, command) as served:
        run_id = a_run(1, Tally()).run_id
        _await_past(served, run_id, past * PUSH_S)
        bench.say(f"{past} pushes stored")
        page = new_page(browser)
        page.goto(f"{served.url}/#/overview?run={run_id}")
        _await_points(page, past)
        fresh_mb = MainThread(page).heap_mb()
        _stream(page, data_dir / WANTED, past, pushes)
        heap_mb = MainThread(page).heap_mb()
        bench.say(f"{pushes - past} pushes streamed")
        wanted = data_dir / WANTED
        spent, long_tasks = _updates(page, wanted, pushes, bench.scale.repeats)
        page.context.close()
        end = pushes + WARM_UP + bench.scale.repeats
        ready = _ready_row(bench, browser, f"{served.url}/#/history/{run_id}", end)
    return [
        ready,
        *_update_rows(spent, long_tasks, floor, pushes, bench.scale.long_run_ops),
        Row(
            name=f"heap with {pushes:,} windows",
            value=heap_mb,
            unit="MB",
            most=MOST_HEAP_MB,
            detail=f"after garbage collection; {pushes - past:,} of them streamed in; with the first {past:,}, "
            f"just read, {fresh_mb:.1f}",
        ),
    ]


def _ready_row(bench: Bench, browser: "Browser", url: str, points: int) -> Row:
    """From the address to charts, figures and table of all of the run, drawn; the very first is a warm-up."""
    opened = [_opened(browser, url, points) for _ in range(bench.scale.starts + 1)][1:]
    seconds, cpu = zip(*opened, strict=True)
    return Row(
        name=f"page of a run with {points * PUSH_S / 3600:.3g} h ready",
        value=median(seconds),
        unit="s",
        most=MOST_READY_S,
        detail=f"median of {len(opened)}, from {min(seconds):.2f} to {max(seconds):.2f}; nothing cached; {points:,} "
        f"windows, {bench.scale.long_run_ops} operations; CPU of the main thread by then {median(cpu):.2f}",
    )


def _opened(browser: "Browser", url: str, points: int) -> tuple[float, float]:
    """Seconds by the clock and of the main thread's CPU."""
    page = new_page(browser)
    try:
        thread = MainThread(page)
        before = thread.read()["TaskDuration"]
        page.goto(url, wait_until="commit")
        ready_ms = float(page.evaluate(READY, points))
        return ready_ms / 1000, thread.read()["TaskDuration"] - before
    finally:
        page.context.close()


def _update_rows(
    spent: list[Spent], long_tasks: list[float], floor: list[Spent], pushes: int, operations: int
) -> list[Row]:
    each = sorted(update.all_ms for update in spent)
    floor_ms = median(update.all_ms for update in floor)
    scripting = median(update.script_ms for update in spent)
    return [
        Row(
            name=f"live update, {pushes:,} windows, {operations} operations",
            value=median(each),
            unit="ms",
            most=MOST_UPDATE_MS,
            detail=f"CPU of the main thread, canvases drawn without a GPU included, median of {len(each)}; "
            f"{scripting:.1f} of it scripts; highest {each[-1]:.1f}; {median(each) / floor_ms:.2f} times uPlot alone "
            f"with as many points ({floor_ms:.1f} ms)",
        ),
        Row(
            name="longest task of an update",
            value=each[-1],
            unit="ms",
            most=MOST_TASK_MS,
            detail=f"CPU of the costliest update, so no task is longer; by the clock {len(long_tasks)} of {len(each)} "
            f"took more than 50 ms{f', the longest {max(long_tasks):.0f}' if long_tasks else ''}",
        ),
    ]


def _updates(page: "Page", wanted: Path, seq: int, repeats: int) -> tuple[list[Spent], list[float]]:
    thread = MainThread(page)

    def publish() -> None:
        nonlocal seq
        seq += 1
        _want(wanted, seq)

    _spent(thread, publish, WARM_UP)
    thread.long_tasks_ms()
    spent = _spent(thread, publish, repeats)
    _await_points(page, seq)
    return spent, thread.long_tasks_ms()


def _floor(browser: "Browser", points: int, repeats: int) -> list[Spent]:
    """The four charts' lines drawn by uPlot with nothing around them."""
    page = new_page(browser)
    page.add_script_tag(content=script(UPLOT))
    page.evaluate(FLOOR, [points, LINES])
    thread = MainThread(page)
    _spent(thread, lambda: page.evaluate(FLOOR_UPDATE), WARM_UP)
    spent = _spent(thread, lambda: page.evaluate(FLOOR_UPDATE), repeats)
    page.context.close()
    return spent


def _spent(thread: MainThread, update: Callable[[], object], repeats: int) -> list[Spent]:
    return [thread.during(SETTLE_S, update) for _ in range(repeats)]


def _await_past(served: Served, run_id: str, elapsed_s: float) -> None:
    deadline = time.monotonic() + FILL_S
    while (served.json(f"/runs/{run_id}")["run"]["elapsed_s"] or 0) < elapsed_s:
        if time.monotonic() > deadline:
            raise BenchError("the run was not stored")
        time.sleep(0.2)


def _stream(page: "Page", wanted: Path, past: int, end: int) -> None:
    """In bursts, none larger than what the server keeps for a page that is slow."""
    for seq in [*range(past + BURST, end, BURST), end]:
        _want(wanted, seq)
        _await_points(page, seq)


def _want(wanted: Path, seq: int) -> None:
    new = wanted.with_suffix(".new")
    new.write_text(str(seq))
    new.replace(wanted)


def _await_points(page: "Page", points: int) -> None:
    plot = page.locator("[data-points]").first
    deadline = time.monotonic() + PATIENCE_S
    while plot.get_attribute("data-points") != str(points):
        if time.monotonic() > deadline:
            raise BenchError(f"the page does not show {points} windows")
        time.sleep(0.01)
