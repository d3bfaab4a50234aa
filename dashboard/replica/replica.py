"""The replica as the rest of the dashboard uses it: its loops, its status, and the limit of its backlog."""

import platform
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dashboard.loop import Loop
from dashboard.model.errors import Unavailable
from dashboard.model.record import record_of
from dashboard.model.run import Run, RunId, iso
from dashboard.replica.batches import BatchBuilder
from dashboard.replica.client import InfluxClient, InfluxTarget
from dashboard.replica.mirror import Mirror
from dashboard.replica.points import unix_ms
from dashboard.replica.remote_runs import RemoteRunWatch
from dashboard.replica.shipper import Shipper
from dashboard.replica.verify import verify_run
from dashboard.store.store import Store

PUBLISH_INTERVAL_S = 5.0
PUBLISHED_KEYS = ("state", "last_error", "backlog_runs", "backlog_snapshots", "rejected", "remote_waiting")
_KIND, _ORIGIN = "replica", "origin"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaSettings:
    """Address of the replica, name of this dashboard there, and the limit of the backlog."""

    url: str
    org: str
    bucket: str
    token: str = field(repr=False)
    origin: str
    max_backlog: int


class Replica:
    """Sends every run to InfluxDB and copies the runs of other dashboards. `is_live`: whether any run is live."""

    def __init__(
        self,
        settings: ReplicaSettings,
        store: Store,
        is_live: Callable[[], bool],
        clock: Callable[[], datetime],
        publish: Callable[[str, str, dict[str, object]], None],
    ) -> None:
        self._publish = publish
        self._published: tuple[object, ...] = ()
        self._published_at = 0.0
        self._settings = settings
        self._store = store
        self.influx = InfluxClient(InfluxTarget(settings.url, settings.org, settings.bucket, settings.token))
        self.outbox = store.outbox
        self.origin = settings.origin or _default_origin(store)
        builder = BatchBuilder(store, self.outbox, self.origin, lambda: unix_ms(clock()))
        self.shipper = Shipper(self.influx, self.outbox, builder, is_live, clock)
        self.mirror = Mirror(self.influx, store, store.mirrored, self.origin, is_live, self._publish_run)
        self.remote_runs = RemoteRunWatch(self.influx, self.origin, clock, self._publish_remote_runs)
        self._loops = [
            Loop("replica-shipper", self._ship),
            Loop("replica-mirror", self.mirror.tick),
            Loop("replica-remote-runs", self.remote_runs.tick),
        ]

    def start(self) -> None:
        """Start the loops."""
        for loop in self._loops:
            loop.start()

    def stop(self) -> None:
        """Stop the loops without waiting for a response. The next start repeats an unfinished request."""
        for loop in self._loops:
            loop.stop(timeout_s=1.0)
        self.influx.close()

    def wake(self) -> None:
        """Run all loops now."""
        self.shipper.wake()
        for loop in self._loops:
            loop.wake()

    def retry_now(self) -> tuple[int, int]:
        """Send the backlog now, and send the rejected lines again.

        Returns how many of these lines were accepted and how many were rejected again. Raises InfluxError.
        """
        self.wake()
        return self.shipper.retry_rejected()

    def backfill(self) -> int:
        """Add to the backlog every run that was never sent. Return how many were added."""
        added = self.outbox.add_all()
        self.wake()
        return added

    def own_runs(self) -> list[RunId]:
        """Return the ended runs of this dashboard, oldest first."""
        return self.outbox.own_runs()

    def verify(self, run_ids: Sequence[RunId], *, repair: bool) -> list[dict[str, Any]]:
        """Compare ended runs with their replica. With `repair`, resend those that differ. Raises InfluxError."""
        runs = [self._store.runs.get(run_id) for run_id in run_ids]
        results = [verify_run(run, self._store, self.influx) for run in runs if run and run.status.has_ended]
        if repair:
            for result in results:
                if not result.equal:
                    self.outbox.resend(result.run_id, delete_first=result.must_delete)
            self.wake()
        return [result.answer() for result in results]

    def check_backlog(self) -> None:
        """Raise Unavailable when the backlog exceeds its limit, so that no run starts that may never be replicated."""
        waiting = self.outbox.backlog().snapshots
        if waiting > self._settings.max_backlog:
            raise Unavailable(
                f"{waiting} snapshots are waiting for InfluxDB, and INFLUXDB_MAX_BACKLOG allows "
                f"{self._settings.max_backlog}. Make InfluxDB available, or raise the limit."
            )

    def health(self) -> list[dict[str, object]]:
        """Return the state of the loops."""
        return [loop.health() for loop in self._loops]

    def status(self) -> dict[str, Any]:
        """Return the status for `GET /influx/status` and `/health`."""
        backlog, error = self.outbox.backlog(), self.shipper.error
        return {
            "url": self._settings.url,
            "bucket": self._settings.bucket,
            "origin": self.origin,
            "state": "blocked" if error and error.is_denied else "unreachable" if error else "ok",
            "last_error": error.message if error else None,
            "since": iso(error.since) if error else None,
            "backlog_runs": backlog.runs,
            "backlog_snapshots": backlog.snapshots,
            "oldest": backlog.oldest,
            "rejected": backlog.rejected,
            "remote_waiting": self.mirror.waiting,
            "points_per_s": round(self.shipper.points_per_s(time.monotonic()), 1),
            "last_sent_at": iso(self.shipper.last_sent_at),
        }

    def _ship(self, now: float) -> float:
        pause_s = self.shipper.tick(now)
        if now - self._published_at >= PUBLISH_INTERVAL_S:
            self._published_at = now
            self._publish_status()
        return pause_s

    def _publish_status(self) -> None:
        """Publish the status when a part that the page shows has changed."""
        status = self.status()
        shown = tuple(status[name] for name in PUBLISHED_KEYS)
        if shown != self._published:
            self._published = shown
            self._publish("runs", "replica", {"configured": True, **status})

    def _publish_remote_runs(self, records: list[dict[str, Any]]) -> None:
        self._publish("runs", "remote_runs", {"runs": records})

    def _publish_run(self, run: Run) -> None:
        self._publish("runs", "run", record_of(run))


def _default_origin(store: Store) -> str:
    """Return the host name with a random suffix, stored once: two data folders on one host are two origins."""
    stored = store.objects.get(_KIND, _ORIGIN)
    if stored is None:
        stored = {"name": f"{platform.node() or 'dashboard'}-{secrets.token_hex(3)}"}
        store.objects.put(_KIND, _ORIGIN, stored)
    return str(stored["name"])
