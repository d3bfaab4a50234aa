"""Import of an exported run: stored as a hidden draft part by part, then published as a whole or not at all."""

import base64
import binascii
import errno
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from dashboard.model.errors import Conflict
from dashboard.model.events import Event
from dashboard.model.run import Run, RunId
from dashboard.model.slo import SloResult
from dashboard.model.snapshot import OpKey
from dashboard.store.errors import RunExists
from dashboard.store.store import Store
from dashboard.store.values import StoredInterval
from dashboard.transfer.import_checks import (
    validate_event,
    validate_exchange,
    validate_interval,
    validate_op,
    validate_run,
    validate_slo,
)
from dashboard.transfer.import_lines import lines_of, reject
from dashboard.transfer.run_export import (
    CONSOLE,
    CONSOLE_STATE,
    ENDPOINTS,
    FORMAT,
    INTERVALS_AT_ONCE,
    VERSION,
)

MAX_LINES_PER_KIND, MAX_INTERVALS = 10_000, 200_000
MAX_FILE_BYTES = {CONSOLE: 80 * 1024 * 1024, ENDPOINTS: 8 * 1024 * 1024, CONSOLE_STATE: 4_096}
UNFINISHED_PREFIX = ".import-"


@dataclass(slots=True)
class _PartialImport:
    """What has been read so far. `buffered` intervals are not yet part of the draft."""

    run: Run
    draft: int
    folder: Path
    ops: list[OpKey] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    results: list[SloResult] = field(default_factory=list)
    exchanges: dict[int, str] = field(default_factory=dict)
    buffered: list[StoredInterval] = field(default_factory=list)
    intervals: int = 0
    last_seq: int = 0
    file_bytes: dict[str, int] = field(default_factory=dict)


class RunImport:
    """Imports exported runs into `store` and `runs_folder`, the parent of all run folders."""

    def __init__(self, store: Store, runs_folder: Path, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._runs_folder = runs_folder
        self._clock = clock
        for folder in runs_folder.glob(
            f"{UNFINISHED_PREFIX}*"
        ):  # left by a server that ended during an import
            shutil.rmtree(folder, ignore_errors=True)

    def import_from(self, stream: IO[bytes]) -> Run:
        """Import the export in `stream` and return its run. Raises InvalidRequest, Conflict."""
        lines = lines_of(stream)
        run = self._read_head(lines)
        draft = self._store.drafts.open()
        folder = self._runs_folder / f"{UNFINISHED_PREFIX}{draft}"
        try:
            folder.mkdir(parents=True, mode=0o700)
            partial = _PartialImport(run, draft, folder)
            self._read(partial, lines)
            self._publish(partial)
        except BaseException:
            self._store.drafts.drop(draft)
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return partial.run

    def _read_head(self, lines: Iterator[dict[str, Any]]) -> Run:
        """Return the run, from the first two lines."""
        head = next(lines, {})
        if head.get("format") != FORMAT:
            reject(f"its format is not {FORMAT}")
        version = head.get("version")
        if not isinstance(version, int) or not 1 <= version <= VERSION:
            reject(f"its version is {str(version)[:20]}; this dashboard reads versions up to {VERSION}")
        run = validate_run(next(lines, {}).get("run"))
        if self._store.runs.get(run.run_id) or (self._runs_folder / run.run_id).exists():
            raise _already_exists(run.run_id)
        # From now on the run belongs to this dashboard, which may change and delete it.
        return replace(run, imported_at=self._clock(), origin=None, control=None)

    def _read(self, partial: _PartialImport, lines: Iterator[dict[str, Any]]) -> None:
        for line in lines:
            if "end" in line:
                counts = {
                    "events": len(partial.events),
                    "ops": len(partial.ops),
                    "intervals": partial.intervals,
                }
                if line["end"] != counts or next(lines, None) is not None:
                    reject("its last line does not match the lines before it")
                self._store.drafts.add(partial.draft, partial.buffered)
                return
            self._read_line(partial, line)
        reject("its last line is missing")

    def _read_line(self, partial: _PartialImport, line: dict[str, Any]) -> None:
        if "interval" in line:
            self._add_interval(partial, validate_interval(line["interval"], partial.ops, partial.last_seq))
        elif "op" in line:
            partial.ops.append(validate_op(line["op"]))
        elif "event" in line:
            partial.events.append(validate_event(line["event"]))
        elif "slo" in line:
            partial.results.append(validate_slo(line["slo"]))
        elif "exchange" in line:
            position, body = validate_exchange(line["exchange"])
            partial.exchanges[position] = body
        elif "file" in line:
            _append_to_file(partial, line)
        else:
            reject("a line is of an unknown kind")
        counts = (len(partial.ops), len(partial.events), len(partial.results), len(partial.exchanges))
        if max(counts) > MAX_LINES_PER_KIND or partial.intervals > MAX_INTERVALS:
            reject("it contains more lines than a run can have")

    def _add_interval(self, partial: _PartialImport, interval: StoredInterval) -> None:
        partial.buffered.append(interval)
        partial.intervals += 1
        partial.last_seq = interval.snapshot.seq
        if len(partial.buffered) >= INTERVALS_AT_ONCE:
            self._store.drafts.add(partial.draft, partial.buffered)
            partial.buffered = []

    def _publish(self, partial: _PartialImport) -> None:
        run_id = partial.run.run_id
        folder = self._runs_folder / run_id
        try:
            partial.folder.rename(folder)
        except OSError as error:
            if error.errno in (errno.EEXIST, errno.ENOTEMPTY):  # the same file is imported twice concurrently
                raise _already_exists(run_id) from None
            raise Conflict(f"The folder of run {run_id} cannot be created: {error.strerror}.") from None
        try:
            self._store.drafts.publish(
                partial.draft, partial.run, partial.events, partial.results, partial.exchanges
            )
        except RunExists:
            shutil.rmtree(folder, ignore_errors=True)
            raise _already_exists(run_id) from None


def _already_exists(run_id: RunId) -> Conflict:
    return Conflict(f"Run {run_id} already exists.", extra={"run_id": run_id})


def _append_to_file(partial: _PartialImport, line: dict[str, Any]) -> None:
    """Append a chunk to a file of the run folder."""
    name = line["file"]
    if not isinstance(name, str) or name not in MAX_FILE_BYTES:
        reject("it contains an unexpected file")
    try:
        data = base64.b64decode(str(line.get("data")), validate=True)
    except (binascii.Error, ValueError):
        reject(f"{name} cannot be decoded")
    size = partial.file_bytes[name] = partial.file_bytes.get(name, 0) + len(data)
    if size > MAX_FILE_BYTES[name]:
        reject(f"{name} is larger than {MAX_FILE_BYTES[name]:,} bytes")
    descriptor = os.open(partial.folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
