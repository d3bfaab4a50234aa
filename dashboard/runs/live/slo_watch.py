"""Limits while a run is live: how far each is, each breach told once, and a stop when that is wanted."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import structlog

from dashboard.model.errors import DashboardError
from dashboard.model.events import EventKind
from dashboard.model.run import Run, RunStatus
from dashboard.model.slo import SloResult
from dashboard.model.slo_set import SKIP_RAMPS, SloAbort, SloSet
from dashboard.model.snapshot import OVERALL, Interval, OpKey
from dashboard.model.tally import Tally
from dashboard.runs.publish.publisher import Publisher
from dashboard.runs.slo.evaluate import SloEvaluator, SloInput, evaluate_limits
from dashboard.runs.slo.payload import slo_payload
from dashboard.runs.slo.plateaus import TimeSpan, has_ramp, load_began, plateaus, steady_spans, whole_windows

log = structlog.get_logger()
TELL_AFTER_S = 10.0
MOST_TOLD = 50
MOST_SHOWN = 500
ABORTED = "SLO broken: "


class ObservedWindow(NamedTuple):
    """The part of a snapshot that says which window it is of."""

    elapsed_s: float
    window_s: float
    vus: int | None


class SloWatch:
    """Looks at the limits of one live run after each push. `stop` asks for its end."""

    def __init__(self, run: Run, evaluator: SloEvaluator, publisher: Publisher, stop: Callable[[str], object]) -> None:
        self._run_id = run.run_id
        self._limits = run.context.slo_set
        self._stages = run.context.stages
        self._evaluator = evaluator
        self._publisher = publisher
        self._stop = stop
        self._windows: dict[int, ObservedWindow] | None = None
        self._told: set[tuple[str, str, str]] | None = None

    def look(self, run: Run, intervals: Sequence[Interval], tallies: Mapping[OpKey, Tally], now: datetime) -> None:
        """What is new was stored and published."""
        if not self._limits or not intervals:
            return
        windows = self._lookbacks(intervals)
        results = self._evaluator.results(run, tallies, windows=windows)
        self._publisher.slo(slo_payload(run, results[:MOST_SHOWN], self._limits, None, None))
        began = load_began(self._stages, windows)
        if began is None or run.elapsed_s is None:
            return
        if run.elapsed_s >= began.to_s + max(TELL_AFTER_S, self._warm_up_s(None)):
            self._tell((r for r in results if r.key != "rps" or self._rate_is_steady), run.elapsed_s, now)
        if run.status is RunStatus.RUNNING and self._limits.abort is not None:
            self._abort_if_broken(run, self._limits.abort, windows, began)

    def close(self, results: Iterable[SloResult], elapsed_s: float | None, now: datetime) -> None:
        """The run has ended: tell what was not told yet."""
        self._tell(results, elapsed_s, now)

    @property
    def _rate_is_steady(self) -> bool:
        """The rate so far includes k6's own start and the ramps: it says nothing before the end."""
        return self._limits.skip == SKIP_RAMPS and has_ramp(self._stages)

    def _lookbacks(self, intervals: Iterable[Interval]) -> list[ObservedWindow]:
        """All windows so far, without reading them anew each time."""
        if self._windows is None:
            stored = self._evaluator.store.snapshots.of_run(self._run_id)
            self._windows = {s.seq: ObservedWindow(s.elapsed_s, s.window_s, s.vus) for s in stored}
        for interval in intervals:
            seen = interval.snapshot
            self._windows[seen.seq] = ObservedWindow(seen.elapsed_s, seen.window_s, seen.vus)
        return list(self._windows.values())

    def _tell(self, results: Iterable[SloResult], elapsed_s: float | None, now: datetime) -> None:
        for result in results:
            if result.passed is not False:
                continue
            told, name = self._already_told(), (result.level, result.name, result.key)
            if name in told or len(told) >= MOST_TOLD:
                continue
            told.add(name)
            data: dict[str, object] = {
                "level": result.level,
                "name": result.name,
                "key": result.key,
                "value": result.value,
                "threshold": result.limit,
            }
            kind = EventKind.SLO_BREACHED
            self._publisher.event(kind, result.labeled_message, at=now, level="warning", elapsed_s=elapsed_s, data=data)

    def _already_told(self) -> set[tuple[str, str, str]]:
        """Also by an earlier server."""
        if self._told is None:
            events = (event for _, event in self._evaluator.store.events.of_run(self._run_id))
            told = (event.data for event in events if event.kind is EventKind.SLO_BREACHED)
            self._told = {(str(d.get("level")), str(d.get("name")), str(d.get("key"))) for d in told}
        return self._told

    def _warm_up_s(self, abort: SloAbort | None) -> float:
        if abort is not None and abort.warm_up_s is not None:
            return abort.warm_up_s
        return next((span.from_s for span in plateaus(self._stages)), 0.0)

    def _abort_if_broken(self, run: Run, abort: SloAbort, windows: Sequence[ObservedWindow], began: TimeSpan) -> None:
        newest = windows[-1]
        start_s = newest.elapsed_s - max(abort.window_s, newest.window_s)
        if start_s < began.to_s + self._warm_up_s(abort):
            return
        found = next(iter(whole_windows(TimeSpan(start_s, newest.elapsed_s), windows)), None)
        if found is None or (self._limits.skip == SKIP_RAMPS and not self._is_steady(found, windows)):
            return
        words = self._broken(run, abort, found, rate=self._is_steady(found, windows))
        if words:
            self._ask_to_stop(f"{ABORTED}{words} over the last {newest.elapsed_s - start_s:.3g} s")

    def _is_steady(self, wanted: TimeSpan, windows: Sequence[ObservedWindow]) -> bool:
        """Whether the planned load surely did not change in it."""
        spans = steady_spans(self._stages, windows)
        return any(span.from_s <= wanted.from_s and wanted.to_s <= span.to_s for span in spans)

    def _broken(self, run: Run, abort: SloAbort, span: TimeSpan, *, rate: bool) -> str | None:
        """What was surely broken by enough requests. A rate below its limit counts where the load is steady."""
        found = self._evaluator.store.ranges.window(self._run_id, *span)
        if found is None:
            return None
        limits = _with_enough(self._limits, found.tallies, abort.min_requests)
        counted = SloInput(tallies=found.tallies, seconds=found.to_s - found.from_s)
        for result in evaluate_limits(limits, counted, run.config.apdex_t_ms):
            if result.passed is False and result.note is None and (rate or result.key != "rps"):
                return result.labeled_message
        return None

    def _ask_to_stop(self, reason: str) -> None:
        try:
            self._stop(reason)
        except DashboardError as error:
            log.warning("slo.stop_failed", run_id=self._run_id, error=str(error))


def _with_enough(limits: SloSet, tallies: Mapping[OpKey, Tally], least: int) -> SloSet:
    """The limits of what had at least that many requests."""
    counts: dict[tuple[str, str], int] = {}
    for op, tally in tallies.items():
        levels = (("run", ""),) if op == OVERALL else (("operation", op.op), ("group", op.group))
        for level in levels:
            counts[level] = counts.get(level, 0) + tally.requests
    return SloSet(
        run=limits.run if counts.get(("run", ""), 0) >= least else {},
        operations={n: s for n, s in limits.operations.items() if counts.get(("operation", n), 0) >= least},
        groups={n: s for n, s in limits.groups.items() if counts.get(("group", n), 0) >= least},
    )
