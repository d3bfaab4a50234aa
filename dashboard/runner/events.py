"""runner-events.jsonl: what the runner did that users should see, one JSON object per line, bounded."""

import json
import os
import threading
from typing import Final

from dashboard.durable import write_all
from dashboard.run_folder.files import RunFolder
from dashboard.runner.log import RunnerLog, unix_ms

MAX_EVENTS: Final = 2_000


class RunnerEventLog:
    """Appends events, continues after an earlier runner, and marks the point where the limit was reached."""

    def __init__(self, folder: RunFolder, log: RunnerLog, max_events: int = MAX_EVENTS) -> None:
        self._path = folder.runner_events
        self._log = log
        self._max_events = max_events
        self._lock = threading.Lock()
        self._written = self._count_existing()

    def append(self, kind: str, **fields: object) -> None:
        """Append one event. Its number `n` lets a reader skip the events that it has already published."""
        with self._lock:
            if self._written >= self._max_events:
                return
            self._written += 1
            if self._written == self._max_events:
                kind, fields = "events_full", {}
            self._write({"n": self._written, "at_ms": unix_ms(), "kind": kind, **fields})

    def _write(self, event: dict[str, object]) -> None:
        line = json.dumps(event, separators=(",", ":")).encode() + b"\n"
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                write_all(descriptor, line)
            finally:
                os.close(descriptor)
        except OSError as error:  # a full disk must not stop the run
            self._log.line(f"a runner event could not be written: {error}")

    def _count_existing(self) -> int:
        try:
            return self._path.read_bytes().count(b"\n")
        except OSError:
            return 0
