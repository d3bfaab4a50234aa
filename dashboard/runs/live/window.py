"""One window of a run: its tallies, and the CPU and memory that k6 used."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from dashboard.model.figures import Figures, RunTotals, figures_of, mean_times_of, totals_of
from dashboard.model.snapshot import OVERALL, OpKey, Snapshot
from dashboard.model.tally import Tally


@dataclass(frozen=True, slots=True)
class GeneratorUsage:
    """A reading of k6's cumulative CPU time and of its memory; `share` is its CPU share since an earlier reading."""

    at_ms: int
    cpu_s: float | None
    rss_bytes: int | None
    cores: float | None
    share: float | None = None

    def since(self, earlier: "GeneratorUsage | None") -> "GeneratorUsage":
        """Return this reading with the share of its cores that k6 used since `earlier`; None when it is unknown."""
        share = None
        if earlier and self.cpu_s is not None and earlier.cpu_s is not None and self.cores:
            seconds = (self.at_ms - earlier.at_ms) / 1000
            if seconds > 0:
                share = max(0.0, (self.cpu_s - earlier.cpu_s) / seconds / self.cores)
        return GeneratorUsage(self.at_ms, self.cpu_s, self.rss_bytes, self.cores, share)

    def to_json(self) -> dict[str, object]:
        """Return the form that a checkpoint stores."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: object) -> "GeneratorUsage | None":
        """Return the reading in a checkpoint; None when it has none."""
        return cls(**data) if isinstance(data, Mapping) else None


@dataclass(slots=True)
class Window:
    """The tallies from the end of the previous window to the newest sample. Times are seconds since time zero."""

    start_s: float = 0.0
    end_s: float = 0.0
    tallies: dict[OpKey, Tally] = field(default_factory=dict)
    generator: GeneratorUsage | None = None

    def extend(self, tallies: Mapping[OpKey, Tally], end_s: float) -> None:
        """Add the tallies of a push that arrived too soon to get its own window."""
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
    """Return the figures of the window; `overall` is the cumulative tally of the run."""
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
        **{name: getattr(figures, name) for name in _FIGURE_FIELDS},
        **{name: getattr(totals, name) for name in _TOTAL_FIELDS},
        **asdict(mean_times_of(tally)),
    )


def _field_names(kind: type[Any]) -> set[str]:
    return {entry.name for entry in fields(kind)}


# A snapshot's `total_reqs` is cumulative. The `total_reqs` of a window's figures covers only the window.
_FIGURE_FIELDS = sorted(_field_names(Figures) & _field_names(Snapshot) - {"total_reqs"})
_TOTAL_FIELDS = sorted(_field_names(RunTotals) & _field_names(Snapshot))
