"""Reads a remote run back from its points: the same run, snapshot for snapshot."""

import base64
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import datetime, timedelta
from typing import Any, NamedTuple, get_args

from dashboard.model.run import Run, RunId, iso
from dashboard.model.slo import SloResult
from dashboard.model.snapshot import OVERALL, OpKey, Snapshot
from dashboard.model.tally import Tally
from dashboard.replica.client import InfluxClient
from dashboard.replica.line_protocol import decode_tag, join_text
from dashboard.store.values import StoredInterval

KEYFRAME_INTERVAL_S = 60.0
# Points of a run can lie outside its recorded times when clocks differ.
TIME_MARGIN = timedelta(days=1)
_INTEGER_FIELDS = {field.name for field in fields(Snapshot) if int in (field.type, *get_args(field.type))}
_SENT_SINCE = """
from(bucket: bucket) |> range(start: 0, stop: 2200-01-01T00:00:00Z)
  |> filter(fn: (r) => r._measurement == "k6_run_final" and r._field == "sent_ms" and r._value > since)
  |> keep(columns: ["_value", "run_id", "origin"])
"""
_FINAL = """
from(bucket: bucket) |> range(start: 0, stop: 2200-01-01T00:00:00Z)
  |> filter(fn: (r) => r._measurement == "k6_run_final" and r.run_id == run_id)
  |> filter(fn: (r) => r._field =~ /^(body|events|slos)/)
  |> keep(columns: ["_field", "_value"])
"""
_SNAPSHOTS = """
from(bucket: bucket) |> range(start: time(v: start), stop: time(v: stop))
  |> filter(fn: (r) => r._measurement == "k6_snapshot" and r.run_id == run_id)
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> group() |> sort(columns: ["_time"])
"""
_TALLIES = """
from(bucket: bucket) |> range(start: time(v: start), stop: time(v: stop))
  |> filter(fn: (r) => r._measurement == "k6_op" and r.run_id == run_id and r._field =~ /^tally/)
  |> keep(columns: ["_time", "_field", "_value", "op", "group", "phase"])
"""


class SentRun(NamedTuple):
    """An ended run in InfluxDB and when its final record was last sent."""

    run_id: RunId
    origin: str
    sent_ms: float


@dataclass(frozen=True, slots=True)
class FinalRecord:
    """The final record of a run. `body` and each of `events` are JSON text."""

    body: str
    events: list[str]
    slo_results: list[SloResult]


def find_sent_runs(influx: InfluxClient, since_ms: float) -> list[SentRun]:
    """Return the runs whose final record was sent after `since_ms`. Raises InfluxError."""
    rows = influx.query(_SENT_SINCE, {"bucket": influx.target.bucket, "since": since_ms})
    return [SentRun(row["run_id"], decode_tag(row.get("origin") or ""), row["_value"]) for row in rows]


def read_final_record(influx: InfluxClient, run_id: RunId) -> FinalRecord | None:
    """Return the final record of a run, or None.

    Raises InfluxError, or ValueError or TypeError if the record cannot be parsed.
    """
    rows = influx.query(_FINAL, {"bucket": influx.target.bucket, "run_id": run_id})
    texts = {row["_field"]: row["_value"] for row in rows}
    body = join_text(texts, "body")
    if body is None:
        return None
    events = [json.dumps(event) for event in json.loads(join_text(texts, "events") or "[]")]
    results = [SloResult(**result) for result in json.loads(join_text(texts, "slos") or "[]")]
    return FinalRecord(body, events, results)


def read_intervals(influx: InfluxClient, run: Run) -> Iterator[StoredInterval]:
    """Yield all intervals of a run in order, with a keyframe once a minute and at the end. Raises InfluxError."""
    parameters = {
        "bucket": influx.target.bucket,
        "run_id": run.run_id,
        "start": str(iso(run.created_at - TIME_MARGIN)),
        "stop": str(iso((run.ended_at or run.created_at) + TIME_MARGIN)),
    }
    tallies_by_time = _read_tallies(influx, parameters)
    rows = list(influx.query(_SNAPSHOTS, parameters))
    cumulative: dict[OpKey, Tally] = defaultdict(Tally)
    keyframe_s = 0.0
    for row in rows:
        snapshot = _snapshot_of(row)
        tallies = tallies_by_time.pop(row["_time"], {})
        if overall := join_text(row, "tally"):
            tallies[OVERALL] = base64.b64decode(overall)
        for key, blob in tallies.items():
            cumulative[key].add(Tally.from_bytes(blob))
        keyframe: dict[OpKey, bytes] = {}
        if snapshot.elapsed_s - keyframe_s >= KEYFRAME_INTERVAL_S or row is rows[-1]:
            keyframe_s = snapshot.elapsed_s
            keyframe = {key: tally.to_bytes() for key, tally in cumulative.items()}
        yield StoredInterval(snapshot=snapshot, tallies=tallies, keyframe=keyframe)


def _snapshot_of(row: Mapping[str, Any]) -> Snapshot:
    """Return the snapshot in a row, whose numbers are all floats. A missing field gets its default, or None."""
    values: dict[str, Any] = {}
    for field in fields(Snapshot):
        number = row.get(field.name)
        if number is None and field.default is not MISSING:
            continue  # an earlier version wrote the row
        values[field.name] = round(number) if number is not None and field.name in _INTEGER_FIELDS else number
    return Snapshot(**values)


def _read_tallies(influx: InfluxClient, parameters: Mapping[str, str]) -> dict[datetime, dict[OpKey, bytes]]:
    """Return the encoded tallies of operations by time."""
    texts: dict[tuple[datetime, OpKey], dict[str, str]] = defaultdict(dict)
    for row in influx.query(_TALLIES, parameters):
        key = OpKey(*(decode_tag(row.get(name) or "") for name in ("op", "group", "phase")))
        texts[row["_time"], key][row["_field"]] = row["_value"]
    tallies: dict[datetime, dict[OpKey, bytes]] = defaultdict(dict)
    for (time, key), parts in texts.items():
        tallies[time][key] = base64.b64decode(join_text(parts, "tally") or "")
    return tallies
