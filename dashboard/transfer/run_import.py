"""Import of an exported run: stored a part at a time where nobody sees it, and then there at once or not at all."""

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
    checked_event,
    checked_exchange,
    checked_op,
    checked_run,
    checked_slo,
    checked_interval,
)
from dashboard.transfer.import_lines import lines_of, refuse
from dashboard.transfer.run_export import FILES, FORMAT, INTERVALS_AT_ONCE, VERSION

MAX_PER_KIND, MAX_STEPS = 10_000, 200_000
MAX_FILE_BYTES = 80 * 1024 * 1024
UNFINISHED = ".import-"


@dataclass(slots=True)
class _Taken:
    """What has come so far."""

    run: Run
    draft: int
    folder: Path
    ops: list[OpKey] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    results: list[SloResult] = field(default_factory=list)
    exchanges: dict[int, str] = field(default_factory=dict)
    waiting: list[StoredInterval] = field(default_factory=list)
    intervals: int = 0
    last_seq: int = 0
    file_bytes: int = 0


class RunImport:
    """Takes exports in; `runs_folder` is where run folders lie."""

    def __init__(self, store: Store, runs_folder: Path, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._runs_folder = runs_folder
        self._clock = clock
        for folder in runs_folder.glob(f"{UNFINISHED}*"):  # cut off by the end of an earlier server
            shutil.rmtree(folder, ignore_errors=True)

    def take(self, stream: IO[bytes]) -> Run:
        """The run that `stream` is the export of, stored. Raises InvalidRequest, Conflict."""
        lines = lines_of(stream)
        run = self._opening(lines)
        draft = self._store.drafts.open()
        folder = self._runs_folder / f"{UNFINISHED}{draft}"
        try:
            folder.mkdir(parents=True, mode=0o700)
            taken = _Taken(run, draft, folder)
            self._read(taken, lines)
            self._finish(taken)
        except BaseException:
            self._store.drafts.drop(draft)
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return taken.run

    def _opening(self, lines: Iterator[dict[str, Any]]) -> Run:
        """The first two lines: what it is, and whether it is here already."""
        head = next(lines, {})
        if head.get("format") != FORMAT:
            refuse("it does not begin as an export does")
        version = head.get("version")
        if not isinstance(version, int) or not 1 <= version <= VERSION:
            refuse(f"its version is {str(version)[:20]}, this dashboard reads up to {VERSION}")
        run = checked_run(next(lines, {}).get("run"))
        if self._store.runs.get(run.run_id) or (self._runs_folder / run.run_id).exists():
            raise _there_already(run.run_id)
        # wherever it was recorded, it is this dashboard's own from now on: to be changed and deleted here
        return replace(run, imported_at=self._clock(), origin=None, control=None)

    def _read(self, taken: _Taken, lines: Iterator[dict[str, Any]]) -> None:
        for line in lines:
            if "end" in line:
                counted = {"events": len(taken.events), "ops": len(taken.ops), "steps": taken.intervals}
                if line["end"] != counted or next(lines, None) is not None:
                    refuse("its end does not fit what came before")
                self._store.drafts.add(taken.draft, taken.waiting)
                return
            self._take_line(taken, line)
        refuse("it has no end")

    def _take_line(self, taken: _Taken, line: dict[str, Any]) -> None:
        if "step" in line:
            self._take_interval(taken, checked_interval(line["step"], taken.ops, taken.last_seq))
        elif "op" in line:
            taken.ops.append(checked_op(line["op"]))
        elif "event" in line:
            taken.events.append(checked_event(line["event"]))
        elif "slo" in line:
            taken.results.append(checked_slo(line["slo"]))
        elif "exchange" in line:
            position, body = checked_exchange(line["exchange"])
            taken.exchanges[position] = body
        elif "file" in line:
            _write_file(taken, line)
        else:
            refuse("a line is of no kind that is known")
        few = (len(taken.ops), len(taken.events), len(taken.results), len(taken.exchanges))
        if max(few) > MAX_PER_KIND or taken.intervals > MAX_STEPS:
            refuse("it holds more than a run can")

    def _take_interval(self, taken: _Taken, interval: StoredInterval) -> None:
        taken.waiting.append(interval)
        taken.intervals += 1
        taken.last_seq = interval.snapshot.seq
        if len(taken.waiting) >= INTERVALS_AT_ONCE:
            self._store.drafts.add(taken.draft, taken.waiting)
            taken.waiting = []

    def _finish(self, taken: _Taken) -> None:
        place = self._runs_folder / taken.run.run_id
        try:
            taken.folder.rename(place)
        except OSError as error:
            if error.errno in (errno.EEXIST, errno.ENOTEMPTY):  # the same file came twice at once
                raise _there_already(taken.run.run_id) from None
            raise Conflict(
                f"The folder of run {taken.run.run_id} cannot be made: {error.strerror}."
            ) from None
        try:
            self._store.drafts.publish(taken.draft, taken.run, taken.events, taken.results, taken.exchanges)
        except RunExists:
            shutil.rmtree(place, ignore_errors=True)
            raise _there_already(taken.run.run_id) from None


def _there_already(run_id: RunId) -> Conflict:
    return Conflict(f"There is a run {run_id} already.", extra={"run_id": run_id})


def _write_file(taken: _Taken, line: dict[str, Any]) -> None:
    """Append a part of a file of the run folder."""
    name = line["file"]
    if name not in FILES:
        refuse("it holds a file that no run folder has")
    try:
        data = base64.b64decode(str(line.get("data")), validate=True)
    except (binascii.Error, ValueError):
        refuse(f"{name} cannot be read")
    taken.file_bytes += len(data)
    if taken.file_bytes > MAX_FILE_BYTES:
        refuse("its files are larger than a run's can be")
    descriptor = os.open(taken.folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
