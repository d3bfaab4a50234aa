"""Run validity: did the generator produce the planned load? The figures of an invalid run prove nothing."""

import math
from collections.abc import Sequence

from dashboard.model.figures import RunTotals
from dashboard.model.number_text import format_number
from dashboard.model.plan import count_arrivals, target_at
from dashboard.model.run import Run
from dashboard.model.snapshot import Snapshot
from dashboard.runs.slo.account_rules import account_reasons
from dashboard.runs.slo.plateaus import GAUGE_INTERVAL_S, Stages, TimeSpan, find_load_start
from dashboard.runs.slo.tolerances import Tolerances

_ROUNDING = 1e-9  # of the arithmetic on the curve of a plan


def invalid_reason(
    run: Run, totals: RunTotals, windows: Sequence[Snapshot], tolerances: Tolerances
) -> str | None:
    """Return every reason why the run is invalid, joined by "; "; None when it is valid."""
    reasons = (
        _no_iteration_reason(run, totals),
        _lost_samples_reason(run),
        _paused_reason(run),
        _teardown_reason(run),
        _dropped_iterations_reason(totals, tolerances),
        _saturation_reason(windows, tolerances),
        _missed_load_reason(run, totals, windows, tolerances),
        *(account_reasons(run.account, tolerances) if run.account else ()),
    )
    return "; ".join(reason for reason in reasons if reason) or None


def _no_iteration_reason(run: Run, totals: RunTotals) -> str | None:
    """Return a reason if no user started an iteration: k6 exits with 0 even if its control channel never answered."""
    if not run.config.has_channel or totals.iterations:
        return None
    return "no iteration was started: the run was paused throughout, or its control channel did not answer"


def _lost_samples_reason(run: Run) -> str | None:
    return f"figures are missing: {run.samples_lost_reason}" if run.samples_lost else None


def _paused_reason(run: Run) -> str | None:
    load = run.steered_load
    if load is None or not load.is_paused_at_end:
        return None
    from_s, to_s = load.pauses[-1]
    return f"the run was paused until its end: its last {format_number(to_s - from_s)} s had no load"


def _teardown_reason(run: Run) -> str | None:
    return f"the teardown failed: {run.teardown_failure}" if run.teardown_failure else None


def _dropped_iterations_reason(totals: RunTotals, tolerances: Tolerances) -> str | None:
    dropped, done = totals.dropped_iterations or 0, totals.iterations or 0
    share = dropped / (dropped + done) if dropped else 0.0
    if share <= tolerances.dropped:
        return None
    return (
        f"k6 dropped {dropped} of {dropped + done} planned iterations ({share:.2%}, allowed: "
        f"{tolerances.dropped:.2%}): it had too few users for the load"
    )


def _saturation_reason(windows: Sequence[Snapshot], tolerances: Tolerances) -> str | None:
    """Compare the time at or above the CPU limit with all time for which k6's CPU usage is known."""
    known = [window for window in windows if window.generator_cpu is not None]
    seconds = sum(window.window_s for window in known)
    limit = tolerances.generator_cpu
    busy_s = sum(window.window_s for window in known if (window.generator_cpu or 0) >= limit)
    if not busy_s or busy_s / seconds < tolerances.generator_busy:
        return None
    return (
        f"k6 used {limit:.0%} or more of its CPU cores for {busy_s:.0f} of {seconds:.0f} s: "
        "the latencies may include its own delays"
    )


def _missed_load_reason(
    run: Run, totals: RunTotals, windows: Sequence[Snapshot], tolerances: Tolerances
) -> str | None:
    if run.steered or run.context.has_own_script:
        return None  # the load was deliberately changed from the plan, or the script has a plan of its own
    if run.context.plan_unit == "rate":
        return _missed_rate_reason(run, totals, tolerances)
    return _missing_users_reason(run, windows, tolerances)


def _missed_rate_reason(run: Run, totals: RunTotals, tolerances: Tolerances) -> str | None:
    """Compare iterations with the planned number. Dropped iterations count as done: they are reported separately."""
    planned, at_end = _planned_iterations(run)
    done, dropped = totals.iterations, totals.dropped_iterations or 0
    if not planned or done is None:
        return None
    if (done + dropped) / planned >= tolerances.load or done + dropped >= planned - at_end:
        return None
    return (
        f"k6 completed {done} of {planned} planned iterations ({done / planned:.1%}, required: "
        f"{tolerances.load:.1%}): the planned load was not reached"
    )


def _planned_iterations(run: Run) -> tuple[int, int]:
    """Return how many iterations are planned in all, and at the very end. Earlier versions stored only the curve."""
    context = run.context
    if context.planned_iterations is None:
        return count_arrivals("ramping-arrival-rate", context.stages)
    return context.planned_iterations, context.iterations_at_end


def _missing_users_reason(run: Run, windows: Sequence[Snapshot], tolerances: Tolerances) -> str | None:
    """Compare active users with the number certainly planned, weighting each window by its length."""
    stages = run.context.stages
    load_start = find_load_start(stages, windows, from_load=run.time_zero == "load")
    if load_start is None:
        return None
    planned_user_s = active_user_s = 0.0
    for window in windows:
        planned = _min_planned_users(stages, window.elapsed_s, load_start)
        if planned and window.vus is not None:
            planned_user_s += planned * window.window_s
            active_user_s += min(window.vus, planned) * window.window_s
    if not planned_user_s or active_user_s / planned_user_s >= tolerances.load:
        return None
    return (
        f"only {active_user_s / planned_user_s:.1%} of the planned users were active (required: "
        f"{tolerances.load:.1%}): the planned load was not reached"
    )


def _min_planned_users(stages: Stages, at_s: float, load_start: TimeSpan) -> float:
    """Return the lowest number of users planned around a moment: k6's gauge is up to a second old."""
    low, high = at_s - GAUGE_INTERVAL_S - load_start.to_s, at_s - load_start.from_s
    corners = [load for corner_s, load in stages if low <= corner_s <= high]
    return min(_planned_users(stages, low), _planned_users(stages, high), *corners)


def _planned_users(stages: Stages, at_s: float) -> float:
    """Return the planned number of users at a moment; 0 outside the plan, also at its very end.

    On a ramp k6 starts a user only when the curve reaches a whole number.
    """
    return math.floor(target_at(stages, at_s) + _ROUNDING) if stages and at_s < stages[-1][0] else 0.0
