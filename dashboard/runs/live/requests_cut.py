"""How many requests the early end of a run may have cut off in flight."""

from datetime import datetime
from itertools import pairwise
from math import ceil

from dashboard.engine.exitcodes import STOP_CODES, ExitStatus
from dashboard.model.run import Run

ABRUPT_CODES = (*STOP_CODES, 2, 108, 109)


def count_requests_cut(exit_status: ExitStatus, run: Run, ended_at: datetime, peak_vus: int) -> int | None:
    """Return the maximum number of requests cut off, one per user; None when the run did not end early.

    peak_vus: the peak number of users in the pushes
    """
    ended_early = exit_status.stop_requested or not exit_status.final_push
    unobserved = exit_status.spawned and exit_status.exit_code is None and ended_early
    if exit_status.exit_code == 108 and exit_status.data_exhausted:
        return None
    if exit_status.drained:
        return 0
    if not unobserved and exit_status.exit_code not in ABRUPT_CODES and not exit_status.killed:
        return None
    if run.zero_at is None:
        return run.vus_max
    return max(peak_vus, _planned_vus(run, (ended_at - run.zero_at).total_seconds()))


def _planned_vus(run: Run, until_s: float) -> int:
    """Return the peak of planned users up to a moment; the last push may have reported fewer than there were."""
    if run.context.plan_unit != "vus":
        return run.vus_max
    peak = 0.0
    for (at_s, vus), (next_s, next_vus) in pairwise(run.context.stages):
        if at_s <= until_s:
            share = min(1.0, (until_s - at_s) / (next_s - at_s)) if next_s > at_s else 1.0
            peak = max(peak, vus, vus + (next_vus - vus) * share)
    return ceil(peak)
