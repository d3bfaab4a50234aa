"""What was counted, held against the SLOs in force: of the run, of operations, of groups."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from dashboard.model.figures import Figures, figures_of
from dashboard.model.limits import SKIP_RAMPS, Level, SloLimits
from dashboard.model.record import FIGURE_NAMES
from dashboard.model.run import Run
from dashboard.model.slo import Measured, SloResult, evaluate
from dashboard.model.snapshot import OVERALL, OpKey
from dashboard.model.tally import Tally, total_of
from dashboard.runs.slo.plateaus import TimeSpan, HasWindow, has_ramp, steady_spans
from dashboard.runs.slo.validity import Tolerances, invalid_reason
from dashboard.store.base import RangeTallies, RunStore

QUANTILE_OF = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
NO_PLATEAU = "no whole window of the run lies outside its ramps"
ReadWindow = Callable[[float, float], RangeTallies | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SloInput:
    """Counts over some seconds, and the record's own figures of all operations together where they are of the same.

    exact: those figures come from all samples
    """

    tallies: Mapping[OpKey, Tally] = field(default_factory=dict)
    seconds: float | None = None
    figures: Figures | None = None
    exact: bool = False
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class SloEvaluator:
    """Holds runs against limits, and says what that amounts to, with what the store knows of their windows."""

    store: RunStore
    allowed: Tolerances

    def results(
        self,
        run: Run,
        tallies: Mapping[OpKey, Tally],
        limits: SloLimits | None = None,
        windows: Sequence[HasWindow] | None = None,
    ) -> tuple[SloResult, ...]:
        """Every limit with its figure; `limits` stand in for those of the run, `tallies` are of all of it.

        windows: what the store would say
        """
        held = run.context.limits if limits is None else limits
        if not held:
            return ()
        return evaluate_limits(held, self._counted(run, tallies, held, windows), run.config.apdex_t_ms)

    def invalid_reason(self, run: Run) -> str | None:
        """Why the load of a run that has ended was not what was planned, None when it was."""
        return invalid_reason(run, run.totals, self.store.snapshots(run.run_id), self.allowed) if run.totals else None

    def _counted(
        self,
        run: Run,
        tallies: Mapping[OpKey, Tally],
        limits: SloLimits,
        windows: Sequence[HasWindow] | None,
    ) -> SloInput:
        if limits.skip == SKIP_RAMPS and has_ramp(run.context.stages):
            windows = self.store.snapshots(run.run_id) if windows is None else windows
            return measure_plateaus(run, windows, partial(self.store.window, run.run_id))
        exact = run.percentiles_from == "exact"
        return SloInput(tallies=tallies, seconds=run.elapsed_s, figures=run.figures, exact=exact)


def measure_plateaus(run: Run, windows: Sequence[HasWindow], read: ReadWindow) -> SloInput:
    """What was counted while the planned load did not change; `read` gives the counts of a range."""
    tallies: dict[OpKey, Tally] = {}
    seconds = 0.0
    for span in steady_spans(run.context.stages, windows):
        seconds += _add(tallies, span, read)
    if not seconds:
        return SloInput(missing=NO_PLATEAU)
    return SloInput(tallies=tallies, seconds=seconds)


def evaluate_limits(limits: SloLimits, counted: SloInput, apdex_t_ms: float) -> tuple[SloResult, ...]:
    """Every limit with its figure: those of the run first, then operations, then groups."""
    found = list(_held("run", {"": limits.run} if limits.run else {}, counted, apdex_t_ms))
    found += _held("operation", limits.operations, counted, apdex_t_ms)
    found += _held("group", limits.groups, counted, apdex_t_ms)
    return tuple(found)


def _add(into: dict[OpKey, Tally], span: TimeSpan, read: ReadWindow) -> float:
    """The seconds that were added."""
    found = read(span.from_s, span.to_s)
    if found is None:
        return 0.0
    for op, tally in found.tallies.items():
        into.setdefault(op, Tally()).add(tally)
    return found.to_s - found.from_s


def _held(
    level: Level,
    limits: Mapping[str, Mapping[str, float]],
    counted: SloInput,
    apdex_t_ms: float,
) -> Iterable[SloResult]:
    parts: dict[str, list[Tally]] = {}
    for op, counts in counted.tallies.items() if limits else ():
        if (op == OVERALL) == (level == "run"):
            parts.setdefault(op.group if level == "group" else op.op, []).append(counts)
    for name, wanted in limits.items():
        tally = total_of(parts.get(name, ()))
        measured = _measured(level, tally, counted, apdex_t_ms, wanted)
        yield from evaluate(wanted, measured, level=level, name=name)


def _measured(
    level: Level, tally: Tally, counted: SloInput, apdex_t_ms: float, wanted: Iterable[str]
) -> Measured:
    record = counted.figures if level == "run" else None
    figures = record or figures_of(tally, counted.seconds, apdex_t_ms)
    known = {name: getattr(figures, name) for name in FIGURE_NAMES}
    exact = record is not None and counted.exact
    bounds = {key: found for key in wanted if (found := _bounds(key, tally, apdex_t_ms, exact))}
    return Measured(figures=known, bounds=bounds, missing=counted.missing)


def _bounds(key: str, tally: Tally, apdex_t_ms: float, exact: bool) -> tuple[float, float] | None:
    """Where the true figure can lie; None for those that are exact."""
    if key == "apdex_score":
        return _apdex_bounds(tally, apdex_t_ms)
    if exact or key not in QUANTILE_OF:
        return None
    found = tally.duration().quantile_bounds(QUANTILE_OF[key])
    return found and (found[0] * 1000, found[1] * 1000)


def _apdex_bounds(tally: Tally, apdex_t_ms: float) -> tuple[float, float] | None:
    total, success = tally.requests, tally.success_duration()
    if not total:
        return None
    satisfied = success.count_bounds(apdex_t_ms / 1000)
    tolerated = success.count_bounds(4 * apdex_t_ms / 1000)
    return (satisfied[0] + tolerated[0]) / 2 / total, (satisfied[1] + tolerated[1]) / 2 / total
