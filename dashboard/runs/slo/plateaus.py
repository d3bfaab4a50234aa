"""The parts of a run with a constant load: the plateaus of its plan, in complete windows.

If times count from the start of k6, its gauge `vus` shows the start of the load only to within one window. A window
that may overlap a ramp is left out.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol

GAUGE_INTERVAL_S = 1.0  # k6 samples its number of users once a second
_SLACK_S = 0.05
Stages = Sequence[tuple[float, float]]


class HasWindow(Protocol):
    """The fields of a snapshot that describe its window."""

    @property
    def elapsed_s(self) -> float:
        """The end of the window."""

    @property
    def window_s(self) -> float:
        """The length of the window."""

    @property
    def vus(self) -> int | None:
        """The number of users at the end of the window."""


class TimeSpan(NamedTuple):
    """A range of time in seconds since the start of the run."""

    from_s: float
    to_s: float


def find_plateaus(stages: Stages) -> list[TimeSpan]:
    """Return the spans of constant planned load. A jump between two levels does not split a span."""
    spans: list[TimeSpan] = []
    for (at_s, load), (next_s, next_load) in pairwise(stages):
        if load != next_load or not load or next_s <= at_s:
            continue
        if spans and spans[-1].to_s == at_s:
            spans[-1] = TimeSpan(spans[-1].from_s, next_s)
        else:
            spans.append(TimeSpan(at_s, next_s))
    return spans


def has_ramp(stages: Stages) -> bool:
    """Return whether the planned load ever changes gradually."""
    return any(load != next_load and next_s > at_s for (at_s, load), (next_s, next_load) in pairwise(stages))


def find_load_start(
    stages: Stages, windows: Sequence[HasWindow], *, from_load: bool = False
) -> TimeSpan | None:
    """Return the span in which the load started; None before it started.

    from_load: times count from the start of the load. Otherwise k6's startup and setup() came first
    """
    if from_load:
        return TimeSpan(0.0, 0.0) if windows else None
    first_user_s = _find_first_user_s(stages)
    before_s = 0.0
    for window in windows:
        if window.vus:
            return TimeSpan(
                max(0.0, before_s - GAUGE_INTERVAL_S - first_user_s),
                max(0.0, window.elapsed_s - first_user_s),
            )
        before_s = window.elapsed_s
    return None


def find_steady_spans(
    stages: Stages, windows: Sequence[HasWindow], *, from_load: bool = False
) -> list[TimeSpan]:
    """Return ranges of complete windows that certainly lie within the plateaus."""
    load_start = find_load_start(stages, windows, from_load=from_load)
    if load_start is None:
        return []
    certain_spans = [
        TimeSpan(span.from_s + load_start.to_s, span.to_s + load_start.from_s)
        for span in find_plateaus(stages)
    ]
    complete = (span_of_complete_windows(span, windows) for span in certain_spans)
    return [span for span in complete if span is not None]


def span_of_complete_windows(span: TimeSpan, windows: Sequence[HasWindow]) -> TimeSpan | None:
    """Return the span of the windows that lie within `span`; None without any. It starts in the middle of the first
    window, so that rounding cannot include the window before it."""
    inside = [
        window
        for window in windows
        if window.elapsed_s - window.window_s >= span.from_s - _SLACK_S
        and window.elapsed_s <= span.to_s + _SLACK_S
    ]
    if not inside:
        return None
    first, last = inside[0], inside[-1]
    return TimeSpan(first.elapsed_s - first.window_s / 2, last.elapsed_s)


def _find_first_user_s(stages: Stages) -> float:
    """Return the time at which the plan reaches one user."""
    for (at_s, load), (next_s, next_load) in pairwise(stages):
        if load >= 1:
            return at_s
        if next_load >= 1:
            return at_s + (next_s - at_s) * (1 - load) / (next_load - load)
    return 0.0
