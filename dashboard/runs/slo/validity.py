"""Was the load what was planned, and the generator fit to measure it? A run that was not is no evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dashboard.model.figures import RunTotals
from dashboard.model.run import Run
from dashboard.model.snapshot import Snapshot
from dashboard.runs.slo.plateaus import GAUGE_S, TimeSpan, Stages, load_began
from dashboard.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    """What a run may fall short of its plan: shares from 0 to 1."""

    dropped: float = 0.01
    generator_cpu: float = 0.9
    generator_busy: float = 0.1
    load: float = 0.95


def tolerances_of(settings: Settings) -> Tolerances:
    """The settings' word."""
    return Tolerances(
        dropped=settings.invalid_dropped,
        generator_cpu=settings.invalid_generator_cpu,
        generator_busy=settings.invalid_generator_busy,
        load=settings.invalid_load,
    )


def invalid_reason(run: Run, totals: RunTotals, windows: Sequence[Snapshot], allowed: Tolerances) -> str | None:
    """Every reason why the run proves nothing, None when there is none."""
    found = (
        _never_began(run, totals),
        _lost(run),
        _dropped(totals, allowed),
        _saturated(windows, allowed),
        _load_missed(run, totals, windows, allowed),
    )
    return "; ".join(words for words in found if words) or None


def _never_began(run: Run, totals: RunTotals) -> str | None:
    """Without an answer of the channel nobody begins, and k6 ends as if all had been well."""
    if not run.config.has_channel or totals.iterations:
        return None
    return "no iteration was begun: the run was paused all the time, or its control channel did not answer"


def _lost(run: Run) -> str | None:
    return f"figures are missing: {run.samples_lost_reason}" if run.samples_lost else None


def _dropped(totals: RunTotals, allowed: Tolerances) -> str | None:
    dropped, done = totals.dropped_iterations or 0, totals.iterations or 0
    share = dropped / (dropped + done) if dropped else 0.0
    if share <= allowed.dropped:
        return None
    return (
        f"k6 dropped {dropped} of {dropped + done} planned iterations ({share:.2%}; {allowed.dropped:.2%} may be): "
        "it had too few users for the load"
    )


def _saturated(windows: Sequence[Snapshot], allowed: Tolerances) -> str | None:
    """Time at or above the limit, of the time for which k6's use is known."""
    known = [window for window in windows if window.generator_cpu is not None]
    seconds = sum(window.window_s for window in known)
    busy_s = sum(window.window_s for window in known if (window.generator_cpu or 0) >= allowed.generator_cpu)
    if not busy_s or busy_s / seconds < allowed.generator_busy:
        return None
    return (
        f"k6 used {allowed.generator_cpu:.0%} or more of its processor cores for {busy_s:.0f} of {seconds:.0f} s: "
        "it may have measured itself"
    )


def _load_missed(run: Run, totals: RunTotals, windows: Sequence[Snapshot], allowed: Tolerances) -> str | None:
    if run.steered:
        return None  # somebody wanted another load than the plan's
    if run.context.plan_unit == "rate":
        return _rate_missed(run.context.stages, totals, allowed)
    return _users_missed(run.context.stages, windows, allowed)


def _rate_missed(stages: Stages, totals: RunTotals, allowed: Tolerances) -> str | None:
    """Iterations that were carried out, of all that the rate asks for; those that were dropped are told apart."""
    planned = sum((b_s - a_s) * (a + b) / 2 for (a_s, a), (b_s, b) in pairwise(stages))
    done, dropped = totals.iterations, totals.dropped_iterations or 0
    if not planned or done is None or (done + dropped) / planned >= allowed.load:
        return None
    return (
        f"k6 carried out {done} of {planned:.0f} planned iterations ({done / planned:.1%}; at least "
        f"{allowed.load:.1%} are needed): the load was not delivered"
    )


def _users_missed(stages: Stages, windows: Sequence[Snapshot], allowed: Tolerances) -> str | None:
    """Users that were there, of those that surely had to be: each window, weighed by its length."""
    began = load_began(stages, windows)
    if began is None:
        return None
    wanted = there = 0.0
    for window in windows:
        planned = _surely_planned(stages, window.elapsed_s, began)
        if planned and window.vus is not None:
            wanted += planned * window.window_s
            there += min(window.vus, planned) * window.window_s
    if not wanted or there / wanted >= allowed.load:
        return None
    return (
        f"only {there / wanted:.1%} of the planned users were there (at least {allowed.load:.1%} are needed): "
        "the load was not delivered"
    )


def _surely_planned(stages: Stages, at_s: float, began: TimeSpan) -> float:
    """The fewest users that were planned around a moment: k6's count is up to a second old."""
    low, high = at_s - GAUGE_S - began.to_s, at_s - began.from_s
    corners = [load for corner_s, load in stages if low <= corner_s <= high]
    return min(_planned(stages, low), _planned(stages, high), *corners)


def _planned(stages: Stages, at_s: float) -> float:
    """Planned users at a moment, 0 outside the run."""
    for (start_s, load), (end_s, next_load) in pairwise(stages):
        if start_s <= at_s < end_s:
            return load + (next_load - load) * (at_s - start_s) / (end_s - start_s)
    return 0.0
