"""RunEditor: annotates and deletes runs."""

import shutil
from collections.abc import Callable

from dashboard.model.errors import Conflict, NotFound
from dashboard.model.run import Run, RunId
from dashboard.runs.control.live_runs import LiveRuns
from dashboard.runs.publish.hub import Hub
from dashboard.runs.publish.publisher import Publisher
from dashboard.runs.start.launcher import Launcher
from dashboard.store.errors import PinnedRun, StaleRun
from dashboard.store.store import Store


class RunEditor:
    """Changes stored runs. A live run is changed by its session, which owns the record."""

    def __init__(self, store: Store, hub: Hub, launcher: Launcher, live_runs: LiveRuns) -> None:
        self._store = store
        self._hub = hub
        self._launcher = launcher
        self._live_runs = live_runs

    def rewrite(self, run_id: RunId, change: Callable[[Run], Run]) -> Run:
        """Apply `change` to the record of a live or past run. Raises Conflict, NotFound."""
        session = self._live_runs.session(run_id)
        changed = session.rewrite(change) if session else None
        return changed or self._rewrite_stored(run_id, change)

    def delete(self, run_id: RunId, *, everywhere: bool = True) -> None:
        """Delete the record and the folder of an ended run; with `everywhere`, also its replica.

        Raises Conflict, NotFound.
        """
        with self._live_runs.lock:
            run = self._get_stored(run_id)
            if not run.status.has_ended or self._live_runs.session(run_id):
                raise Conflict(f"Run {run_id} is {run.status.value}. Stop it first.")
            if run.origin is not None:
                raise Conflict(f"Run {run_id} was recorded by {run.origin}. Delete it there.")
            try:
                self._store.runs.delete(run_id, everywhere=everywhere)
            except PinnedRun as error:
                raise Conflict(str(error)) from None
            shutil.rmtree(self._launcher.folder(run_id).path, ignore_errors=True)

    def _rewrite_stored(self, run_id: RunId, change: Callable[[Run], Run]) -> Run:
        with self._live_runs.lock:
            run = self._get_stored(run_id)
            changed = change(run)
            try:
                self._store.runs.update(changed, expected=(run.status,))
            except StaleRun:
                raise Conflict(f"Run {run_id} was started or deleted in the meantime. Try again.") from None
            Publisher(run_id, self._store, self._hub).publish_run(changed)
            return changed

    def _get_stored(self, run_id: RunId) -> Run:
        run = self._store.runs.get(run_id)
        if run is None:
            raise NotFound(f"Run {run_id} does not exist.")
        return run
