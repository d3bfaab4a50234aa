"""Days as people have them: where each begins, so that runs can be sorted into them."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from dashboard.model.run import RunId, iso


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day's runs by one figure. `value` is the mean of the runs' figures, each counting once; None without runs."""

    date: date
    starts_at: str
    ends_at: str
    run_count: int
    value: float | None
    best: float | None
    worst: float | None
    worst_run_id: RunId | None


def day_starts(today: date, days: int, zone: tzinfo) -> list[str]:
    """When each of the last `days` days began, and when the last one ends, as ISO times; days have 23 to 25 hours."""
    first = today - timedelta(days=days - 1)
    midnights = (datetime.combine(first + timedelta(days=n), time(), zone) for n in range(days + 1))
    return [iso(midnight.astimezone(UTC)) or "" for midnight in midnights]


def calendar(
    rows: Iterable[tuple[str, RunId, float]], today: date, days: int, zone: tzinfo, *, more_is_good: bool
) -> list[Day]:
    """A day for each of the last `days`, the oldest first; `rows` are (ISO time, run, figure)."""
    starts = day_starts(today, days, zone)
    found: list[list[tuple[float, RunId]]] = [[] for _ in range(days)]
    for moment, run_id, value in rows:
        place = bisect_right(starts, moment) - 1
        if 0 <= place < days:
            found[place].append((value, run_id))
    first = today - timedelta(days=days - 1)
    return [
        _day(first + timedelta(days=n), starts[n], starts[n + 1], runs, more_is_good=more_is_good)
        for n, runs in enumerate(found)
    ]


def _day(
    day: date, starts_at: str, ends_at: str, runs: list[tuple[float, RunId]], *, more_is_good: bool
) -> Day:
    low, high = min(runs, default=None), max(runs, default=None)
    best, worst = (high, low) if more_is_good else (low, high)
    return Day(
        date=day,
        starts_at=starts_at,
        ends_at=ends_at,
        run_count=len(runs),
        value=sum(value for value, _ in runs) / len(runs) if runs else None,
        best=best[0] if best else None,
        worst=worst[0] if worst else None,
        worst_run_id=worst[1] if worst else None,
    )
