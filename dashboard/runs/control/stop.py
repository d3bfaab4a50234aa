"""Asks the runner to stop a run, even when the run folder cannot be written."""

import signal
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from dashboard.model.errors import Unavailable
from dashboard.model.run import RunId, iso
from dashboard.run_folder.files import RunFolder, StopFile
from dashboard.run_folder.validation import UnreadableFile
from dashboard.runner.processes.posix import find_all, send
from dashboard.runs.control.live_runs import LiveRuns
from dashboard.store.errors import StoreError

STOPPED_BY_USER = "requested"


def request_stop(
    folder: RunFolder, now: datetime, reason: str = STOPPED_BY_USER, *, immediate: bool = False
) -> None:
    """Write stop.json. Raises Unavailable when that fails and no runner can be signaled instead.

    A full disk or a missing run folder must not keep the load running. `immediate` does not wait for running
    iterations; it also overrides an earlier stop that waits for them.
    """
    try:
        earlier = folder.read(StopFile)
    except UnreadableFile:
        return
    if earlier is not None and (earlier.immediate is True or not immediate):
        return
    try:
        reason = earlier.reason if earlier else reason
        folder.write(StopFile(requested_at=str(iso(now)), reason=reason, immediate=immediate))
    except OSError as error:
        runners = find_all(str(folder.path))
        if not runners:
            raise Unavailable(
                f"The stop request cannot be written to {folder.path} ({error.strerror}), "
                "and no runner of this run is running."
            ) from None
        for runner in runners:
            send(runner, signal.SIGTERM)


def record_stopper(live_runs: LiveRuns, run_id: RunId, by: str | None) -> None:
    """Store who was the first to stop a live run. `by` is None when the dashboard itself stops it.

    The caller must not hold the lock of `live_runs`: a session that holds its own lock may wait for it.
    """
    session = live_runs.session(run_id)
    if session is None or by is None:
        return
    with suppress(StoreError):  # a full disk must not keep the load running
        session.rewrite(lambda run: replace(run, stopped_by=run.stopped_by or by))
