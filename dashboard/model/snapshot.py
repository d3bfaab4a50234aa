"""What one push told: a snapshot of the run, and the interval of every operation that was called."""

from dataclasses import dataclass
from typing import NamedTuple

from dashboard.model.tally import Tally


class OpKey(NamedTuple):
    """Identity of an operation within a run. `phase` is "", "setup" or "teardown"."""

    op: str
    group: str
    phase: str


OVERALL = OpKey("", "", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One period of a run. Percentiles, rates and counts are the window's; `total_*` are the run's so far."""

    seq: int
    elapsed_s: float
    window_s: float
    vus: int | None
    requests: int
    errors: int
    rps: float | None
    error_rate: float | None
    p50_ms: float | None
    p75_ms: float | None
    p90_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    avg_ms: float | None
    ttfb_ms: float | None
    apdex_score: float | None
    checks_rate: float | None
    status_0: int
    status_2xx: int
    status_3xx: int
    status_4xx: int
    status_5xx: int
    iterations: int | None
    dropped_iterations: int | None
    data_received_bytes: int | None
    data_sent_bytes: int | None
    total_reqs: int
    total_errors: int
    generator_cpu: float | None
    generator_rss_bytes: int | None
    busy_vus: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """All that one push changed: committed in one transaction, keyed by `snapshot.seq`.

    intervals: the window's tally of each operation that changed, with OVERALL for all together
    keyframe: cumulative tallies so far, about once a minute
    """

    snapshot: Snapshot
    tallies: dict[OpKey, Tally]
    keyframe: dict[OpKey, Tally] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Where reading can resume: all series as one synthetic push, and the state around it (JSON-ready)."""

    record: int
    segment: int
    offset: int
    state: dict[str, object]
    push: bytes
