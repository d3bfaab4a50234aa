"""facts.jsonl: what the runner did that people are to be told, one JSON object a line, bounded."""

import json
import os
import threading
from typing import Final

from dashboard.run_folder.durable import write_all
from dashboard.run_folder.files import RunFolder
from dashboard.runner.log import Log, unix_ms

MAX_EVENTS: Final = 2_000


class RunnerEventLog:
    """Appends, goes on after an earlier runner, and says once that there were too many."""

    def __init__(self, folder: RunFolder, log: Log, most: int = MAX_EVENTS) -> None:
        self._path = folder.facts
        self._log = log
        self._most = most
        self._lock = threading.Lock()
        self._written = self._earlier()

    def tell(self, kind: str, **facts: object) -> None:
        """One more; `n` numbers them, so that a reader knows which it has told already."""
        with self._lock:
            if self._written >= self._most:
                return
            self._written += 1
            if self._written == self._most:
                kind, facts = "events_full", {}
            self._append({"n": self._written, "at_ms": unix_ms(), "kind": kind, **facts})

    def _append(self, fact: dict[str, object]) -> None:
        line = json.dumps(fact, separators=(",", ":")).encode() + b"\n"
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                write_all(descriptor, line)
            finally:
                os.close(descriptor)
        except OSError as error:  # a full disk is no reason to stop
            self._log.line(f"a fact could not be written: {error}")

    def _earlier(self) -> int:
        try:
            return self._path.read_bytes().count(b"\n")
        except OSError:
            return 0
