"""The live runs of this process, and the lock under which runs are started, steered, stopped and ended."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from dashboard.loop import Loop
from dashboard.model.errors import Conflict, NotFound
from dashboard.model.run import Run, RunId
from dashboard.store.store import Store


class LiveSession(Protocol):
    """The owner of one live run. `run` is the published record, `rest_port` the port of k6's REST API."""

    run: Run
    rest_port: int | None

    def tick(self, now: float) -> float | None:
        """Process what is new. Returns the seconds until the next tick, or None once the run has ended."""

    def rewrite(self, change: Callable[[Run], Run]) -> Run | None:
        """Apply `change` to the record and return it. None when the run has ended."""


@dataclass(frozen=True, slots=True)
class _Entry:
    session: LiveSession
    loop: Loop


class LiveRuns:
    """One session per live run, each with its own loop.

    Code that changes the set of live runs, or depends on it, holds `lock`. Readers need no lock.
    """

    def __init__(self, store: Store) -> None:
        self.lock = threading.RLock()
        self._store = store
        self._entries: dict[RunId, _Entry] = {}

    def add(self, session: LiveSession) -> None:
        """Start the loop of a session."""
        run_id = session.run.run_id
        loop = Loop(f"run-{run_id}", session.tick)
        self._entries[run_id] = _Entry(session, loop)
        loop.start()

    def remove(self, run_id: RunId) -> None:
        """Forget a session whose run has ended. Its loop ends after the current tick."""
        self._entries.pop(run_id, None)

    def session(self, run_id: RunId) -> LiveSession | None:
        """Return the session of a live run. It is removed shortly after the run has ended."""
        entry = self._entries.get(run_id)
        return entry.session if entry else None

    def runs(self) -> list[Run]:
        """Return the live runs, newest first."""
        published = (entry.session.run for entry in list(self._entries.values()))
        live = (run for run in published if not run.status.has_ended)
        return sorted(live, key=lambda run: run.run_id, reverse=True)

    def run(self, run_id: RunId) -> Run | None:
        """Return the published record of a run with a session."""
        session = self.session(run_id)
        return session.run if session else None

    def newest_id(self) -> RunId:
        """Return the id of the newest live run. Raises Conflict when no run is live."""
        live = self.runs()
        if not live:
            raise Conflict("No run is live.")
        return live[0].run_id

    def find(self, run_id: RunId | None) -> Run:
        """Return the run with this id, live or not; without an id, the newest live run. Raises Conflict, NotFound."""
        run_id = run_id or self.newest_id()
        run = self.run(run_id) or self._store.runs.get(run_id)
        if run is None:
            raise NotFound(f"Run {run_id} does not exist.")
        return run

    def rest_port(self, run_id: RunId) -> int | None:
        """Return the port of k6's REST API while the run is live."""
        session = self.session(run_id)
        return session.rest_port if session else None

    def rest_ports(self) -> frozenset[int]:
        """Return the ports of the REST APIs of all live runs."""
        ports = (self.rest_port(run.run_id) for run in self.runs())
        return frozenset(port for port in ports if port is not None)

    def wake(self, run_id: RunId) -> None:
        """Make the session of a run read its folder now."""
        entry = self._entries.get(run_id)
        if entry is not None:
            entry.loop.wake()

    def health(self) -> list[dict[str, object]]:
        """Return the state of each loop, for `/health`."""
        return [entry.loop.health() for entry in list(self._entries.values())]

    def stop_loops(self) -> None:
        """Stop every loop at a committed position. k6 and its runners keep running."""
        for entry in list(self._entries.values()):
            entry.loop.stop()
