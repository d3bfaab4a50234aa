"""Measures the page: size, first paint, time to the first figure, updates, idling, memory, long tables."""

import gzip
import re
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.context import BenchContext
from bench.page_browser import UPLOT, MainThread, chromium, new_page, script
from bench.page_live import measure_live_updates
from bench.page_still import measure_idle, measure_long_table
from bench.samples import SyntheticIntervals, a_run
from bench.server import BenchError, BenchServer, running_server
from bench.table import Row
from dashboard.demo.launcher import start_demo
from dashboard.engine.k6_binary import K6Unavailable, find_k6
from dashboard.services import DATABASE
from dashboard.settings import ROOT
from dashboard.store.store import Store

if TYPE_CHECKING:
    from playwright.sync_api import Browser

STATIC = ROOT / "dashboard" / "static"
MAX_DOWNLOAD_KB = 120.0
MAX_FIRST_PAINT_MS = 300.0
MAX_TIME_TO_FIGURE_S = 1.0
MAX_TIME_TO_POINT_S = 3.0
PUSHES = 60
MANY_OPERATIONS = 1_000
MAX_STARTS = 3
_IMPORT = re.compile(r"(?:from|import)\s*[\"`']\./([\w-]+\.js)[\"`']")
# Resolves to two times: the first paint of anything, and the first paint of a large element in the view, without the
# shell around the view.
PAINT = """(inside) => new Promise((resolve) => {
    const first = () => performance.getEntriesByName("first-contentful-paint")[0].startTime;
    new PerformanceObserver((list) => {
        const seen = list.getEntries().find(({ element }) => element?.closest(inside));
        if (seen) resolve([first(), seen.startTime]);
    }).observe({ type: "largest-contentful-paint", buffered: true });
})"""
START = """async () => {
    const clicked = performance.now();
    document.querySelector("[data-start]").click();
    const until = (seen) => new Promise((resolve) => {
        const look = () => seen() ? resolve(performance.now() - clicked) : requestAnimationFrame(look);
        look();
    });
    const figures = () => [...document.querySelectorAll("header dl > div")];
    const matches = (each, part, pattern) => pattern.test(each.querySelector(part).textContent);
    const figure = until(() => figures().some(
        (each) => matches(each, "dt", /now|so far|window/) && matches(each, "dd", /\\d/)));
    const point = until(() => Number(document.querySelector("[data-points]")?.dataset.points) > 0);
    return Promise.all([figure, point]);
}"""


def measure_page(bench: BenchContext) -> list[Row]:
    """Measure everything about the page in one browser, each part with its own server."""
    if not (STATIC / "index.html").is_file():
        raise BenchError("the page is not built; run bin/dashboard setup")
    with chromium() as browser:
        rows = [_measure_size(), *_measure_start(bench, browser)]
        runs = _store_runs(bench)
        with running_server(bench.folder / "still") as server:
            rows += [_measure_first_paint(bench, browser, server)]
            rows += measure_idle(browser, f"{server.url}/#/overview?run={runs[0]}", bench.scale.idle_s)
            rows += measure_long_table(browser, f"{server.url}/#/endpoints?run={runs[1]}", MANY_OPERATIONS)
        return rows + measure_live_updates(bench, browser)


def first_load_files(page: Path, view: str = "") -> list[Path]:
    """Return the files that a first visit loads. `view` adds those of a chunk that is loaded on demand."""
    index = page / "index.html"
    names = set(re.findall(r"(?:src|href)=\"\./(assets/[^\"]+)\"", index.read_text()))
    if view:
        [chunk] = page.glob(f"assets/{view}-*.js")
        names |= _chunk_files(page, f"assets/{chunk.name}")
    return [index, *(page / name for name in sorted(names)), *page.glob("assets/worker-*.js")]


def _chunk_files(page: Path, chunk: str) -> set[str]:
    """Return the files of a chunk: its own, and all chunks that it imports, with their styles."""
    names, left = set(), [chunk]
    while left:
        name = left.pop()
        names.add(name)
        stem = Path(name).stem.rsplit("-", 1)[0]
        names |= {f"assets/{sheet.name}" for sheet in page.glob(f"assets/{stem}-*.css")}
        imported = {f"assets/{file}" for file in _IMPORT.findall((page / name).read_text())}
        left += imported - names
    return names


def _measure_size() -> Row:
    sizes = {file.name: len(gzip.compress(file.read_bytes())) for file in first_load_files(STATIC)}
    total = sum(sizes.values())
    baseline = len(gzip.compress(script(UPLOT).encode()))
    parts = ", ".join(f"{name} {size / 1000:.1f}" for name, size in sorted(sizes.items(), key=_by_size))
    return Row(
        name="first load, compressed",
        value=total / 1000,
        unit="kB",
        at_most=MAX_DOWNLOAD_KB,
        detail=f"{total / baseline:.1f} times uPlot alone ({baseline / 1000:.1f} kB); {parts}",
    )


def _by_size(part: tuple[str, int]) -> int:
    return -part[1]


def _store_runs(bench: BenchContext) -> tuple[str, str]:
    """Store a run of usual size and one with many operations, and return their IDs."""
    data_dir = bench.folder / "still"
    data_dir.mkdir(parents=True)
    store = Store(data_dir / DATABASE)
    try:
        return tuple(  # type: ignore[return-value]
            _store_run(store, number, operations, pushes)
            for number, (operations, pushes) in enumerate(
                [(bench.scale.long_run_ops, PUSHES), (MANY_OPERATIONS, 2)]
            )
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


def _measure_first_paint(bench: BenchContext, browser: "Browser", server: BenchServer) -> Row:
    """Measure the first paint of Execute without a cache. The first visit is a warm-up."""
    execute = [
        _paint_times(browser, f"{server.url}/#/execute", "main") for _ in range(bench.scale.starts + 1)
    ][1:]
    empty = [_paint_times(browser, f"{server.url}/health", "body") for _ in range(bench.scale.starts + 1)][1:]
    first, view, cpu = (median(times) for times in zip(*execute, strict=True))
    baseline = median(paint_ms for _, paint_ms, _ in empty)
    return Row(
        name="first meaningful paint",
        value=view,
        unit="ms",
        at_most=MAX_FIRST_PAINT_MS,
        detail=f"the form of Execute, median of {len(execute)}; first paint of anything {first:.0f}; "
        f"{view / baseline:.1f} times a one-line page ({baseline:.0f} ms); CPU of the main thread by then {cpu:.0f}",
    )


def _paint_times(browser: "Browser", url: str, inside: str) -> tuple[float, float, float]:
    """Return milliseconds to the first paint of anything and of the view, and the main thread's CPU time by then."""
    tab = new_page(browser)
    try:
        thread = MainThread(tab)
        before = thread.read()["TaskDuration"]
        tab.goto(url)
        first, view = tab.evaluate(PAINT, inside)
        return first, view, (thread.read()["TaskDuration"] - before) * 1000
    finally:
        tab.context.close()


def _measure_start(bench: BenchContext, browser: "Browser") -> list[Row]:
    """Measure the times after a click on Start, with a real k6 and the demo service."""
    try:
        k6 = find_k6("", ROOT).path
    except K6Unavailable as error:
        raise BenchError(str(error)) from None
    repeats = min(bench.scale.starts, MAX_STARTS)
    demo = start_demo(None, bench.folder / "demo.log")
    try:
        times = [_start_once(bench.folder / f"start-{n}", browser, k6, demo.url) for n in range(repeats)]
    finally:
        demo.stop()
    budgets = {"figure": MAX_TIME_TO_FIGURE_S, "chart point": MAX_TIME_TO_POINT_S}
    return [
        Row(
            name=f"click on Start to the first {what}",
            value=median(times) / 1000,
            unit="s",
            at_most=at_most,
            detail=f"median of {repeats}; from {min(times) / 1000:.2f} to {max(times) / 1000:.2f}",
        )
        for (what, at_most), times in zip(budgets.items(), zip(*times, strict=True), strict=True)
    ]


def _start_once(data_dir: Path, browser: "Browser", k6: Path, target: str) -> tuple[float, float]:
    with running_server(data_dir, k6_bin=k6, min_free_disk=0) as server:
        tab = new_page(browser)
        tab.goto(f"{server.url}/#/execute")
        tab.get_by_label("Base URL").fill(target)
        tab.locator("input[name=duration]").fill("4s")
        tab.wait_for_timeout(500)  # wait for the plan to follow the input
        figure, point = tab.evaluate(START)
        _wait_for_end(server)
        tab.context.close()
        return figure, point


def _wait_for_end(server: BenchServer) -> None:
    deadline = time.monotonic() + 40
    while any(run["ended_at"] is None for run in server.json("/runs")) and time.monotonic() < deadline:
        time.sleep(0.1)
