"""Runs grouped by calendar day, compared with the dates of the time zone."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import fmean
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.model.calendar import calendar_of, day_starts
from dashboard.model.run import from_iso, iso

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu"]).map(
    ZoneInfo
)
figures = st.lists(st.tuples(st.integers(0, 40 * 86_400), st.floats(0, 1e6)), max_size=30)


@given(zones, figures, st.integers(1, 45))
def test_each_run_belongs_to_its_local_date(zone: ZoneInfo, runs: list[tuple[int, float]], days: int) -> None:
    starts = [(NOON - timedelta(seconds=ago), value) for ago, value in runs]
    today = NOON.astimezone(zone).date()
    rows = [(iso(moment) or "", f"run-{n}", value) for n, (moment, value) in enumerate(starts)]
    found = calendar_of(rows, today, days, zone, higher_is_better=False)

    assert [day.date for day in found] == [today - timedelta(days=n) for n in range(days - 1, -1, -1)]
    for day in found:
        values = [value for moment, value in starts if moment.astimezone(zone).date() == day.date]
        assert day.run_count == len(values)
        assert day.value == (pytest.approx(fmean(values)) if values else None)
        assert (day.best, day.worst) == ((min(values), max(values)) if values else (None, None))


def test_days_with_a_clock_change_have_23_and_25_hours() -> None:
    starts = [from_iso(text) for text in day_starts(date(2026, 10, 26), 3, BERLIN)]
    assert [(b - a) / timedelta(hours=1) for a, b in pairwise(starts)] == [24, 25, 24]
    starts = [from_iso(text) for text in day_starts(date(2026, 3, 29), 1, BERLIN)]
    assert starts[1] - starts[0] == timedelta(hours=23)


def test_the_best_value_is_the_largest_if_higher_is_better() -> None:
    rows = [("2026-11-21T10:00:00.000Z", "a", 5.0), ("2026-11-21T11:00:00.000Z", "b", 9.0)]
    (day,) = calendar_of(rows, TODAY, 1, BERLIN, higher_is_better=True)
    assert (day.best, day.worst, day.worst_run_id) == (9.0, 5.0, "a")


def test_a_day_without_runs_has_no_value() -> None:
    (day,) = calendar_of([], TODAY, 1, BERLIN, higher_is_better=False)
    assert (day.run_count, day.value, day.best, day.worst, day.worst_run_id) == (0, None, None, None, None)
