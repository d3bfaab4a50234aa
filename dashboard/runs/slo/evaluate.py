"""Evaluates SLOs against what was measured: for the run, for operations and for groups."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from dashboard.model.exact import Bounds, ExactLatencies, Latencies, within
from dashboard.model.figures import Figures, figures_of
from dashboard.model.record import FIGURE_NAMES
from dashboard.model.run import Run
from dashboard.model.slo import MeasuredFigures, SloResult, evaluate
from dashboard.model.slo_set import SKIP_RAMPS, Level, SloSet
from dashboard.model.snapshot import OVERALL, OpKey
from dashboard.model.tally import Tally, total_of
from dashboard.runs.slo.plateaus import HasWindow, TimeSpan, find_steady_spans, has_ramp
from dashboard.runs.slo.script_limits import limits_in_force
from dashboard.runs.slo.tolerances import Tolerances
from dashboard.runs.slo.validity import invalid_reason
from dashboard.store.store import Store
from dashboard.store.values import RangeTallies

QUANTILE_OF = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
NO_PLATEAU = "no complete window of the run lies outside its ramps"
ReadRange = Callable[[float, float], RangeTallies | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SloInput:
    """The tallies to evaluate and the number of seconds they cover.

    figures: figures of the whole run that replace those computed from the tallies
    exact: k6 computed `figures` from all samples
    latencies: exact latencies of the run; for a part of the run (no `figures`), only their bounds are used
    missing: why there is nothing to evaluate
    """

    tallies: Mapping[OpKey, Tally] = field(default_factory=dict)
    seconds: float | None = None
    figures: Figures | None = None
    exact: bool = False
    latencies: ExactLatencies = field(default_factory=ExactLatencies)
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class SloEvaluator:
    """Evaluates the SLOs and the validity of runs, and reads their windows from the store when needed."""

    store: Store
    tolerances: Tolerances

    def results(
        self,
        run: Run,
        tallies: Mapping[OpKey, Tally],
        slo_set: SloSet | None = None,
        windows: Sequence[HasWindow] | None = None,
    ) -> tuple[SloResult, ...]:
        """Return one result per SLO.

        tallies: cumulative tallies of the whole run · slo_set: used instead of the SLOs of the run
        windows: the windows of the run; read from the store by default
        """
        given = run.context.slo_set if slo_set is None else slo_set
        in_force = limits_in_force(run, given, tallies)
        if not in_force:
            return ()
        return evaluate_slos(in_force, self._input(run, tallies, in_force, windows), run.config.apdex_t_ms)

    def invalid_reason(self, run: Run) -> str | None:
        """Return why a finished run did not produce the planned load; None when it is valid."""
        if run.totals is None:
            return None
        return invalid_reason(run, run.totals, self.store.snapshots.of_run(run.run_id), self.tolerances)

    def _input(
        self,
        run: Run,
        tallies: Mapping[OpKey, Tally],
        slo_set: SloSet,
        windows: Sequence[HasWindow] | None,
    ) -> SloInput:
        if slo_set.skip == SKIP_RAMPS and has_ramp(run.context.stages):
            windows = self.store.snapshots.of_run(run.run_id) if windows is None else windows
            return measure_plateaus(run, windows, partial(self.store.ranges.window, run.run_id))
        exact = run.percentiles_from == "exact"
        latencies = run.exact or ExactLatencies()
        return SloInput(
            tallies=tallies, seconds=run.active_s, figures=run.figures, exact=exact, latencies=latencies
        )


def measure_plateaus(run: Run, windows: Sequence[HasWindow], read: ReadRange) -> SloInput:
    """Add up the windows in which the planned load was constant; `read` returns the tallies of a range."""
    tallies: dict[OpKey, Tally] = {}
    seconds = 0.0
    for span in find_steady_spans(run.context.stages, windows, from_load=run.time_zero == "load"):
        paused_s = run.steered_load.paused_between(*span) if run.steered_load else 0.0
        seconds += max(0.0, _add_range(tallies, span, read) - paused_s)
    if not seconds:
        return SloInput(missing=NO_PLATEAU)
    return SloInput(tallies=tallies, seconds=seconds, latencies=run.exact or ExactLatencies())


def evaluate_slos(slo_set: SloSet, measured: SloInput, apdex_t_ms: float) -> tuple[SloResult, ...]:
    """Return one result per SLO: SLOs of the run first, then of operations, then of groups."""
    results = list(_level_results("run", {"": slo_set.run} if slo_set.run else {}, measured, apdex_t_ms))
    results += _level_results("operation", slo_set.operations, measured, apdex_t_ms)
    results += _level_results("group", slo_set.groups, measured, apdex_t_ms)
    return tuple(results)


def _add_range(into: dict[OpKey, Tally], span: TimeSpan, read: ReadRange) -> float:
    """Add the tallies of `span`, and return the number of seconds they cover."""
    window = read(span.from_s, span.to_s)
    if window is None:
        return 0.0
    for op, tally in window.tallies.items():
        into.setdefault(op, Tally()).add(tally)
    return window.to_s - window.from_s


def _level_results(
    level: Level,
    limits: Mapping[str, Mapping[str, float]],
    measured: SloInput,
    apdex_t_ms: float,
) -> Iterable[SloResult]:
    by_name: dict[str, list[Tally]] = {}
    for op, tally in measured.tallies.items() if limits else ():
        if op.is_load and (op == OVERALL) == (level == "run"):
            by_name.setdefault(op.group if level == "group" else op.op, []).append(tally)
    for name, own_limits in limits.items():
        total = total_of(by_name.get(name, ()))
        values = _measured_values(level, name, total, measured, apdex_t_ms, own_limits)
        yield from evaluate(own_limits, values, level=level, name=name)


def _measured_values(
    level: Level, name: str, tally: Tally, measured: SloInput, apdex_t_ms: float, keys: Iterable[str]
) -> MeasuredFigures:
    recorded = measured.figures if level == "run" else None
    extremes, known = _known_latencies(level, name, measured)
    figures = recorded or within(figures_of(tally, measured.seconds, apdex_t_ms), extremes, known)
    values = {name: getattr(figures, name) for name in FIGURE_NAMES}
    exact = (recorded is not None and measured.exact) or bool(known)
    bounds = {key: span for key in keys if (span := _bounds(key, tally, apdex_t_ms, exact, extremes))}
    return MeasuredFigures(figures=values, bounds=bounds, missing=measured.missing)


def _known_latencies(level: Level, name: str, measured: SloInput) -> tuple[Bounds | None, Latencies | None]:
    """Return the exact minimum and maximum, and the exact latencies of the whole run, as far as they are known."""
    known, is_whole = measured.latencies, measured.figures is not None
    if level == "group":
        return known.group_bounds(name), known.groups.get(name) if is_whole else None
    own = known.operations.get(name) if level == "operation" and is_whole else None
    return known.bounds_of(OpKey(name, "", "")), own


def _bounds(
    key: str, tally: Tally, apdex_t_ms: float, exact: bool, extremes: Bounds | None
) -> tuple[float, float] | None:
    """Return the lowest and highest value that the exact figure can have; None for an exact figure."""
    if key == "apdex_score":
        return _apdex_bounds(tally, apdex_t_ms)
    if exact or key not in QUANTILE_OF:
        return None
    bounds_s = tally.duration().quantile_bounds(QUANTILE_OF[key])
    if bounds_s is None or extremes is None:
        return bounds_s and (bounds_s[0] * 1000, bounds_s[1] * 1000)
    return max(bounds_s[0] * 1000, extremes[0]), min(bounds_s[1] * 1000, extremes[1])


def _apdex_bounds(tally: Tally, apdex_t_ms: float) -> tuple[float, float] | None:
    total, success = tally.requests, tally.success_duration()
    if not total:
        return None
    satisfied = success.count_bounds(apdex_t_ms / 1000)
    tolerated = success.count_bounds(4 * apdex_t_ms / 1000)
    return (satisfied[0] + tolerated[0]) / 2 / total, (satisfied[1] + tolerated[1]) / 2 / total
