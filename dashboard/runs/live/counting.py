"""Counts the increase of a histogram in the tallies of a window."""

from dashboard.engine.series import SeriesInfo, SeriesRole
from dashboard.model.account import RESENT_REQUESTS
from dashboard.model.figures import REUSED_CONNECTIONS
from dashboard.model.histogram import Histogram
from dashboard.model.snapshot import OpKey
from dashboard.model.tally import HOPS, Tally


def count_histogram(
    info: SeriesInfo, increase: Histogram, tallies: dict[OpKey, Tally], overall: Tally
) -> None:
    """Add `increase` to the tally of its operation, and to `overall` if it belongs to the load."""
    role = info.role
    if role is SeriesRole.IGNORED:
        return
    is_load = info.op.is_load
    if role is SeriesRole.TREND:
        if is_load:
            _count_overall(info, increase, overall)
        return
    op = tallies.get(info.op)
    if op is None:
        op = tallies[info.op] = Tally()
    count = increase.count
    # What the setup and the teardown did is in none of the figures of the run.
    if is_load and op is not overall:
        _count_in(overall, info, increase, count)
    _count_in(op, info, increase, count, keep=True)


def _count_in(tally: Tally, info: SeriesInfo, increase: Histogram, count: int, *, keep: bool = False) -> None:
    """Add `increase`, which contains `count` values. `keep`: the tally may keep and change it."""
    role = info.role
    if role is SeriesRole.DURATION:
        tally.add_duration(info.duration_key, increase, keep=keep)
        tally.statuses[info.status] = tally.statuses.get(info.status, 0) + count
        if info.error:
            tally.errors[info.error] = tally.errors.get(info.error, 0) + count
    elif role is SeriesRole.WAITING:
        tally.add_trend(info.metric, increase, keep=keep)
    elif role is SeriesRole.REJECTED:
        tally.add_trend(info.metric, increase, keep=keep)
        tally.errors[info.error] = tally.errors.get(info.error, 0) + count
    elif role is SeriesRole.CHECK:
        for check in info.checks:
            tally.add_check(check, count - increase.zero, increase.zero)
    elif role is SeriesRole.FAULT:
        tally.add_fault(info.fault, count)
    elif role is SeriesRole.RESENT:
        _add(tally, RESENT_REQUESTS, count)
        if info.is_hop:
            _add(tally, HOPS, count)


def _count_overall(info: SeriesInfo, increase: Histogram, overall: Tally) -> None:
    """Count a series that has no operation, or whose operation does not matter."""
    overall.add_trend(info.metric, increase, keep=True)
    if info.metric == "http_req_connecting":
        _add(overall, REUSED_CONNECTIONS, increase.zero)


def _add(tally: Tally, counter: str, amount: float) -> None:
    tally.counters[counter] = tally.counters.get(counter, 0.0) + amount
