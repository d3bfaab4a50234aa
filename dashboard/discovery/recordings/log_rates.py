"""The rate of requests over time in a log, as the stages of a load."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from dashboard.discovery.discovered import LoadSuggestion

_PEAK_MINUTES: Final = 60
_MIN_VUS: Final = 10
_MAX_VUS: Final = 1_000
_MAX_RATE: Final = 100_000
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def load_of(counts: Mapping[bytes, int]) -> LoadSuggestion | None:
    """Return the load of the busiest hour. `counts` are the reads by minute, in the formats of a parsed line."""
    by_minute: dict[int, int] = {}
    for text, count in counts.items():
        if (minute := _minute_of(text)) is not None:
            by_minute[minute] = by_minute.get(minute, 0) + count
    if not by_minute:
        return None
    start = _peak(by_minute)
    end = min(start + _PEAK_MINUTES, max(by_minute) + 1)
    rates = [max(1, min(_MAX_RATE, round(by_minute.get(minute, 0) / 60))) for minute in range(start, end)]
    requests = sum(by_minute.get(minute, 0) for minute in range(start, end))
    began = datetime.fromtimestamp(start * 60, UTC)
    reason = (
        f"The rate of GET and HEAD requests in the busiest {len(rates)} min of the log, from {began:%Y-%m-%d %H:%M}: "
        f"{requests:,} requests, at most {max(rates):,} per second in a minute. Rates below 1 per second became 1."
    )
    fields = {"profile": "custom", "unit": "rate", "stages": _stages(rates), "vus": _users(max(rates))}
    return LoadSuggestion(fields=fields, reason=reason)


def _users(rate: int) -> int:
    """Return enough users for responses that take up to a second."""
    return min(_MAX_VUS, max(_MIN_VUS, rate))


def _peak(by_minute: Mapping[int, int]) -> int:
    """Return the first minute of the hour with the most requests."""
    minutes = sorted(by_minute)
    best, best_sum, current, last = minutes[0], 0, 0, 0
    for minute in minutes:
        while last < len(minutes) and minutes[last] < minute + _PEAK_MINUTES:
            current += by_minute[minutes[last]]
            last += 1
        if current > best_sum:
            best, best_sum = minute, current
        current -= by_minute[minute]
    return best


def _stages(rates: list[int]) -> list[dict[str, Any]]:
    """Return a jump to the first rate, and one stage for each change."""
    stages: list[dict[str, Any]] = [{"duration": "0s", "target": rates[0]}]
    minutes: list[tuple[int, int]] = []
    for rate in rates:
        previous = minutes[-1] if minutes else (rates[0], 0)
        if minutes and previous[0] == rate:
            minutes[-1] = (rate, previous[1] + 1)
        else:
            minutes.append((rate, 1))
    return [*stages, *({"duration": f"{length}m", "target": rate} for rate, length in minutes)]


def _minute_of(text: bytes) -> int | None:
    """Return minutes since 1970. Zones are ignored, because a log uses one."""
    clf = re.fullmatch(rb"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d)", text)
    try:
        if clf:
            month = _MONTHS.index(clf[2].decode()) + 1
            time = datetime(int(clf[3]), month, int(clf[1]), int(clf[4]), int(clf[5]), tzinfo=UTC)
            return int(time.timestamp()) // 60
        if text.isdigit():
            return int(text) if len(text) <= 9 else None
        return int(datetime.fromisoformat(text.decode()).replace(tzinfo=UTC).timestamp()) // 60
    except (ValueError, OverflowError):
        return None
