"""One window of a run: what was counted in it, and what k6 itself used meanwhile."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from dashboard.model.figures import QUANTILES, apdex, ratio
from dashboard.model.snapshot import OVERALL, OpKey, Snapshot
from dashboard.model.tally import Tally


@dataclass(frozen=True, slots=True)
class Generator:
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
        return Generator(self.at_ms, self.cpu_s, self.rss_bytes, self.cores, share)

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
    generator: Generator | None = None

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
    duration = tally.duration()
    seconds = window.end_s - window.start_s
    p50, p75, p90, p95, p99 = (None if v is None else v * 1000 for v in duration.quantiles(QUANTILES))
    requests = duration.count
    checks = tally.checks.values()
    passed, failed = sum(p for p, _ in checks), sum(f for _, f in checks)
    waiting = tally.trends.get("http_req_waiting")
    iterations = tally.trends.get("iteration_duration")
    generator = window.generator
    return Snapshot(
        seq=seq,
        elapsed_s=round(window.end_s, 3),
        window_s=round(seconds, 3),
        vus=vus,
        requests=requests,
        errors=tally.failed,
        rps=ratio(requests, seconds),
        error_rate=ratio(tally.failed, requests),
        p50_ms=p50,
        p75_ms=p75,
        p90_ms=p90,
        p95_ms=p95,
        p99_ms=p99,
        avg_ms=_ms(duration.mean),
        ttfb_ms=_ms(waiting.mean) if waiting else None,
        apdex_score=apdex(tally.success_duration(), requests, apdex_t_ms),
        checks_rate=ratio(passed, passed + failed),
        status_0=tally.in_class("0"),
        status_2xx=tally.in_class("2"),
        status_3xx=tally.in_class("3"),
        status_4xx=tally.in_class("4"),
        status_5xx=tally.in_class("5"),
        iterations=iterations.count if iterations else None,
        dropped_iterations=_whole(tally, "dropped_iterations"),
        data_received_bytes=_whole(tally, "data_received"),
        data_sent_bytes=_whole(tally, "data_sent"),
        total_reqs=overall.requests,
        total_errors=overall.failed,
        generator_cpu=generator.share if generator else None,
        generator_rss_bytes=generator.rss_bytes if generator else None,
        busy_vus=busy_vus,
    )


def _whole(tally: Tally, counter: str) -> int | None:
    value = tally.counters.get(counter)
    return None if value is None else round(value)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000
