"""Asking a run's runner to stop k6, also where nothing can be written."""

import signal
from datetime import datetime

from dashboard.model.errors import Unavailable
from dashboard.model.run import iso
from dashboard.runner.folder import RunFolder, StopFile
from dashboard.runner.processes import find_all, send

ASKED = "asked"


def ask_to_stop(folder: RunFolder, now: datetime, reason: str = ASKED) -> None:
    """Leave stop.json with the reason; a full disk or a lost folder is none for load to go on. Raises Unavailable."""
    if folder.has(StopFile):
        return
    try:
        folder.write(StopFile(asked_at=str(iso(now)), reason=reason))
    except OSError as error:
        runners = find_all(str(folder.path))
        if not runners:
            words = f"the stop cannot be written to {folder.path} ({error.strerror}), and no runner is there"
            raise Unavailable(words) from None
        for runner in runners:
            send(runner, signal.SIGTERM)
