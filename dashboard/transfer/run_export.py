"""The export of a run: gzip-compressed JSON lines, written one interval at a time. docs/formats.md describes them."""

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from dashboard.model.events import Event
from dashboard.model.masking import mask_json, mask_texts
from dashboard.model.run import Run
from dashboard.model.slo import SloResult
from dashboard.model.snapshot import OpKey
from dashboard.run_folder.files import RunFolder
from dashboard.store.store import Store
from dashboard.store.values import StoredInterval
from dashboard.transfer.masking import mask_console, mask_endpoints

FORMAT: Final = "k6-dashboard-run"
VERSION: Final = 1
ENDPOINTS, CONSOLE, CONSOLE_STATE = "endpoints.json", "console.log", "console.json"
FILES = (ENDPOINTS, CONSOLE, CONSOLE_STATE)
INTERVALS_AT_ONCE = 200
FILE_CHUNK_BYTES = 128 * 1024
COMPRESSION_CHUNK_BYTES = 64 * 1024
RUNS: TypeAdapter[Run] = TypeAdapter(Run)
EVENTS: TypeAdapter[Event] = TypeAdapter(Event)
SLO_RESULTS: TypeAdapter[SloResult] = TypeAdapter(SloResult)


def export_name(run_id: str) -> str:
    """Return the file name of the export."""
    return f"{run_id}.run.gz"


def export_chunks(store: Store, run: Run, folder: RunFolder) -> Iterator[bytes]:
    """Yield the export of a run that has ended, as the store has it at the time of the call."""
    compressor = zlib.compressobj(6, wbits=31)
    buffered: list[bytes] = []
    size = 0
    for line in _lines(store, run, folder):
        text = json.dumps(line, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        buffered.append(text)
        size += len(text)
        if size > COMPRESSION_CHUNK_BYTES:
            yield compressor.compress(b"".join(buffered))
            buffered, size = [], 0
    yield compressor.compress(b"".join(buffered)) + compressor.flush()


def _lines(store: Store, run: Run, folder: RunFolder) -> Iterator[dict[str, Any]]:
    run = store.runs.get(run.run_id) or run
    yield {"format": FORMAT, "version": VERSION, "run_id": run.run_id}
    yield {"run": mask_texts(RUNS.dump_python(run, mode="json"))}
    events = [event for _, event in store.events.of_run(run.run_id)]
    for event in events:
        yield {"event": mask_texts(EVENTS.dump_python(event, mode="json"))}
    for result in store.slo_results.of_run(run.run_id):
        yield {"slo": SLO_RESULTS.dump_python(result, mode="json")}
    for position, body in store.exchanges.of_run(run.run_id):
        yield {"exchange": [position, mask_json(json.loads(body))]}
    intervals = 0
    op_numbers: dict[OpKey, int] = {}
    for interval in _intervals(store, run.run_id):
        intervals += 1
        yield from _interval_lines(interval, op_numbers)
    for name in FILES:
        yield from _file_lines(folder.path / name)
    yield {"end": {"events": len(events), "ops": len(op_numbers), "intervals": intervals}}


def _intervals(store: Store, run_id: str) -> Iterator[StoredInterval]:
    after = 0
    while intervals := store.intervals.read(run_id, after=after, limit=INTERVALS_AT_ONCE):
        yield from intervals
        after = intervals[-1].snapshot.seq


def _interval_lines(interval: StoredInterval, op_numbers: dict[OpKey, int]) -> Iterator[dict[str, Any]]:
    """Yield a line for each operation that occurs for the first time, then the line of the interval."""
    for key in (*interval.tallies, *interval.keyframe):
        if key not in op_numbers:
            op_numbers[key] = len(op_numbers)
            yield {"op": list(key)}
    body = {"snapshot": asdict(interval.snapshot), "tallies": _tallies(interval.tallies, op_numbers)}
    if interval.keyframe:
        body["keyframe"] = _tallies(interval.keyframe, op_numbers)
    yield {"interval": body}


def _tallies(tallies: Mapping[OpKey, bytes], op_numbers: Mapping[OpKey, int]) -> list[list[object]]:
    return [[op_numbers[key], base64.b64encode(blob).decode()] for key, blob in tallies.items()]


def _file_lines(path: Path) -> Iterator[dict[str, Any]]:
    for chunk in _file_chunks(path):
        yield {"file": path.name, "data": base64.b64encode(chunk).decode()}


def _file_chunks(path: Path) -> Iterable[bytes]:
    """Yield the content of `path` with secrets masked; nothing if the file does not exist."""
    try:
        if path.name == ENDPOINTS:
            yield mask_endpoints(path.read_bytes())
            return
        with path.open("rb") as file:
            yield from _in_chunks(mask_console(file))
    except FileNotFoundError:
        return


def _in_chunks(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines joined to chunks of at least FILE_CHUNK_BYTES."""
    buffered: list[bytes] = []
    size = 0
    for line in lines:
        buffered.append(line)
        size += len(line)
        if size >= FILE_CHUNK_BYTES:
            yield b"".join(buffered)
            buffered, size = [], 0
    if buffered:
        yield b"".join(buffered)
