"""A report source without a server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dashboard.model.run import Run
from dashboard.model.snapshot import Interval, OpKey
from dashboard.reports.source import ReportSource, report_source
from dashboard.runs.reader import RunReader
from dashboard.runs.slo.evaluate import SloEvaluator
from dashboard.runs.slo.tolerances import Tolerances
from dashboard.runs.start.launcher import Launcher
from dashboard.store.store import Store
from tests.factories import a_tally, an_ended_run, an_interval

MakeSource = Callable[..., ReportSource]


@pytest.fixture
def make_source(tmp_path: Path) -> Any:
    """Stores a run and returns its report source."""
    store = Store(tmp_path / "source.db")
    evaluator = SloEvaluator(store, Tolerances())
    reader = RunReader(store, Launcher(tmp_path / "runs", tmp_path), evaluator, lambda _: None)

    def make(run: Run | None = None, intervals: list[Interval] | None = None) -> ReportSource:
        run = run or an_ended_run()
        store.runs.insert(run)
        store.append(run.run_id, [an_interval(seq) for seq in (1, 2, 3)] if intervals is None else intervals)
        return report_source(reader, run.run_id)

    yield make
    store.close()


def intervals_of(*ops: str, failed: tuple[float, ...] = ()) -> list[Interval]:
    """Return one interval in which each of `ops` was called."""
    return [an_interval(1, {OpKey(op, "", ""): a_tally(failed=failed) for op in ops})]
