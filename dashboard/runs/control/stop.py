"""Asking a run's runner to stop k6, also where nothing can be written."""

import signal
from datetime import datetime

from dashboard.model.errors import Unavailable
from dashboard.model.run import iso
from dashboard.run_folder.files import RunFolder, StopFile, UnreadableFile
from dashboard.runner.processes.posix import find_all, send

STOPPED_BY_USER = "asked"


def request_stop(folder: RunFolder, now: datetime, reason: str = STOPPED_BY_USER, *, immediate: bool = False) -> None:
    """Leave stop.json with the reason; a full disk or a lost folder is none for load to go on. Raises Unavailable.

    `immediate` does not wait for running iterations, also when the stop before did.
    """
    try:
        found = folder.read(StopFile)
    except UnreadableFile:
        return
    if found is not None and (found.immediate is True or not immediate):
        return
    try:
        reason = found.reason if found else reason
        folder.write(StopFile(asked_at=str(iso(now)), reason=reason, immediate=immediate))
    except OSError as error:
        runners = find_all(str(folder.path))
        if not runners:
            words = f"the stop cannot be written to {folder.path} ({error.strerror}), and no runner is there"
            raise Unavailable(words) from None
        for runner in runners:
            send(runner, signal.SIGTERM)
