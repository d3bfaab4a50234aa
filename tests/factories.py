"""Factories with useful defaults: a test names only the values that matter to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import ceil, log2
from typing import Any

from dashboard.model.events import Event, EventKind
from dashboard.model.figures import RunTotals, figures_of
from dashboard.model.histogram import PER_OCTAVE, Histogram
from dashboard.model.run import Run, RunConfig, RunContext, RunStatus, Verdict
from dashboard.model.snapshot import OVERALL, Checkpoint, Interval, OpKey, Snapshot
from dashboard.model.tally import Tally, total_of
from dashboard.run_folder.files import AuthFile

A_MOMENT = datetime(2026, 11, 21, 10, 15, 0, 123_000, tzinfo=UTC)
A_RUN_ID = "20261121-101500-abcdefgh"
LIST_PRODUCTS = OpKey("ListProducts", "products", "")


def a_histogram(values_s: Iterable[float]) -> Histogram:
    """Return the histogram that k6 would send for `values_s`."""
    out = Histogram()
    for value in values_s:
        out.total += value
        if value == 0:
            out.zero += 1
            continue
        index = ceil(log2(abs(value)) * PER_OCTAVE)
        side = out.buckets if value > 0 else out.negatives
        side[index] = side.get(index, 0) + 1
    return out


def a_tally(
    values_s: Sequence[float] = (0.012, 0.015, 0.09), *, failed: Sequence[float] = (), **more: Any
) -> Tally:
    """Return a tally with status 200 for `values_s` and 500 for `failed`, in seconds. `more` sets other attributes."""
    out = Tally()
    if values_s:
        out.add_duration("2+", a_histogram(values_s))
        out.statuses["200"] = len(values_s)
        out.add_trend("http_req_waiting", a_histogram(value * 0.8 for value in values_s))
        out.add_check("status is 200", len(values_s), len(failed))
    if failed:
        out.add_duration("5-", a_histogram(failed))
        out.statuses["500"] = len(failed)
        out.errors["HTTP 500"] = len(failed)
    for name, value in more.items():
        setattr(out, name, value)
    return out


def a_config(**changes: Any) -> RunConfig:
    """Return the configuration of a smoke test of a local service."""
    config = RunConfig(
        profile="smoke",
        base_url="http://127.0.0.1:8000",
        variables={"VUS": "2", "DURATION": "30s"},
        label="nightly",
    )
    return replace(config, **changes)


def a_run(run_id: str = A_RUN_ID, status: RunStatus = RunStatus.RUNNING, **changes: Any) -> Run:
    """Return a run. `changes` may name fields of the run and of its configuration."""
    config_changes = {
        name: changes.pop(name) for name in list(changes) if name in RunConfig.__dataclass_fields__
    }
    run = Run(
        run_id=run_id,
        status=status,
        config=a_config(**config_changes),
        context=RunContext(
            stages=((30.0, 2),),
            k6_version="2.2.0",
            generator={"cores": 2, "host": "here"},
            slos={"p95_ms": 500.0},
        ),
        created_at=A_MOMENT,
        planned_s=30.0,
        vus_max=2,
        started_at=A_MOMENT,
    )
    return replace(run, **changes)


def an_ended_run(run_id: str = A_RUN_ID, status: RunStatus = RunStatus.FINISHED, **changes: Any) -> Run:
    """Return a finished run with figures."""
    tally = a_tally()
    ended = {
        "ended_at": A_MOMENT.replace(second=30),
        "elapsed_s": 30.0,
        "exit_code": 0,
        "exit_reason": "k6 ended normally",
        "verdict": Verdict.PASS,
        "verdict_reason": "p95_ms 82.4 <= 500",
        "percentiles_from": "histogram",
        "samples_lost": False,
        "figures": figures_of(tally, 30.0, 500.0),
        "totals": RunTotals(
            iterations=3,
            dropped_iterations=0,
            data_received_bytes=4_096,
            data_sent_bytes=512,
            connection_reuse_rate=0.5,
        ),
    }
    return a_run(run_id, status, **(ended | changes))


def a_snapshot(seq: int = 1, **changes: Any) -> Snapshot:
    """Return snapshot `seq` of a run with a push interval of two seconds."""
    snapshot = Snapshot(
        seq=seq,
        elapsed_s=seq * 2.0,
        window_s=2.0,
        vus=2,
        requests=3,
        errors=0,
        rps=1.5,
        error_rate=0.0,
        p50_ms=15.1,
        p75_ms=52.0,
        p90_ms=74.9,
        p95_ms=82.4,
        p99_ms=88.5,
        avg_ms=39.0,
        ttfb_ms=31.2,
        apdex_score=1.0,
        checks_rate=1.0,
        status_0=0,
        status_2xx=3,
        status_3xx=0,
        status_4xx=0,
        status_5xx=0,
        iterations=3,
        dropped_iterations=0,
        data_received_bytes=4_096,
        data_sent_bytes=512,
        total_reqs=3 * seq,
        total_errors=0,
        generator_cpu=0.25,
        generator_rss_bytes=60_000_000,
        busy_vus=None,
        blocked_ms=0.3,
        connecting_ms=0.2,
        tls_handshaking_ms=0.0,
        sending_ms=0.1,
        receiving_ms=7.4,
        iteration_ms=540.0,
    )
    return replace(snapshot, **changes)


def an_interval(
    seq: int = 1,
    ops: Mapping[OpKey, Tally] | None = None,
    keyframe: Mapping[OpKey, Tally] | None = None,
    **snapshot: Any,
) -> Interval:
    """Return an interval with the tallies of `ops` and of all of them together."""
    ops = {LIST_PRODUCTS: a_tally()} if ops is None else ops
    overall = {OVERALL: total_of(ops.values())} if ops else {}
    return Interval(
        snapshot=a_snapshot(seq, **snapshot),
        tallies={**overall, **ops},
        keyframe=None if keyframe is None else dict(keyframe),
    )


def a_checkpoint(record: int = 15, **changes: Any) -> Checkpoint:
    """Return a checkpoint after push `record`."""
    checkpoint = Checkpoint(record=record, segment=1, offset=4_096, state={"seq": record}, push=b"series")
    return replace(checkpoint, **changes)


def an_event(message: str = "k6 is running", **changes: Any) -> Event:
    """Return an event of a run."""
    event = Event(
        kind=EventKind.RUNNING, at=A_MOMENT, level="info", message=message, elapsed_s=1.5, data={"vus": 2}
    )
    return replace(event, **changes)


def an_auth_file(url: str, **changes: Any) -> AuthFile:
    auth_file = AuthFile(
        url=url,
        method="POST",
        headers={},
        body="",
        token_path="",
        expires_path="",
        renews=True,
        interval_s=None,
        verify_tls=True,
        hidden=(),
        token="",
        epoch=0,
        obtained_ms=0,
        life_s=None,
    )
    return auth_file._replace(**changes)
