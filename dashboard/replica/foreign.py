"""A run of another dashboard, read back from its points: the same run, snapshot for snapshot."""

import base64
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, NamedTuple, get_args

from dashboard.model.run import Run, RunId, iso
from dashboard.model.slo import SloResult
from dashboard.model.snapshot import OVERALL, OpKey, Snapshot
from dashboard.model.tally import Tally
from dashboard.replica.influx import Influx
from dashboard.replica.lines import joined, text_of_tag
from dashboard.store.values import StoredInterval

KEYFRAME_S = 60.0
AROUND = timedelta(days=1)
_WHOLE = {field.name for field in fields(Snapshot) if int in (field.type, *get_args(field.type))}
_CHANGED = """
from(bucket: params.bucket) |> range(start: 0, stop: 2200-01-01T00:00:00Z)
  |> filter(fn: (r) => r._measurement == "k6_run_final" and r._field == "sent_ms" and r._value > params.since)
  |> keep(columns: ["_value", "run_id", "origin"])
"""
_FINAL = """
from(bucket: params.bucket) |> range(start: 0, stop: 2200-01-01T00:00:00Z)
  |> filter(fn: (r) => r._measurement == "k6_run_final" and r.run_id == params.run_id)
  |> filter(fn: (r) => r._field =~ /^(body|events|slos)/)
  |> keep(columns: ["_field", "_value"])
"""
_SNAPSHOTS = """
from(bucket: params.bucket) |> range(start: time(v: params.start), stop: time(v: params.stop))
  |> filter(fn: (r) => r._measurement == "k6_snapshot" and r.run_id == params.run_id)
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> group() |> sort(columns: ["_time"])
"""
_TALLIES = """
from(bucket: params.bucket) |> range(start: time(v: params.start), stop: time(v: params.stop))
  |> filter(fn: (r) => r._measurement == "k6_op" and r.run_id == params.run_id and r._field =~ /^tally/)
  |> keep(columns: ["_time", "_field", "_value", "op", "group", "phase"])
"""


class Known(NamedTuple):
    """A run that is in InfluxDB, and when it was sent last."""

    run_id: RunId
    origin: str
    sent_ms: float


@dataclass(frozen=True, slots=True)
class Facts:
    """What the final point of a run says: `run`, `events` and `slos` as JSON."""

    run: str
    events: list[dict[str, Any]]
    slos: list[SloResult]


def changed(influx: Influx, since_ms: float) -> list[Known]:
    """Runs that were sent after a moment. Raises InfluxError."""
    rows = influx.query(_CHANGED, {"bucket": influx.target.bucket, "since": since_ms})
    return [Known(row["run_id"], text_of_tag(row.get("origin", "")), float(row["_value"])) for row in rows]


def facts(influx: Influx, run_id: RunId) -> Facts | None:
    """The final record of a run; None when there is none. Raises InfluxError."""
    rows = influx.query(_FINAL, {"bucket": influx.target.bucket, "run_id": run_id})
    found = {row["_field"]: row["_value"] for row in rows}
    body = joined(found, "body")
    if body is None:
        return None
    slos = [SloResult(**one) for one in json.loads(joined(found, "slos") or "[]")]
    return Facts(body, json.loads(joined(found, "events") or "[]"), slos)


def intervals(influx: Influx, run: Run) -> Iterator[StoredInterval]:
    """All intervals of a run in order, with a keyframe once a minute and at the end. Raises InfluxError."""
    parameters = {
        "bucket": influx.target.bucket,
        "run_id": run.run_id,
        "start": str(iso(run.created_at - AROUND)),
        "stop": str(iso((run.ended_at or run.created_at) + AROUND)),
    }
    by_time = _tallies(influx, parameters)
    rows = list(influx.query(_SNAPSHOTS, parameters))
    cumulative: dict[OpKey, Tally] = defaultdict(Tally)
    keyframe_s = 0.0
    for row in rows:
        snapshot = snapshot_of(row)
        tallies = by_time.pop(row["_time"], {})
        if overall := joined(row, "tally"):
            tallies[OVERALL] = base64.b64decode(overall)
        for key, blob in tallies.items():
            cumulative[key].add(Tally.from_bytes(blob))
        keyframe: dict[OpKey, bytes] = {}
        if snapshot.elapsed_s - keyframe_s >= KEYFRAME_S or row is rows[-1]:
            keyframe_s = snapshot.elapsed_s
            keyframe = {key: tally.to_bytes() for key, tally in cumulative.items()}
        yield StoredInterval(snapshot=snapshot, tallies=tallies, keyframe=keyframe)


def snapshot_of(row: Mapping[str, str]) -> Snapshot:
    """The snapshot whose fields are texts of numbers; one that is not there is not known."""
    values: dict[str, Any] = {}
    for field in fields(Snapshot):
        text = row.get(field.name) or None
        number = None if text is None else float(text)
        values[field.name] = round(number) if number is not None and field.name in _WHOLE else number
    return Snapshot(**values)


def _tallies(influx: Influx, parameters: Mapping[str, str]) -> dict[str, dict[OpKey, bytes]]:
    """Blobs of operations by time."""
    parts: dict[tuple[str, OpKey], dict[str, str]] = defaultdict(dict)
    for row in influx.query(_TALLIES, parameters):
        key = OpKey(*(text_of_tag(row.get(name) or "") for name in ("op", "group", "phase")))
        parts[row["_time"], key][row["_field"]] = row["_value"]
    found: dict[str, dict[OpKey, bytes]] = defaultdict(dict)
    for (at, key), texts in parts.items():
        found[at][key] = base64.b64decode(joined(texts, "tally") or "")
    return found
