"""One dry run, from the start of its runner to its end. Nothing is stored in the database."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from dashboard.engine.dry import DryRunEntry, parse_dry_entry
from dashboard.engine.exitcodes import final_status
from dashboard.model.run import Run, RunStatus, from_iso, iso
from dashboard.run_folder.files import ExitFile, PidFile, RunFolder
from dashboard.run_folder.validation import UnreadableFile
from dashboard.runs.dry.summary import summarize, summarize_untried
from dashboard.runs.live.ending import read_exit_status, with_first_error
from dashboard.runs.live.observations import RunObservations
from dashboard.runs.live.runner_watch import RunnerWatcher
from dashboard.runs.publish.console import ConsoleTail

TICK_INTERVAL_S = 0.1
MAX_LOG_LINES = 200
MAX_ENTRIES = 10_000
MAX_TOTAL_BODY_CHARACTERS = 32 * 1024 * 1024


class DryStatus(StrEnum):
    """The state of a dry run."""

    STARTING = "starting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELED = "canceled"
    TIMED_OUT = "timed_out"

    @property
    def has_ended(self) -> bool:
        """Whether the state is final."""
        return self not in (DryStatus.STARTING, DryStatus.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class DryState:
    """The state of a dry run, with its reason once it has ended."""

    status: DryStatus = DryStatus.STARTING
    message: str | None = None
    ended_at: datetime | None = None


class DryRun:
    """Reads the run folder until the dry run has ended, then deletes the folder."""

    def __init__(self, run: Run, folder: RunFolder, limit: str, clock: Callable[[], datetime]) -> None:
        self.run = run
        self.state = DryState()
        self._folder = folder
        self._limit = limit
        self._clock = clock
        self._console = ConsoleTail(folder)
        self._observations = RunObservations()
        self._lock = threading.Lock()
        self._entries: list[DryRunEntry] = []
        self._body_characters = 0
        self._lines: list[dict[str, Any]] = []
        self._watcher: RunnerWatcher | None = None

    def watch(self, start_runner: Callable[[RunFolder], int], runner_pid: int) -> None:
        """Watch the runner that was started for this dry run."""
        self._watcher = RunnerWatcher(self._folder, self.run.run_id, start_runner, runner_pid)

    def tick(self, now: float) -> float | None:
        """Process new output; return the seconds until the next tick, or None once the folder is deleted."""
        exit_file = self._read_exit_file()  # before the console, which is complete once this file exists
        over = exit_file is not None or (self._watcher is not None and self._watcher.is_over(now))
        self._read_console(ended=over)
        if not over:
            if self.state.status is DryStatus.STARTING and self._folder.has(PidFile):
                self.state = DryState(status=DryStatus.RUNNING)
            return TICK_INTERVAL_S
        if not self.state.status.has_ended:
            self.state = self._final_state(exit_file or self._read_exit_file())
        if self._watcher is not None:
            self._watcher.reap()
        shutil.rmtree(self._folder.path, ignore_errors=True)
        return None

    def to_json(self, after: int) -> dict[str, Any]:
        """Return the state for the API, with the entries from index `after` on."""
        with self._lock:
            entries = list(self._entries)
            lines = list(self._lines)
        state, run = self.state, self.run
        until = state.ended_at or self._clock()
        return {
            "dry_id": run.run_id,
            "status": state.status.value,
            "message": state.message,
            "base_url": run.config.base_url,
            "started_at": iso(run.created_at),
            "ended_at": iso(state.ended_at),
            "elapsed_s": round(max(0.0, (until - run.created_at).total_seconds()), 3),
            "answered": sum(entry.state == "answered" for entry in entries),
            "failed": sum(entry.failed for entry in entries),
            "skipped": sum(entry.state == "skipped" for entry in entries),
            "excluded": sum(entry.state == "excluded" for entry in entries),
            "after": after,
            "entries": [entry.model_dump(by_alias=True) for entry in entries[after:]],
            "log": lines,
        }

    def _read_exit_file(self) -> ExitFile | None:
        try:
            return self._folder.read(ExitFile)
        except UnreadableFile:
            return None

    def _read_console(self, *, ended: bool) -> None:
        while True:
            chunk = self._console.poll(ended=ended)
            self._observations.add_lines(chunk.lines)
            with self._lock:
                free = MAX_LOG_LINES - len(self._lines)
                self._lines += [line.entry() for line in chunk.lines[:free]]
                for _, raw in chunk.payload_lines:
                    if entry := parse_dry_entry(raw):
                        self._add(entry)
            if not ended or not chunk.used_bytes:
                return

    def _add(self, entry: DryRunEntry) -> None:
        """Append `entry`. It replaces a waiting entry, because a single user sends one request at a time."""
        if self._entries and self._entries[-1].state == "waiting":
            self._entries.pop()
        if len(self._entries) < MAX_ENTRIES:
            self._entries.append(self._within_body_limit(entry))

    def _within_body_limit(self, entry: DryRunEntry) -> DryRunEntry:
        """Return `entry`, without its bodies once all bodies together exceed the limit."""
        exchange = entry.exchange
        if exchange is None:
            return entry
        self._body_characters += len(exchange.request.body or "") + len(exchange.response.body or "")
        if self._body_characters <= MAX_TOTAL_BODY_CHARACTERS:
            return entry
        no_body = {"body": None, "omitted": "not_kept", "cut": False}
        parts = {
            "request": exchange.request.model_copy(update=no_body),
            "response": exchange.response.model_copy(update=no_body),
        }
        return entry.model_copy(update={"exchange": exchange.model_copy(update=parts)})

    def _final_state(self, exit_file: ExitFile | None) -> DryState:
        exit_status = read_exit_status(self.run, self._folder, exit_file, final_push=True)
        ended_at = from_iso(exit_file.ended_at) if exit_file else self._clock()
        if exit_status.timed_out:
            message = f"exceeded DRY_RUN_LIMIT ({self._limit}){self._pending_request_text()}"
            return DryState(status=DryStatus.TIMED_OUT, message=message, ended_at=ended_at)
        status, reason = final_status(exit_status)
        if exit_status.stop_requested and status is not RunStatus.FAILED:
            return DryState(status=DryStatus.CANCELED, message="canceled", ended_at=ended_at)
        if status is RunStatus.FINISHED:
            untried = summarize_untried(self._entries)
            ended = DryStatus.FAILED if untried else DryStatus.FINISHED
            return DryState(status=ended, message=untried or summarize(self._entries), ended_at=ended_at)
        reason = with_first_error(reason, self._observations)
        return DryState(status=DryStatus.FAILED, message=reason, ended_at=ended_at)

    def _pending_request_text(self) -> str:
        last = self._entries[-1] if self._entries else None
        return f' while "{last.op}" waited for a response' if last and last.state == "waiting" else ""
