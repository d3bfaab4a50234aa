"""What steering did to the load of a run: when it was paused, and how long it was reduced."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from dashboard.model.number_text import format_number

MAX_PAUSES = 100


class LoadChange(NamedTuple):
    """A requested change of the load, in seconds since the start of the load."""

    at_s: float
    is_paused: bool
    is_reduced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SteeredLoad:
    """`pauses` are ranges in seconds since the start of the load. `reduced_s` does not include them."""

    pauses: tuple[tuple[float, float], ...] = ()
    paused_s: float = 0.0
    reduced_s: float = 0.0
    is_paused_at_end: bool = False

    @property
    def text(self) -> str | None:
        """What happened, for people: "paused for 12 s and at reduced load for 30 s"; None if nothing did."""
        parts = []
        if self.paused_s:
            parts.append(f"paused {'from' if self.is_paused_at_end else 'for'} {self._paused_text}")
        if self.reduced_s:
            parts.append(f"at reduced load for {format_number(self.reduced_s)} s")
        return " and ".join(parts) or None

    @property
    def _paused_text(self) -> str:
        if not self.is_paused_at_end:
            return f"{format_number(self.paused_s)} s"
        return f"{format_number(self.pauses[-1][0])} s to its end, {format_number(self.paused_s)} s in all"

    def paused_between(self, from_s: float, to_s: float) -> float:
        """Return how many seconds of a range were paused."""
        return sum(max(0.0, min(to_s, end_s) - max(from_s, start_s)) for start_s, end_s in self.pauses)


def load_after(changes: Sequence[LoadChange], end_s: float) -> SteeredLoad:
    """Return what `changes`, in order, did to a load that ended after `end_s`."""
    ends = [*changes, LoadChange(end_s, is_paused=False, is_reduced=False)]
    spans = [
        (change, max(0.0, min(change.at_s, end_s)), max(0.0, min(after.at_s, end_s)))
        for change, after in pairwise(ends)
    ]
    paused = [(from_s, to_s) for change, from_s, to_s in spans if change.is_paused and to_s > from_s]
    reduced = (to_s - from_s for change, from_s, to_s in spans if change.is_reduced and not change.is_paused)
    return SteeredLoad(
        pauses=tuple(_joined(paused)[-MAX_PAUSES:]),
        paused_s=round(sum(to_s - from_s for from_s, to_s in paused), 3),
        reduced_s=round(sum(reduced), 3),
        is_paused_at_end=bool(paused and changes and changes[-1].is_paused and paused[-1][1] >= end_s),
    )


def _joined(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Join spans that follow each other immediately."""
    joined: list[tuple[float, float]] = []
    for from_s, to_s in spans:
        if joined and joined[-1][1] == from_s:
            joined[-1] = (joined[-1][0], to_s)
        else:
            joined.append((from_s, to_s))
    return joined
