"""Calendar days in a time zone, and the runs that started on each of them."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from dashboard.model.run import RunId, iso


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """One figure of a day's runs. `value` is the unweighted mean over the runs; None on a day without runs."""

    date: date
    starts_at: str
    ends_at: str
    run_count: int
    value: float | None
    best: float | None
    worst: float | None
    worst_run_id: RunId | None


def day_starts(today: date, days: int, zone: tzinfo) -> list[str]:
    """Return the starts of the last `days` days and the end of the last one, as ISO times.

    A day has 23 to 25 hours.
    """
    first = today - timedelta(days=days - 1)
    midnights = (datetime.combine(first + timedelta(days=n), time(), zone) for n in range(days + 1))
    return [iso(midnight.astimezone(UTC)) or "" for midnight in midnights]


def calendar_of(
    rows: Iterable[tuple[str, RunId, float]], today: date, days: int, zone: tzinfo, *, higher_is_better: bool
) -> list[CalendarDay]:
    """Return the last `days` days, oldest first. `rows` are (ISO start time, run, figure)."""
    starts = day_starts(today, days, zone)
    runs_by_day: list[list[tuple[float, RunId]]] = [[] for _ in range(days)]
    for started_at, run_id, value in rows:
        index = bisect_right(starts, started_at) - 1
        if 0 <= index < days:
            runs_by_day[index].append((value, run_id))
    first = today - timedelta(days=days - 1)
    return [
        _day(first + timedelta(days=n), starts[n], starts[n + 1], runs, higher_is_better=higher_is_better)
        for n, runs in enumerate(runs_by_day)
    ]


def _day(
    day: date, starts_at: str, ends_at: str, runs: list[tuple[float, RunId]], *, higher_is_better: bool
) -> CalendarDay:
    low, high = min(runs, default=None), max(runs, default=None)
    best, worst = (high, low) if higher_is_better else (low, high)
    return CalendarDay(
        date=day,
        starts_at=starts_at,
        ends_at=ends_at,
        run_count=len(runs),
        value=sum(value for value, _ in runs) / len(runs) if runs else None,
        best=best[0] if best else None,
        worst=worst[0] if worst else None,
        worst_run_id=worst[1] if worst else None,
    )
