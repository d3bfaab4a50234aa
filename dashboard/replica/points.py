"""A run as points of five measurements. The same data always gives the same points, so that it can be sent again."""

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
from dashboard.replica.line_protocol import FieldValue, point_line, series_key

START, FINAL, SLO, SNAPSHOT, OP = "k6_run_start", "k6_run_final", "k6_run_slo", "k6_snapshot", "k6_op"


def start_line(run: Run, body: str, origin: str) -> str:
    """Return the point for the start of a run: its record, and the whole run as JSON in `body`."""
    fields = _scalars(record_of(run)) | {"body": body}
    return point_line(series_key(START, tags_of(run, origin)), fields, unix_ms(run.created_at))


def final_line(
    run: Run,
    body: str,
    events: Iterable[tuple[int, Event]],
    slos: Iterable[SloResult],
    origin: str,
    sent_ms: int,
) -> str:
    """Return the point for the end of a run. Readers find changed runs by `sent_ms`."""
    event_rows = [{**asdict(event), "at": event.at.isoformat()} for _, event in events]
    slo_rows = [asdict(result) for result in slos]
    more: dict[str, FieldValue] = {
        "body": body,
        "events": json.dumps(event_rows),
        "slos": json.dumps(slo_rows),
        "sent_ms": float(sent_ms),
    }
    fields = _scalars(record_of(run)) | more
    return point_line(series_key(FINAL, tags_of(run, origin)), fields, unix_ms(run.created_at))


def slo_lines(run: Run, slos: Iterable[SloResult], origin: str) -> Iterator[str]:
    """Yield the SLO results of a run. The field `pass` is missing when the result is unknown."""
    for result in slos:
        tags = {**tags_of(run, origin), "level": result.level, "name": result.name, "metric": result.key}
        passed = None if result.passed is None else float(result.passed)
        fields: dict[str, FieldValue] = {"value": result.value, "threshold": result.limit, "pass": passed}
        yield point_line(series_key(SLO, tags), fields | {"reason": result.message}, unix_ms(run.created_at))


def snapshot_lines(
    run: Run, snapshots: Iterable[Snapshot], tallies: Mapping[int, Iterable[tuple[OpKey, bytes]]], origin: str
) -> Iterator[str]:
    """Yield snapshots in order, each after the intervals of the operations that were called in it."""
    tags = tags_of(run, origin)
    series = {OVERALL: series_key(SNAPSHOT, tags)}
    for snapshot in snapshots:
        at_ms, overall = snapshot_ms(run, snapshot.elapsed_s), dict[str, FieldValue]()
        for key, blob in tallies[snapshot.seq]:
            if key == OVERALL:
                overall = {"tally": base64.b64encode(blob).decode()}
                continue
            if key not in series:
                series[key] = series_key(OP, {**tags, "op": key.op, "group": key.group, "phase": key.phase})
            yield point_line(series[key], _interval_fields(run, snapshot, blob), at_ms)
        yield point_line(series[OVERALL], asdict(snapshot) | overall, at_ms)


def tags_of(run: Run, origin: str) -> dict[str, str | None]:
    """Return the tags, which never change during a run, so that a point sent again replaces the earlier one."""
    return {
        "run_id": run.run_id,
        "profile": run.config.profile,
        "env_profile": run.config.env_profile,
        "origin": origin,
    }


def unix_ms(time: datetime) -> int:
    """Return the time in Unix milliseconds."""
    return round(time.timestamp() * 1000)


def snapshot_ms(run: Run, elapsed_s: float) -> int:
    """Return the Unix time of a snapshot in ms. `elapsed_s` counts from time zero of the run."""
    return unix_ms((run.zero_at or run.created_at) + timedelta(seconds=elapsed_s))


def _interval_fields(run: Run, snapshot: Snapshot, blob: bytes) -> dict[str, FieldValue]:
    """Return the fields of one operation in the window of a snapshot."""
    figures = figures_of(Tally.from_bytes(blob), snapshot.window_s, run.config.apdex_t_ms)
    fields: dict[str, FieldValue] = {"seq": snapshot.seq, "window_s": snapshot.window_s}
    for name in FIGURE_NAMES:
        fields[name] = getattr(figures, name)
    fields["tally"] = base64.b64encode(blob).decode()
    return fields


def _scalars(record: dict[str, Any]) -> dict[str, FieldValue]:
    return {name: value for name, value in record.items() if isinstance(value, float | int | bool | str)}
