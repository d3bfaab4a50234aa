"""A run as points of the five measurements: the same facts give the same points, however often they are sent."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from dashboard.model.events import Event
from dashboard.model.figures import figures_of
from dashboard.model.record import FIGURE_NAMES, record_of
from dashboard.model.run import Run
from dashboard.model.slo import SloResult
from dashboard.model.snapshot import OVERALL, OpKey, Snapshot
from dashboard.model.tally import Tally
from dashboard.replica.lines import Field, line, series

START, FINAL, SLO, SNAPSHOT, OP = "k6_run_start", "k6_run_final", "k6_run_slo", "k6_snapshot", "k6_op"


def start_line(run: Run, body: str, origin: str) -> str:
    """The run began: what was asked for, and the whole of it as JSON in `body`."""
    fields = _plain(record_of(run)) | {"body": body}
    return line(series(START, tags_of(run, origin)), fields, milliseconds(run.created_at))


def final_line(
    run: Run,
    body: str,
    events: Iterable[tuple[int, Event]],
    slos: Iterable[SloResult],
    origin: str,
    sent_ms: int,
) -> str:
    """The run ended. `sent_ms` tells readers what changed since they looked."""
    told = [{**asdict(event), "at": event.at.isoformat()} for _, event in events]
    judged = [asdict(result) for result in slos]
    more: dict[str, Field] = {"body": body, "events": json.dumps(told), "slos": json.dumps(judged)}
    more["sent_ms"] = float(sent_ms)
    fields = _plain(record_of(run)) | more
    return line(series(FINAL, tags_of(run, origin)), fields, milliseconds(run.created_at))


def slo_lines(run: Run, slos: Iterable[SloResult], origin: str) -> Iterator[str]:
    """What the run was held against; `pass` is missing when the figure is."""
    for result in slos:
        tags = {**tags_of(run, origin), "level": result.level, "name": result.name, "metric": result.key}
        passed = None if result.passed is None else float(result.passed)
        fields: dict[str, Field] = {"value": result.value, "threshold": result.limit, "pass": passed}
        yield line(series(SLO, tags), fields | {"reason": result.message}, milliseconds(run.created_at))


def snapshot_lines(
    run: Run, snapshots: Iterable[Snapshot], tallies: Mapping[int, Iterable[tuple[OpKey, bytes]]], origin: str
) -> Iterator[str]:
    """Snapshots in order, each with an interval for every operation that was called in it."""
    tags = tags_of(run, origin)
    known = {OVERALL: series(SNAPSHOT, tags)}
    for snapshot in snapshots:
        at_ms, overall = snapshot_ms(run, snapshot.elapsed_s), dict[str, Field]()
        for key, blob in tallies[snapshot.seq]:
            if key == OVERALL:
                overall = {"tally": base64.b64encode(blob).decode()}
                continue
            if key not in known:
                known[key] = series(OP, {**tags, "op": key.op, "group": key.group, "phase": key.phase})
            yield line(known[key], _interval(run, snapshot, blob), at_ms)
        yield line(known[OVERALL], asdict(snapshot) | overall, at_ms)


def tags_of(run: Run, origin: str) -> dict[str, str | None]:
    """What never changes about a run: a point that is sent again must meet the same series."""
    return {
        "run_id": run.run_id,
        "profile": run.config.profile,
        "env_profile": run.config.env_profile,
        "origin": origin,
    }


def milliseconds(moment: datetime) -> int:
    """Unix milliseconds."""
    return round(moment.timestamp() * 1000)


def snapshot_ms(run: Run, elapsed_s: float) -> int:
    """When a snapshot was taken, by the clock of the run's start."""
    return milliseconds((run.started_at or run.created_at) + timedelta(seconds=elapsed_s))


def _interval(run: Run, snapshot: Snapshot, blob: bytes) -> dict[str, Field]:
    """An operation in the period of a snapshot."""
    figures = figures_of(Tally.from_bytes(blob), snapshot.window_s, run.config.apdex_t_ms)
    fields: dict[str, Field] = {"seq": snapshot.seq, "window_s": snapshot.window_s}
    for name in FIGURE_NAMES:
        fields[name] = getattr(figures, name)
    fields["tally"] = base64.b64encode(blob).decode()
    return fields


def _plain(record: dict[str, Any]) -> dict[str, Field]:
    return {name: value for name, value in record.items() if isinstance(value, float | int | bool | str)}
