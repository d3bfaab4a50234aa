"""The figures and tallies of one push interval."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from dashboard.model.tally import Tally


class OpKey(NamedTuple):
    """Identity of an operation within a run. `phase` is "", "setup" or "teardown"."""

    op: str
    group: str
    phase: str

    @property
    def is_load(self) -> bool:
        """Whether the operation is part of the load, and not a step of the setup or the teardown."""
        return not self.phase


OVERALL = OpKey("", "", "")


def tallies_by_name(tallies: Mapping[OpKey, Tally]) -> dict[str, list[Tally]]:
    """Return the tallies of each operation, one per group.

    A step of the setup or teardown counts only if no operation of the load has its name.
    """
    phases: dict[str, str] = {}
    for op in tallies:
        phases[op.op] = min(op.phase, phases.get(op.op, op.phase))  # the phase of the load is the empty text
    by_name: dict[str, list[Tally]] = {}
    for op, tally in tallies.items():
        if op != OVERALL and op.phase == phases[op.op]:
            by_name.setdefault(op.op, []).append(tally)
    return by_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The figures of one window of `window_s` seconds. `total_*` are cumulative; `ttfb_ms` is the timing "waiting"."""

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
    status_1xx: int = 0
    status_other: int = 0
    blocked_ms: float | None = None
    connecting_ms: float | None = None
    tls_handshaking_ms: float | None = None
    sending_ms: float | None = None
    receiving_ms: float | None = None
    iteration_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Everything that one push changed. It is committed in one transaction under `snapshot.seq`.

    tallies: the window's tally of each operation that was called, and OVERALL for all together
    keyframe: cumulative tallies, about once a minute
    """

    snapshot: Snapshot
    tallies: dict[OpKey, Tally]
    keyframe: dict[OpKey, Tally] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Where reading resumes: all series as one synthetic push, and the JSON-ready state that belongs to it."""

    record: int
    segment: int
    offset: int
    state: dict[str, object]
    push: bytes
