"""An open page on a live run of eight hours: the CPU time of an update, compared with uPlot alone, and the heap."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.context import BenchContext
from bench.page_browser import UPLOT, CpuCost, MainThread, new_page, script
from bench.page_feed import TARGET_FILE
from bench.samples import PUSH_INTERVAL_S, a_run
from bench.server import BenchError, BenchServer, running_server
from bench.table import Row
from dashboard.model.tally import Tally

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MAX_UPDATE_MS = 16.0
MAX_TASK_MS = 50.0
MAX_HEAP_MB = 60.0
MAX_READY_S = 1.0
UPDATE_S = 0.4
WARM_UP_UPDATES = 5
BURST_PUSHES = 20
STREAMED_PARTS = 4  # the last quarter of the run arrives over the stream
REDRAW_TIMEOUT_S = 60.0
FILL_TIMEOUT_S = 600.0
LINES_PER_CHART = (2, 4, 2, 2)
BASELINE = """([points, lines]) => {
    const xs = Array.from({ length: points }, (_, i) => i * 2);
    window.data = lines.map((n) => [xs, ...Array.from({ length: n }, () => xs.map(() => Math.random() * 100))]);
    window.plots = lines.map((n, i) => {
        const series = [{}, ...Array.from({ length: n }, () => ({ stroke: "#68c" }))];
        const box = document.body.appendChild(document.createElement("div"));
        return new uPlot({ width: 560, height: 228, scales: { x: { time: false } }, series }, window.data[i], box);
    });
}"""
BASELINE_UPDATE = """() => requestAnimationFrame(() => {
    for (const [i, plot] of window.plots.entries()) {
        for (const column of window.data[i].slice(1)) column.push(Math.random() * 100);
        if (i === 0) window.data[0][0].push(window.data[0][0].length * 2);
        plot.setData(window.data[i]);
    }
})"""

READY = """(points) => new Promise((resolve) => {
    const shown = () => Number(document.querySelector("[data-points]")?.dataset.points) === points;
    const look = () => requestAnimationFrame(() => {
        if (!shown() || document.querySelector("main .skeleton")) look();
        else requestAnimationFrame(() => resolve(performance.now()));
    });
    look();
})"""


def measure_live_updates(bench: BenchContext, browser: "Browser") -> list[Row]:
    """Measure live updates, the memory of the page, and the time to open it."""
    pushes = round(bench.scale.long_run_s / PUSH_INTERVAL_S)
    baseline = _measure_baseline(browser, pushes, bench.scale.repeats)
    past = pushes - pushes // STREAMED_PARTS
    sizes = (past, pushes + WARM_UP_UPDATES + bench.scale.repeats, bench.scale.long_run_ops)
    command = (sys.executable, "-m", "bench.page_feed", *map(str, sizes))
    data_dir = bench.folder / "live"
    with running_server(data_dir, command) as server:
        run_id = a_run(1, Tally()).run_id
        _wait_for_stored(server, run_id, past * PUSH_INTERVAL_S)
        bench.log(f"{past} pushes stored")
        page = new_page(browser)
        page.goto(f"{server.url}/#/overview?run={run_id}")
        _wait_for_points(page, past)
        fresh_mb = MainThread(page).heap_mb()
        _publish_in_bursts(page, data_dir / TARGET_FILE, past, pushes)
        heap_mb = MainThread(page).heap_mb()
        bench.log(f"{pushes - past} pushes streamed")
        target_file = data_dir / TARGET_FILE
        costs, long_tasks = _measure_updates(page, target_file, pushes, bench.scale.repeats)
        page.context.close()
        end = pushes + WARM_UP_UPDATES + bench.scale.repeats
        ready = _measure_opening(bench, browser, f"{server.url}/#/history/{run_id}", end)
    return [
        ready,
        *_update_rows(costs, long_tasks, baseline, pushes, bench.scale.long_run_ops),
        Row(
            name=f"heap with {pushes:,} windows",
            value=heap_mb,
            unit="MB",
            at_most=MAX_HEAP_MB,
            detail=f"after garbage collection; {pushes - past:,} of them streamed in; {fresh_mb:.1f} MB "
            f"right after the page read the first {past:,} windows",
        ),
    ]


def _measure_opening(bench: BenchContext, browser: "Browser", url: str, points: int) -> Row:
    """Measure the time until all charts, figures and tables are drawn. The first visit is a warm-up."""
    opened = [_time_opening(browser, url, points) for _ in range(bench.scale.starts + 1)][1:]
    seconds, cpu = zip(*opened, strict=True)
    return Row(
        name=f"page of a run of {points * PUSH_INTERVAL_S / 3600:.3g} h: time until it is ready",
        value=median(seconds),
        unit="s",
        at_most=MAX_READY_S,
        detail=f"median of {len(opened)}, from {min(seconds):.2f} to {max(seconds):.2f}; nothing cached; {points:,} "
        f"windows, {bench.scale.long_run_ops} operations; CPU of the main thread by then {median(cpu):.2f}",
    )


def _time_opening(browser: "Browser", url: str, points: int) -> tuple[float, float]:
    """Open the page. Return the wall-clock seconds and the CPU seconds of the main thread until it is ready."""
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
    costs: list[CpuCost], long_tasks: list[float], baseline: list[CpuCost], pushes: int, operations: int
) -> list[Row]:
    each = sorted(update.all_ms for update in costs)
    floor_ms = median(update.all_ms for update in baseline)
    scripting = median(update.script_ms for update in costs)
    return [
        Row(
            name=f"live update, {pushes:,} windows, {operations} operations",
            value=median(each),
            unit="ms",
            at_most=MAX_UPDATE_MS,
            detail=f"CPU of the main thread, including canvas drawing without a GPU, median of {len(each)}, "
            f"{scripting:.1f} in scripts; highest {each[-1]:.1f}; {median(each) / floor_ms:.2f} times uPlot alone "
            f"with as many points ({floor_ms:.1f} ms)",
        ),
        Row(
            name="longest task of an update",
            value=each[-1],
            unit="ms",
            at_most=MAX_TASK_MS,
            detail=f"CPU of the costliest update, so no task is longer; "
            f"by wall-clock time {len(long_tasks)} of {len(each)} took more than 50 ms"
            f"{f', the longest {max(long_tasks):.0f}' if long_tasks else ''}",
        ),
    ]


def _measure_updates(
    page: "Page", target_file: Path, seq: int, repeats: int
) -> tuple[list[CpuCost], list[float]]:
    thread = MainThread(page)

    def publish() -> None:
        nonlocal seq
        seq += 1
        _request_pushes(target_file, seq)

    _measure_costs(thread, publish, WARM_UP_UPDATES)
    thread.long_tasks_ms()
    costs = _measure_costs(thread, publish, repeats)
    _wait_for_points(page, seq)
    return costs, thread.long_tasks_ms()


def _measure_baseline(browser: "Browser", points: int, repeats: int) -> list[CpuCost]:
    """Measure the cost of drawing the lines of the four charts with uPlot alone."""
    page = new_page(browser)
    page.add_script_tag(content=script(UPLOT))
    page.evaluate(BASELINE, [points, LINES_PER_CHART])
    thread = MainThread(page)
    _measure_costs(thread, lambda: page.evaluate(BASELINE_UPDATE), WARM_UP_UPDATES)
    costs = _measure_costs(thread, lambda: page.evaluate(BASELINE_UPDATE), repeats)
    page.context.close()
    return costs


def _measure_costs(thread: MainThread, update: Callable[[], object], repeats: int) -> list[CpuCost]:
    return [thread.during(UPDATE_S, update) for _ in range(repeats)]


def _wait_for_stored(server: BenchServer, run_id: str, elapsed_s: float) -> None:
    deadline = time.monotonic() + FILL_TIMEOUT_S
    while (server.json(f"/runs/{run_id}")["run"]["elapsed_s"] or 0) < elapsed_s:
        if time.monotonic() > deadline:
            raise BenchError("the run was not stored")
        time.sleep(0.2)


def _publish_in_bursts(page: "Page", target_file: Path, past: int, end: int) -> None:
    """Publish in bursts that fit into the server's queue for a slow client."""
    for seq in [*range(past + BURST_PUSHES, end, BURST_PUSHES), end]:
        _request_pushes(target_file, seq)
        _wait_for_points(page, seq)


def _request_pushes(target_file: Path, seq: int) -> None:
    """Let the server process publish all pushes up to `seq`."""
    new = target_file.with_suffix(".new")
    new.write_text(str(seq))
    new.replace(target_file)


def _wait_for_points(page: "Page", points: int) -> None:
    plot = page.locator("[data-points]").first
    deadline = time.monotonic() + REDRAW_TIMEOUT_S
    while plot.get_attribute("data-points") != str(points):
        if time.monotonic() > deadline:
            raise BenchError(f"the page does not show {points} windows")
        time.sleep(0.01)
