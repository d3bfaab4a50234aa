"""Which part of a run was under a steady load: the plateaus of its planned shape, in whole windows.

When the load began is known from k6's own count of users, to a window; what lies in doubt is left out.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol

GAUGE_S = 1.0  # k6 counts its users once a second
_SLACK_S = 0.05
Stages = Sequence[tuple[float, float]]


class HasWindow(Protocol):
    """The part of a snapshot that says which window it is of."""

    @property
    def elapsed_s(self) -> float:
        """Its end."""

    @property
    def window_s(self) -> float:
        """Its length."""

    @property
    def vus(self) -> int | None:
        """Users at its end."""


class TimeSpan(NamedTuple):
    """From one moment to another, in seconds."""

    from_s: float
    to_s: float


def plateaus(stages: Stages) -> list[TimeSpan]:
    """Where the planned load does not change; a jump from one to the next is no ramp and parts nothing."""
    found: list[TimeSpan] = []
    for (at_s, load), (next_s, next_load) in pairwise(stages):
        if load != next_load or not load or next_s <= at_s:
            continue
        if found and found[-1].to_s == at_s:
            found[-1] = TimeSpan(found[-1].from_s, next_s)
        else:
            found.append(TimeSpan(at_s, next_s))
    return found


def has_ramp(stages: Stages) -> bool:
    """Whether the planned load ever changes by and by."""
    return any(load != next_load and next_s > at_s for (at_s, load), (next_s, next_load) in pairwise(stages))


def load_began(stages: Stages, windows: Sequence[HasWindow]) -> TimeSpan | None:
    """Between which moments the load began, None while it has not: set-up and k6's own start come before."""
    first_user_s = _first_user(stages)
    before_s = 0.0
    for window in windows:
        if window.vus:
            return TimeSpan(
                max(0.0, before_s - GAUGE_S - first_user_s), max(0.0, window.elapsed_s - first_user_s)
            )
        before_s = window.elapsed_s
    return None


def steady_spans(stages: Stages, windows: Sequence[HasWindow]) -> list[TimeSpan]:
    """Ranges of whole windows that surely lie in the plateaus."""
    began = load_began(stages, windows)
    if began is None:
        return []
    sure = [TimeSpan(span.from_s + began.to_s, span.to_s + began.from_s) for span in plateaus(stages)]
    return [found for span in sure for found in whole_windows(span, windows)]


def _first_user(stages: Stages) -> float:
    """When the plan has its first user."""
    for (at_s, load), (next_s, next_load) in pairwise(stages):
        if load >= 1:
            return at_s
        if next_load >= 1:
            return at_s + (next_s - at_s) * (1 - load) / (next_load - load)
    return 0.0


def whole_windows(span: TimeSpan, windows: Sequence[HasWindow]) -> Iterator[TimeSpan]:
    """The range of the windows that lie in `span`, or nothing; it begins within the first of them."""
    inside = [
        window
        for window in windows
        if window.elapsed_s - window.window_s >= span.from_s - _SLACK_S
        and window.elapsed_s <= span.to_s + _SLACK_S
    ]
    if inside:
        first, last = inside[0], inside[-1]
        yield TimeSpan(first.elapsed_s - first.window_s / 2, last.elapsed_s)
