"""One window of a run: what was counted in it, and what k6 itself used meanwhile."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from dashboard.model.figures import Figures, RunTotals, figures_of, totals_of
from dashboard.model.snapshot import OVERALL, OpKey, Snapshot
from dashboard.model.tally import Tally


@dataclass(frozen=True, slots=True)
class GeneratorUsage:
    """k6's own use of the machine, cumulative at a moment, or (after `since`) its share of its cores."""

    at_ms: int
    cpu_s: float | None
    rss_bytes: int | None
    cores: float | None
    share: float | None = None

    def since(self, earlier: "Generator | None") -> "Generator":
        """This reading with the CPU share used since `earlier`; None where a reading is missing."""
        share = None
        if earlier and self.cpu_s is not None and earlier.cpu_s is not None and self.cores:
            seconds = (self.at_ms - earlier.at_ms) / 1000
            if seconds > 0:
                share = max(0.0, (self.cpu_s - earlier.cpu_s) / seconds / self.cores)
        return GeneratorUsage(self.at_ms, self.cpu_s, self.rss_bytes, self.cores, share)

    def to_json(self) -> dict[str, object]:
        """For a checkpoint."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: object) -> "Generator | None":
        """From a checkpoint; None when there was none."""
        return cls(**data) if isinstance(data, Mapping) else None


@dataclass(slots=True)
class Window:
    """From the end of the window before to the newest sample, in seconds since k6's start."""

    start_s: float = 0.0
    end_s: float = 0.0
    tallies: dict[OpKey, Tally] = field(default_factory=dict)
    generator: GeneratorUsage | None = None

    def extend(self, tallies: Mapping[OpKey, Tally], end_s: float) -> None:
        """Take in what a push that came just behind says."""
        self.end_s = end_s
        for op, tally in tallies.items():
            self.tallies.setdefault(op, Tally()).add(tally)


def snapshot_of(
    window: Window,
    *,
    seq: int,
    vus: int | None,
    busy_vus: int | None,
    overall: Tally,
    apdex_t_ms: float,
) -> Snapshot:
    """The window's figures; `overall` is the run so far."""
    tally = window.tallies.get(OVERALL) or Tally()
    seconds = window.end_s - window.start_s
    figures = figures_of(tally, seconds, apdex_t_ms)
    totals = totals_of(tally)
    generator = window.generator
    return Snapshot(
        seq=seq,
        elapsed_s=round(window.end_s, 3),
        window_s=round(seconds, 3),
        vus=vus,
        busy_vus=busy_vus,
        requests=figures.total_reqs,
        total_reqs=overall.requests,
        total_errors=overall.failed,
        generator_cpu=generator.share if generator else None,
        generator_rss_bytes=generator.rss_bytes if generator else None,
        **{name: getattr(figures, name) for name in _OF_FIGURES},
        **{name: getattr(totals, name) for name in _OF_TOTALS},
    )


def _names(kind: type[Any]) -> set[str]:
    return {one.name for one in fields(kind)}


_OF_FIGURES = sorted(
    _names(Figures) & _names(Snapshot) - {"total_reqs"}
)  # in a snapshot, those of the run so far
_OF_TOTALS = sorted(_names(RunTotals) & _names(Snapshot))
