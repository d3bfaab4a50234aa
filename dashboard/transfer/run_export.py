"""The export of a run: gzip around lines of JSON, read and written a step at a time; see docs/formats.md."""

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from dashboard.model.events import Event
from dashboard.model.run import Run
from dashboard.model.slo import SloResult
from dashboard.model.snapshot import OpKey
from dashboard.transfer.masking import masked_endpoints
from dashboard.run_folder.files import RunFolder
from dashboard.store.store import Store
from dashboard.store.values import StoredInterval

FORMAT: Final = "k6-dashboard-run"
VERSION: Final = 1
ENDPOINTS, CONSOLE = "endpoints.json", "console.log"
FILES = (ENDPOINTS, CONSOLE, "console.json")
INTERVALS_AT_ONCE = 200
FILE_CHUNK_BYTES = 128 * 1024
PACKED_AT_ONCE = 64 * 1024
RUNS: TypeAdapter[Run] = TypeAdapter(Run)
EVENTS: TypeAdapter[Event] = TypeAdapter(Event)
SLO_RESULTS: TypeAdapter[SloResult] = TypeAdapter(SloResult)


def export_name(run_id: str) -> str:
    """How the file is called."""
    return f"{run_id}.run.gz"


def exported(store: Store, run: Run, folder: RunFolder) -> Iterator[bytes]:
    """The export of a run that has ended, as the store has it when it is made."""
    packer = zlib.compressobj(6, wbits=31)
    waiting: list[bytes] = []
    size = 0
    for line in _lines(store, run, folder):
        text = json.dumps(line, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        waiting.append(text)
        size += len(text)
        if size > PACKED_AT_ONCE:
            yield packer.compress(b"".join(waiting))
            waiting, size = [], 0
    yield packer.compress(b"".join(waiting)) + packer.flush()


def _lines(store: Store, run: Run, folder: RunFolder) -> Iterator[dict[str, Any]]:
    run = store.runs.get(run.run_id) or run
    yield {"format": FORMAT, "version": VERSION, "run_id": run.run_id}
    yield {"run": RUNS.dump_python(run, mode="json")}
    events = [event for _, event in store.events.of_run(run.run_id)]
    for event in events:
        yield {"event": EVENTS.dump_python(event, mode="json")}
    for result in store.slo_results.of_run(run.run_id):
        yield {"slo": SLO_RESULTS.dump_python(result, mode="json")}
    for position, body in store.exchanges.of_run(run.run_id):
        yield {"exchange": [position, json.loads(body)]}
    intervals = 0
    numbers: dict[OpKey, int] = {}
    for interval in _intervals(store, run.run_id):
        intervals += 1
        yield from _interval(interval, numbers)
    for name in FILES:
        yield from _file(folder.path / name)
    yield {"end": {"events": len(events), "ops": len(numbers), "steps": intervals}}


def _intervals(store: Store, run_id: str) -> Iterator[StoredInterval]:
    after = 0
    while found := store.intervals.stored(run_id, after=after, limit=INTERVALS_AT_ONCE):
        yield from found
        after = found[-1].snapshot.seq


def _interval(interval: StoredInterval, numbers: dict[OpKey, int]) -> Iterator[dict[str, Any]]:
    """A line for each operation that was not met before, then one for the step."""
    for key in (*interval.tallies, *interval.keyframe):
        if key not in numbers:
            numbers[key] = len(numbers)
            yield {"op": list(key)}
    body = {"snapshot": asdict(interval.snapshot), "intervals": _tallies(interval.tallies, numbers)}
    if interval.keyframe:
        body["keyframe"] = _tallies(interval.keyframe, numbers)
    yield {"step": body}


def _tallies(tallies: Mapping[OpKey, bytes], numbers: Mapping[OpKey, int]) -> list[list[object]]:
    return [[numbers[key], base64.b64encode(blob).decode()] for key, blob in tallies.items()]


def _file(path: Path) -> Iterator[dict[str, Any]]:
    for chunk in _chunks(path):
        yield {"file": path.name, "data": base64.b64encode(chunk).decode()}


def _chunks(path: Path) -> Iterable[bytes]:
    try:
        if path.name == ENDPOINTS:
            yield masked_endpoints(path.read_bytes())
            return
        with path.open("rb") as file:
            while chunk := file.read(FILE_CHUNK_BYTES):
                yield chunk
    except FileNotFoundError:
        return
