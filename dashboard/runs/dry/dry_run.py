"""One dry run from its runner's start to its end: what it has told so far, and how it ended. Nothing is stored."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from dashboard.engine.dry import DryEntry, parse_dry_entry
from dashboard.engine.exitcodes import final_status
from dashboard.model.run import Run, RunStatus, from_iso, iso
from dashboard.run_folder.files import ExitFile, PidFile, RunFolder, UnreadableFile
from dashboard.runs.live.finish import RunObservations, read_exit_status, with_first_error
from dashboard.runs.live.runner_watch import RunnerWatcher
from dashboard.runs.publish.console import ConsoleTail

TICK_S = 0.1
MOST_LINES = 200
MOST_ENTRIES = 10_000
MOST_CHARACTERS = 32 * 1024 * 1024


class DryStatus(StrEnum):
    """How far a dry run is, or how it ended."""

    STARTING = "starting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELED = "canceled"
    TIMED_OUT = "timed_out"

    @property
    def has_ended(self) -> bool:
        """Nothing more will come."""
        return self not in (DryStatus.STARTING, DryStatus.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class DryState:
    """What is known of it now."""

    status: DryStatus = DryStatus.STARTING
    message: str | None = None
    ended_at: datetime | None = None


class DryRun:
    """Reads the run folder until the end, and removes it then."""

    def __init__(self, run: Run, folder: RunFolder, limit: str, clock: Callable[[], datetime]) -> None:
        self.run = run
        self.state = DryState()
        self._folder = folder
        self._limit = limit
        self._clock = clock
        self._console = ConsoleTail(folder)
        self._findings = RunObservations()
        self._lock = threading.Lock()
        self._entries: list[DryEntry] = []
        self._characters = 0
        self._lines: list[dict[str, Any]] = []
        self._watcher: RunnerWatcher | None = None

    def watch(self, start_runner: Callable[[RunFolder], int], runner_pid: int) -> None:
        """Its runner was started."""
        self._watcher = RunnerWatcher(self._folder, self.run.run_id, start_runner, runner_pid)

    def tick(self, now: float) -> float | None:
        """One look; None when it is over and nothing of it is left on the disk."""
        exit_file = self._exit()  # before the console: once it is there, that is complete
        over = exit_file is not None or (self._watcher is not None and self._watcher.is_over(now))
        self._take_console(ended=over)
        if not over:
            if self.state.status is DryStatus.STARTING and self._folder.has(PidFile):
                self.state = DryState(status=DryStatus.RUNNING)
            return TICK_S
        if not self.state.status.has_ended:
            self.state = self._end(exit_file or self._exit())
        if self._watcher is not None:
            self._watcher.reap()
        shutil.rmtree(self._folder.path, ignore_errors=True)
        return None

    def answer(self, after: int) -> dict[str, Any]:
        """Everything for people; entries from number `after` on."""
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
            "after": after,
            "entries": [entry.model_dump(by_alias=True) for entry in entries[after:]],
            "log": lines,
        }

    def _exit(self) -> ExitFile | None:
        try:
            return self._folder.read(ExitFile)
        except UnreadableFile:
            return None

    def _take_console(self, *, ended: bool) -> None:
        while True:
            found = self._console.poll(ended=ended)
            self._findings.read(found.lines)
            with self._lock:
                room = MOST_LINES - len(self._lines)
                self._lines += [line.entry() for line in found.lines[:room]]
                for _, raw in found.payload_lines:
                    if entry := parse_dry_entry(raw):
                        self._add(entry)
            if not ended or not found.used:
                return

    def _add(self, entry: DryEntry) -> None:
        """What begins waits until it is answered: one user sends one request after the other."""
        if self._entries and self._entries[-1].state == "waiting":
            self._entries.pop()
        if len(self._entries) < MOST_ENTRIES:
            self._entries.append(self._without_much(entry))

    def _without_much(self, entry: DryEntry) -> DryEntry:
        """Bodies are left out once all of them together are too large."""
        exchange = entry.exchange
        if exchange is None:
            return entry
        self._characters += len(exchange.request.body or "") + len(exchange.response.body or "")
        if self._characters <= MOST_CHARACTERS:
            return entry
        bare = {"body": None, "omitted": "not_kept", "cut": False}
        parts = {
            "request": exchange.request.model_copy(update=bare),
            "response": exchange.response.model_copy(update=bare),
        }
        return entry.model_copy(update={"exchange": exchange.model_copy(update=parts)})

    def _end(self, exit_file: ExitFile | None) -> DryState:
        ending = read_exit_status(self.run, self._folder, exit_file, final_push=True)
        ended_at = from_iso(exit_file.ended_at) if exit_file else self._clock()
        if ending.timed_out:
            words = f"it took longer than {self._limit} (DRY_RUN_LIMIT){self._waiting_for()}"
            return DryState(status=DryStatus.TIMED_OUT, message=words, ended_at=ended_at)
        status, reason = final_status(replace(ending, timed_out=False))
        if ending.stop_requested and status is not RunStatus.FAILED:
            return DryState(status=DryStatus.CANCELED, message="canceled", ended_at=ended_at)
        if status is RunStatus.FINISHED:
            return DryState(status=DryStatus.FINISHED, message=self._verdict(), ended_at=ended_at)
        reason = with_first_error(reason, self._findings)
        return DryState(status=DryStatus.FAILED, message=reason, ended_at=ended_at)

    def _waiting_for(self) -> str:
        last = self._entries[-1] if self._entries else None
        waits = last is not None and last.state == "waiting"
        return f'; "{last.op}" was still waiting for an answer' if last and waits else ""

    def _verdict(self) -> str:
        """In one sentence."""
        answered = [entry for entry in self._entries if entry.exchange is not None]
        failed = sum(entry.failed for entry in answered)
        errors = {entry.exchange.response.error for entry in answered if entry.exchange}
        if answered and len(errors) == 1 and (error := next(iter(errors))):
            return f"the target does not answer: {error}"
        if not answered:
            return "nothing was sent"
        return f"{failed} of {len(answered)} requests failed" if failed else "every request passed"
