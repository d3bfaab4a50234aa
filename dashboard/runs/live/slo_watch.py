"""Evaluates the SLOs of a live run: publishes results, reports each breach once, and can abort the run."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import structlog

from dashboard.model.errors import DashboardError
from dashboard.model.events import EventKind
from dashboard.model.number_text import format_number
from dashboard.model.run import Run, RunStatus
from dashboard.model.slo import SloResult
from dashboard.model.slo_set import SKIP_RAMPS, THROUGHOUT, SloAbort, SloSet
from dashboard.model.snapshot import OVERALL, Interval, OpKey
from dashboard.model.tally import Tally
from dashboard.runs.publish.publisher import Publisher
from dashboard.runs.slo.evaluate import SloEvaluator, SloInput, evaluate_slos
from dashboard.runs.slo.payload import slo_payload
from dashboard.runs.slo.plateaus import (
    TimeSpan,
    find_load_start,
    find_plateaus,
    find_steady_spans,
    has_ramp,
    span_of_complete_windows,
)
from dashboard.runs.slo.script_limits import limits_in_force

log = structlog.get_logger()
REPORT_DELAY_S = 10.0
MAX_REPORTED_BREACHES = 50
MAX_PUBLISHED_RESULTS = 500
SLO_ABORT_PREFIX = "SLO breached: "


class ObservedWindow(NamedTuple):
    """The fields of a snapshot that describe its window."""

    elapsed_s: float
    window_s: float
    vus: int | None


class SloWatch:
    """Evaluates the SLOs of one live run after each push. `stop` requests the end of the run."""

    def __init__(
        self, run: Run, evaluator: SloEvaluator, publisher: Publisher, stop: Callable[[str], object]
    ) -> None:
        self._run_id = run.run_id
        self._slo_set = run.context.slo_set
        self._stages = run.context.stages
        self._evaluator = evaluator
        self._publisher = publisher
        self._stop = stop
        self._windows: dict[int, ObservedWindow] | None = None
        self._reported: set[tuple[str, str, str]] | None = None

    def update(
        self, run: Run, intervals: Sequence[Interval], tallies: Mapping[OpKey, Tally], now: datetime
    ) -> None:
        """Process new intervals, which are already stored and published."""
        self._slo_set = limits_in_force(run, run.context.slo_set, tallies)
        if not self._slo_set or not intervals:
            return
        windows = self._all_windows(intervals)
        results = self._evaluator.results(run, tallies, windows=windows)
        self._publisher.publish_slos(
            slo_payload(run, results[:MAX_PUBLISHED_RESULTS], self._slo_set, None, None)
        )
        load_start = find_load_start(self._stages, windows, from_load=run.time_zero == "load")
        if load_start is None or run.elapsed_s is None:
            return
        if run.elapsed_s >= load_start.to_s + max(REPORT_DELAY_S, self._find_warm_up_s(None)):
            self._report((r for r in results if r.key != "rps" or self._is_rate_steady), run.elapsed_s, now)
        if run.status is RunStatus.RUNNING and self._slo_set.abort is not None:
            self._abort_if_breached(run, self._slo_set.abort, windows, load_start)

    def report_final(self, results: Iterable[SloResult], elapsed_s: float | None, now: datetime) -> None:
        """Report the breaches in the final results that were not reported yet."""
        self._report(results, elapsed_s, now)

    @property
    def _is_rate_steady(self) -> bool:
        """Whether the rate is measured on plateaus only. Otherwise it includes startup and ramps, so that its live
        value is meaningless."""
        return self._slo_set.skip == SKIP_RAMPS and has_ramp(self._stages)

    def _all_windows(self, intervals: Iterable[Interval]) -> list[ObservedWindow]:
        """Return all windows so far; only the first call reads the store."""
        if self._windows is None:
            stored = self._evaluator.store.snapshots.of_run(self._run_id)
            self._windows = {s.seq: ObservedWindow(s.elapsed_s, s.window_s, s.vus) for s in stored}
        for interval in intervals:
            snapshot = interval.snapshot
            self._windows[snapshot.seq] = ObservedWindow(snapshot.elapsed_s, snapshot.window_s, snapshot.vus)
        return list(self._windows.values())

    def _report(self, results: Iterable[SloResult], elapsed_s: float | None, now: datetime) -> None:
        new: list[SloResult] = []
        for result in results:
            if result.passed is not False:
                continue
            reported, key = self._already_reported(), (result.level, result.name, result.key)
            if key in reported or len(reported) >= MAX_REPORTED_BREACHES:
                continue
            reported.add(key)
            new.append(result)
        if new:
            self._publisher.add_breaches(new, at=now, elapsed_s=elapsed_s)

    def _already_reported(self) -> set[tuple[str, str, str]]:
        """Return level, name and key of the reported SLOs, including those reported before a restart."""
        if self._reported is None:
            events = (event for _, event in self._evaluator.store.events.of_run(self._run_id))
            breaches = (event.data for event in events if event.kind is EventKind.SLO_BREACHED)
            self._reported = {(str(d.get("level")), str(d.get("name")), str(d.get("key"))) for d in breaches}
        return self._reported

    def _find_warm_up_s(self, abort: SloAbort | None) -> float:
        if abort is not None and abort.warm_up_s is not None:
            return abort.warm_up_s
        return next((span.from_s for span in find_plateaus(self._stages)), 0.0)

    def _abort_if_breached(
        self, run: Run, abort: SloAbort, windows: Sequence[ObservedWindow], load_start: TimeSpan
    ) -> None:
        newest = windows[-1]
        start_s = newest.elapsed_s - max(abort.window_s, newest.window_s)
        if start_s < load_start.to_s + self._find_warm_up_s(abort):
            return
        span = span_of_complete_windows(TimeSpan(start_s, newest.elapsed_s), windows)
        if span is None:
            return
        is_steady = self._is_steady(run, span, windows)
        if self._slo_set.skip == SKIP_RAMPS and not is_steady:
            return
        spans = [span]
        if abort.mode == THROUGHOUT:
            spans += [
                TimeSpan(w.elapsed_s - w.window_s / 2, w.elapsed_s)
                for w in windows
                if w.elapsed_s > span.from_s
            ]
        breach = self._find_breach(run, abort, spans, check_rate=is_steady)
        if breach:
            over = "throughout" if abort.mode == THROUGHOUT else "over"
            length_s = format_number(newest.elapsed_s - start_s)
            self._request_stop(f"{SLO_ABORT_PREFIX}{breach} {over} the last {length_s} s")

    def _is_steady(self, run: Run, span: TimeSpan, windows: Sequence[ObservedWindow]) -> bool:
        """Return whether the planned load certainly was constant within `span`."""
        spans = find_steady_spans(self._stages, windows, from_load=run.time_zero == "load")
        return any(steady.from_s <= span.from_s and span.to_s <= steady.to_s for steady in spans)

    def _find_breach(
        self, run: Run, abort: SloAbort, spans: Sequence[TimeSpan], *, check_rate: bool
    ) -> str | None:
        """Return the message of an SLO that is breached in all of `spans`, and in the first one beyond doubt.

        The first span must also contain enough requests.
        """
        whole, *parts = (
            self._breaches(run, span, abort.min_requests if span == spans[0] else 1) for span in spans
        )
        for key, result in whole.items():
            is_certain = result.note is None and (check_rate or result.key != "rps")
            if is_certain and all(key in part for part in parts):
                return result.labeled_message
        return None

    def _breaches(self, run: Run, span: TimeSpan, min_requests: int) -> dict[tuple[str, str, str], SloResult]:
        """Return the breached SLOs of `span` by level, name and key."""
        window = self._evaluator.store.ranges.window(self._run_id, *span)
        if window is None:
            return {}
        slos = _slos_with_enough_requests(self._slo_set, window.tallies, min_requests)
        measured = SloInput(tallies=window.tallies, seconds=window.to_s - window.from_s)
        results = evaluate_slos(slos, measured, run.config.apdex_t_ms)
        return {(one.level, one.name, one.key): one for one in results if one.passed is False}

    def _request_stop(self, reason: str) -> None:
        try:
            self._stop(reason)
        except DashboardError as error:
            log.warning("slo.stop_failed", run_id=self._run_id, error=str(error))


def _slos_with_enough_requests(slos: SloSet, tallies: Mapping[OpKey, Tally], min_requests: int) -> SloSet:
    """Return the SLOs of the run, operations and groups with at least `min_requests` requests."""
    counts: dict[tuple[str, str], int] = {}
    for op, tally in tallies.items():
        if not op.is_load:
            continue
        levels = (("run", ""),) if op == OVERALL else (("operation", op.op), ("group", op.group))
        for level in levels:
            counts[level] = counts.get(level, 0) + tally.requests
    return SloSet(
        run=slos.run if counts.get(("run", ""), 0) >= min_requests else {},
        operations={
            n: s for n, s in slos.operations.items() if counts.get(("operation", n), 0) >= min_requests
        },
        groups={n: s for n, s in slos.groups.items() if counts.get(("group", n), 0) >= min_requests},
    )
