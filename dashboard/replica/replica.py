"""The replica as the rest of the program sees it: its loops, its state, and a refusal when it is too far behind."""

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
from dashboard.replica.elsewhere import Elsewhere
from dashboard.replica.influx import Influx, Target
from dashboard.replica.mirror import Mirror
from dashboard.replica.parcels import Packer
from dashboard.replica.points import milliseconds
from dashboard.replica.shipper import Shipper
from dashboard.replica.verify import compared
from dashboard.store.store import Store
from dashboard.store.mirrored import MirroredRuns
from dashboard.store.outbox import Outbox

TELL_EVERY_S = 5.0
TOLD = ("state", "last_error", "backlog_runs", "backlog_snapshots", "rejected", "foreign_waiting")
_KIND, _ORIGIN = "replica", "origin"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaSettings:
    """Where the replica lies, what this dashboard is called there, and how far it may lag."""

    url: str
    org: str
    bucket: str
    token: str = field(repr=False)
    origin: str
    most_waiting: int


class Replica:
    """Ships every run to InfluxDB, and takes over those of other dashboards."""

    def __init__(
        self,
        settings: ReplicaSettings,
        store: Store,
        outbox: Outbox,
        mirrored: MirroredRuns,
        busy: Callable[[], bool],
        clock: Callable[[], datetime],
        publish: Callable[[str, str, dict[str, object]], None],
    ) -> None:
        self._publish = publish
        self._told: tuple[object, ...] = ()
        self._told_at = 0.0
        self._settings = settings
        self._store = store
        self.influx = Influx(Target(settings.url, settings.org, settings.bucket, settings.token))
        self.outbox = outbox
        self.origin = settings.origin or own_name(store)
        packer = Packer(store, outbox, self.origin, lambda: milliseconds(clock()))
        self.shipper = Shipper(self.influx, outbox, packer, busy, clock)
        self.mirror = Mirror(self.influx, store, outbox, mirrored, self.origin, busy, self._tell_run)
        self.elsewhere = Elsewhere(self.influx, self.origin, clock, self._tell_elsewhere)
        self._loops = [
            Loop("replica-shipper", self._ship),
            Loop("replica-mirror", self.mirror.tick),
            Loop("replica-elsewhere", self.elsewhere.tick),
        ]

    def _ship(self, now: float) -> float:
        pause_s = self.shipper.tick(now)
        if now - self._told_at >= TELL_EVERY_S:
            self._told_at = now
            self._tell_state()
        return pause_s

    def _tell_state(self) -> None:
        """What the page shows of the replica, when it has changed."""
        found = self.status()
        told = tuple(found[name] for name in TOLD)
        if told != self._told:
            self._told = told
            self._publish("runs", "replica", {"configured": True, **found})

    def _tell_elsewhere(self, found: list[dict[str, Any]]) -> None:
        self._publish("runs", "elsewhere", {"runs": found})

    def _tell_run(self, run: Run) -> None:
        self._publish("runs", "run", record_of(run))

    def start(self) -> None:
        """Begin."""
        for loop in self._loops:
            loop.start()

    def stop(self) -> None:
        """End soon: what a request under way would have said is asked again at the next start."""
        for loop in self._loops:
            loop.stop(timeout_s=1.0)
        self.influx.close()

    def try_now(self) -> tuple[int, int]:
        """Send refused lines once more, and everything else at once. Raises InfluxError."""
        self.wake()
        return self.shipper.retry_parked()

    def wake(self) -> None:
        """Try at once."""
        self.shipper.wake()
        for loop in self._loops:
            loop.wake()

    def backfill(self) -> int:
        """Have every run sent that never was; how many those are."""
        enlisted = self.outbox.add_all()
        self.wake()
        return enlisted

    def own_runs(self) -> list[RunId]:
        """Runs of this dashboard, oldest first."""
        return self.outbox.own_runs()

    def verify(self, run_ids: Sequence[RunId], *, repair: bool) -> list[dict[str, Any]]:
        """Both sides of runs that have ended; with `repair` what differs is sent anew. Raises InfluxError."""
        found = []
        for run_id in run_ids:
            run = self._store.runs.get(run_id)
            if run is not None and run.status.has_ended:
                found.append(compared(run, self._store, self.outbox, self.influx))
        if repair:
            for one in found:
                if not one.equal:
                    self.outbox.resend(one.run_id, delete_first=one.afresh)
            self.wake()
        return [one.answer() for one in found]

    def check_backlog(self) -> None:
        """Raises Unavailable while too much waits: a run that would be lost there shall not be run."""
        waiting = self.outbox.backlog().snapshots
        if waiting > self._settings.most_waiting:
            raise Unavailable(
                f"{waiting} snapshots wait for InfluxDB, INFLUXDB_MAX_BACKLOG allows "
                f"{self._settings.most_waiting}: see that InfluxDB answers, or raise the limit"
            )

    def health(self) -> list[dict[str, object]]:
        """State of its loops."""
        return [loop.health() for loop in self._loops]

    def status(self) -> dict[str, Any]:
        """For `/health`."""
        waiting, trouble = self.outbox.backlog(), self.shipper.trouble
        return {
            "url": self._settings.url,
            "bucket": self._settings.bucket,
            "origin": self.origin,
            "state": "blocked" if trouble and trouble.mend else "away" if trouble else "ok",
            "last_error": trouble.words if trouble else None,
            "since": iso(trouble.since) if trouble else None,
            "backlog_runs": waiting.runs,
            "backlog_snapshots": waiting.snapshots,
            "oldest": waiting.oldest,
            "rejected": waiting.rejected,
            "foreign_waiting": self.mirror.waiting,
            "points_per_s": round(self.shipper.points_per_s(time.monotonic()), 1),
            "last_sent_at": iso(self.shipper.last_sent_at),
        }


def own_name(store: Store) -> str:
    """Host name and a number of this data folder, made once: two dashboards of a host are two origins."""
    known = store.objects.get(_KIND, _ORIGIN)
    if known is None:
        known = {"name": f"{platform.node() or 'dashboard'}-{secrets.token_hex(3)}"}
        store.objects.put(_KIND, _ORIGIN, known)
    return str(known["name"])
