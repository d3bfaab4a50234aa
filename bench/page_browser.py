"""A Chromium for measurements, and the CPU accounting of its main thread."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.server import BenchError
from dashboard.settings import ROOT
from dashboard.setup.checkout import Checkout
from dashboard.setup.chromium import existing_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
VIEWPORT_WIDTH, VIEWPORT_HEIGHT = 1440, 1000
ACTION_TIMEOUT_MS = 60_000
MODULES = ROOT / "dashboard" / "ui" / "node_modules"
UPLOT = MODULES / "uplot" / "dist" / "uPlot.iife.min.js"
LONG_TASKS = """
    window.longTasks = [];
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map(({ duration }) => duration)))
        .observe({ type: "longtask" });
"""


@contextmanager
def chromium() -> Iterator["Browser"]:
    """Start the system's Chromium. Raises BenchError if none is installed."""
    found = existing_chromium(Checkout(ROOT, os.environ))
    if found is None or not shutil.which(found):
        raise BenchError("Chromium is missing: install it, or set CHROMIUM_BIN")
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(CHROMIUM_FLAGS))
        try:
            yield browser
        except Error as error:
            raise BenchError(f"an action in the page failed: {error.message}") from None
        finally:
            browser.close()


def new_page(browser: "Browser") -> "Page":
    """Open a page with an empty cache and no stored data."""
    context = browser.new_context(viewport={"width": VIEWPORT_WIDTH, "height": VIEWPORT_HEIGHT})
    context.set_default_timeout(ACTION_TIMEOUT_MS)
    context.add_init_script(LONG_TASKS)
    return context.new_page()


@dataclass(frozen=True, slots=True)
class CpuCost:
    """CPU milliseconds of one update: of the whole main thread, and of its scripts only."""

    all_ms: float
    script_ms: float


class MainThread:
    """CPU times of a page's main thread as the browser reports them, independent of other load."""

    def __init__(self, page: "Page") -> None:
        self._page = page
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def read(self) -> dict[str, float]:
        """Return the current values of all metrics, in seconds or as counts."""
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return {metric["name"]: metric["value"] for metric in metrics}

    def during(self, seconds: float, act: Callable[[], object] = lambda: None) -> CpuCost:
        """Measure the cost of `act` and of the given seconds after it. The cost includes reading the metrics."""
        before = self.read()
        act()
        time.sleep(seconds)
        after = self.read()
        task, script = (after[name] - before[name] for name in ("TaskDuration", "ScriptDuration"))
        return CpuCost(task * 1000, script * 1000)

    def heap_mb(self) -> float:
        """Return the heap size after garbage collection."""
        self._session.send("HeapProfiler.collectGarbage")
        self._session.send("HeapProfiler.collectGarbage")
        return float(self._session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6

    def long_tasks_ms(self) -> list[float]:
        """Return the tasks longer than 50 ms since the last call."""
        found: list[float] = self._page.evaluate("window.longTasks.splice(0)")
        return found


def script(path: Path) -> str:
    """Return the content of a file in node_modules. Raises BenchError."""
    try:
        return path.read_text()
    except OSError as error:
        raise BenchError(f"the page's packages are not installed: {error}") from None
