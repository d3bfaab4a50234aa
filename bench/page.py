"""What the page costs its reader: weight, first paint, first figure, updates, idling, memory, long tables."""

import gzip
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.bench import Bench
from bench.page_browser import UPLOT, MainThread, chromium, new_page, script
from bench.page_live import live
from bench.page_still import idle, long_table
from bench.samples import SyntheticIntervals, a_run
from bench.server import BenchError, Served, serving
from bench.table import Row
from dashboard.demo.launcher import start_demo
from dashboard.engine.k6_binary import K6Unavailable, find_k6
from dashboard.services import DATABASE
from dashboard.settings import ROOT
from dashboard.store.store import Store

if TYPE_CHECKING:
    from playwright.sync_api import Browser

STATIC = ROOT / "dashboard" / "static"
MOST_KB = 120.0
MOST_PAINT_MS = 300.0
MOST_FIGURE_S = 1.0
MOST_POINT_S = 3.0
PUSHES = 60
MANY = 1_000
MOST_STARTS = 3
# Anything at all, and the first large thing inside: what a view shows, not the shell around it.
PAINT = """(inside) => new Promise((tell) => {
    const first = () => performance.getEntriesByName("first-contentful-paint")[0].startTime;
    new PerformanceObserver((list) => {
        const seen = list.getEntries().find(({ element }) => element?.closest(inside));
        if (seen) tell([first(), seen.startTime]);
    }).observe({ type: "largest-contentful-paint", buffered: true });
})"""
START = """async () => {
    const clicked = performance.now();
    document.querySelector("[data-start]").click();
    const until = (seen) => new Promise((tell) => {
        const look = () => seen() ? tell(performance.now() - clicked) : requestAnimationFrame(look);
        look();
    });
    const figures = () => [...document.querySelectorAll("header dl > div")];
    const says = (each, part, what) => what.test(each.querySelector(part).textContent);
    const figure = until(() => figures().some(
        (each) => says(each, "dt", /now|so far|window/) && says(each, "dd", /\\d/)));
    const point = until(() => Number(document.querySelector("[data-points]")?.dataset.points) > 0);
    return Promise.all([figure, point]);
}"""


def page(bench: Bench) -> list[Row]:
    """All of ui.md's budgets in one browser, on servers of their own."""
    if not (STATIC / "index.html").is_file():
        raise BenchError("the page is not built; bin/dashboard builds it")
    with chromium() as browser:
        rows = [_weight(), *_started(bench, browser)]
        runs = _stored(bench)
        with serving(bench.folder / "still") as served:
            rows += [_first_paint(bench, browser, served)]
            rows += idle(browser, f"{served.url}/#/overview?run={runs[0]}", bench.scale.idle_s)
            rows += long_table(browser, f"{served.url}/#/endpoints?run={runs[1]}", MANY)
        return rows + live(bench, browser)


def _weight() -> Row:
    files = [file for file in STATIC.rglob("*") if file.is_file()]
    sizes = {file.name: len(gzip.compress(file.read_bytes())) for file in files}
    total = sum(sizes.values())
    floor = len(gzip.compress(script(UPLOT).encode()))
    parts = ", ".join(f"{name} {size / 1000:.1f}" for name, size in sorted(sizes.items(), key=_largest))
    return Row(
        name="first load, all files, compressed",
        value=total / 1000,
        unit="kB",
        most=MOST_KB,
        detail=f"{total / floor:.1f} times uPlot alone ({floor / 1000:.1f} kB); {parts}",
    )


def _largest(part: tuple[str, int]) -> int:
    return -part[1]


def _stored(bench: Bench) -> tuple[str, str]:
    """A run of a usual size, and one with very many operations."""
    data_dir = bench.folder / "still"
    data_dir.mkdir(parents=True)
    store = Store(data_dir / DATABASE)
    try:
        return tuple(  # type: ignore[return-value]
            _store_run(store, number, operations, pushes)
            for number, (operations, pushes) in enumerate([(bench.scale.long_run_ops, PUSHES), (MANY, 2)])
        )
    finally:
        store.close()


def _store_run(store: Store, number: int, operations: int, pushes: int) -> str:
    intervals = SyntheticIntervals(operations, stock=pushes)
    made = [intervals.next() for _ in range(pushes)]
    made[-1] = replace(made[-1], keyframe=dict(intervals.cumulative))
    run = a_run(number, intervals.overall, seconds=pushes * 2.0)
    store.runs.insert(run)
    store.append(run.run_id, made)
    return run.run_id


def _first_paint(bench: Bench, browser: "Browser", served: Served) -> Row:
    """Of Execute, where a visit begins, with nothing in the cache; the very first is a warm-up."""
    execute = [_paint(browser, f"{served.url}/#/execute", "main") for _ in range(bench.scale.starts + 1)][1:]
    empty = [_paint(browser, f"{served.url}/health", "body") for _ in range(bench.scale.starts + 1)][1:]
    first, view, cpu = (median(times) for times in zip(*execute, strict=True))
    floor = median(line for _, line, _ in empty)
    return Row(
        name="first meaningful paint",
        value=view,
        unit="ms",
        most=MOST_PAINT_MS,
        detail=f"the form of Execute, median of {len(execute)}; anything at all {first:.0f}; "
        f"{view / floor:.1f} times a page of one line ({floor:.0f} ms); CPU of the main thread by then {cpu:.0f}",
    )


def _paint(browser: "Browser", url: str, inside: str) -> tuple[float, float, float]:
    """Milliseconds to the first paint, to that of the view, and the main thread's CPU by then."""
    shown = new_page(browser)
    try:
        thread = MainThread(shown)
        before = thread.read()["TaskDuration"]
        shown.goto(url)
        first, view = shown.evaluate(PAINT, inside)
        return first, view, (thread.read()["TaskDuration"] - before) * 1000
    finally:
        shown.context.close()


def _started(bench: Bench, browser: "Browser") -> list[Row]:
    """From the click on Start, with a real k6 and the demo service."""
    try:
        k6 = find_k6("", ROOT).path
    except K6Unavailable as error:
        raise BenchError(str(error)) from None
    repeats = min(bench.scale.starts, MOST_STARTS)
    demo = start_demo(None, bench.folder / "demo.log")
    try:
        took = [_start_once(bench.folder / f"start-{n}", browser, k6, demo.url) for n in range(repeats)]
    finally:
        demo.stop()
    budgets = {"figure": MOST_FIGURE_S, "chart point": MOST_POINT_S}
    return [
        Row(
            name=f"click on Start to the first {what}",
            value=median(times) / 1000,
            unit="s",
            most=most,
            detail=f"median of {repeats}; from {min(times) / 1000:.2f} to {max(times) / 1000:.2f}",
        )
        for (what, most), times in zip(budgets.items(), zip(*took, strict=True), strict=True)
    ]


def _start_once(data_dir: Path, browser: "Browser", k6: Path, target: str) -> tuple[float, float]:
    with serving(data_dir, k6_bin=k6, min_free_disk=0) as served:
        shown = new_page(browser)
        shown.goto(f"{served.url}/#/execute")
        shown.get_by_label("Base URL").fill(target)
        shown.locator("input[name=duration]").fill("4s")
        shown.wait_for_timeout(500)  # the plan follows what is typed
        figure, point = shown.evaluate(START)
        _await_end(served)
        shown.context.close()
        return figure, point


def _await_end(served: Served) -> None:
    deadline = time.monotonic() + 40
    while any(run["ended_at"] is None for run in served.json("/runs")) and time.monotonic() < deadline:
        time.sleep(0.1)
