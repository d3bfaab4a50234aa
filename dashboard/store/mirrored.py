"""Which runs of other dashboards were taken over from InfluxDB."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from dashboard.model.run import RunId
from dashboard.store.connection import Connection

_PUT = "INSERT OR REPLACE INTO replica_mirror (run_id, origin, sent_ms) VALUES (?, ?, ?)"


class Mirrored:
    """What was taken over, and as it was there at which moment. Rows outlive their runs: see the migration."""

    def __init__(
        self,
        write: Callable[[Callable[[Connection], Any]], Any],
        reading: Callable[[], AbstractContextManager[Connection]],
    ) -> None:
        self._write = write
        self._reading = reading

    def known(self) -> dict[RunId, float]:
        """`sent_ms` of each run."""
        with self._reading() as db:
            return dict(db.execute("SELECT run_id, sent_ms FROM replica_mirror").fetchall())

    def put(self, run_id: RunId, origin: str, sent_ms: float) -> None:
        """This much is here now."""
        self._write(lambda db: db.execute(_PUT, (run_id, origin, sent_ms)).rowcount)

    def remove(self, run_id: RunId) -> None:
        """The run is gone there."""
        self._write(lambda db: db.execute("DELETE FROM replica_mirror WHERE run_id = ?", (run_id,)).rowcount)
