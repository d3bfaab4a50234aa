"""Reads documents in a process of their own: a huge or hostile one neither stalls the server nor fills its memory."""

import math
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboard.discovery.discovered import Discovered, ImportOptions, UnreadableDocument
from dashboard.discovery.exchange import ImportTask, ReadAnswer, encode_task, parse_answer
from dashboard.discovery.text.decode import MAX_DOCUMENT_BYTES
from dashboard.model.errors import Unavailable

MAX_PROCESSES = 2
DOCUMENT_TIMEOUT_S = 8.0
LOG_TIMEOUT_S = 300.0  # an access log may have a gigabyte
_WAIT_S = 10.0
_ROOT = Path(__file__).parents[2]


class ImportBusy(Unavailable):
    """Other documents are being read."""

    retry_after_s = 5

    def __init__(self) -> None:
        super().__init__("Other documents are being imported. Try again in some seconds.")


class DocumentImporter:
    """Reads documents, at most MAX_PROCESSES at the same time."""

    def __init__(self) -> None:
        self._slots = threading.BoundedSemaphore(MAX_PROCESSES)

    def read_bytes(
        self,
        raw: bytes,
        options: ImportOptions | None = None,
        format_name: str | None = None,
        *,
        max_s: float | None = None,
    ) -> Discovered:
        """Import a document, in at most `max_s` including the wait. Raises UnreadableDocument, ImportBusy."""
        with tempfile.NamedTemporaryFile(prefix="import-") as file:
            file.write(raw)
            file.flush()
            return self.read_file(Path(file.name), options, format_name, max_s=max_s)

    def read_file(
        self,
        path: Path,
        options: ImportOptions | None = None,
        format_name: str | None = None,
        *,
        max_s: float | None = None,
    ) -> Discovered:
        """Import a file, in at most `max_s` including the wait. Raises UnreadableDocument, ImportBusy."""
        task = ImportTask(options=options or ImportOptions(), format=format_name)
        timeout_s = DOCUMENT_TIMEOUT_S if path.stat().st_size <= MAX_DOCUMENT_BYTES else LOG_TIMEOUT_S
        end = math.inf if max_s is None else time.monotonic() + max_s
        with self._slot(end):
            answer = _run(path, task, min(timeout_s, max(0.1, round(end - time.monotonic(), 1))))
        if answer.found is None:
            raise UnreadableDocument(answer.refused or "The document could not be read.")
        return answer.found

    @contextmanager
    def _slot(self, end: float = math.inf) -> Iterator[None]:
        if not self._slots.acquire(timeout=max(0, min(_WAIT_S, end - time.monotonic()))):
            raise ImportBusy
        try:
            yield
        finally:
            self._slots.release()


def _run(path: Path, task: ImportTask, timeout_s: float) -> ReadAnswer:
    """Run the process. Its environment is empty: it needs no settings and must not see any secret."""
    command = [sys.executable, "-P", "-m", "dashboard.discovery", str(path)]
    try:
        done = subprocess.run(
            command,
            input=encode_task(task),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout_s,
            env={"PYTHONPATH": str(_ROOT)},
            check=False,
        )
        return parse_answer(done.stdout)
    except subprocess.TimeoutExpired:
        raise UnreadableDocument(
            f"Reading the document took longer than {timeout_s:g} s. Import a part of it, for example one service."
        ) from None
    except ValueError:
        raise UnreadableDocument(
            "The document could not be read: its import ended unexpectedly. It may need too much memory. "
            "Import a part of it."
        ) from None
