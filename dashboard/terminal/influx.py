"""`bin/dashboard influx …`: through the live server of the data folder, or in this process."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from dashboard.model.errors import Conflict, Unavailable
from dashboard.replica.errors import InfluxError
from dashboard.services import DataDirInUse, Services
from dashboard.settings import Settings
from dashboard.terminal.backends import Remote, live_server

if TYPE_CHECKING:
    from dashboard.replica.replica import Replica

LOOK_S = 0.5
AT_ONCE = 20
PAGE = 1_000
NO_REPLICA = "no InfluxDB is configured: set INFLUXDB_URL"


class Desk(Protocol):
    """Where the replica is asked."""

    def status(self) -> Mapping[str, Any]:
        """As `GET /influx/status` answers."""

    def backfill(self) -> int:
        """Runs that are to be sent now and were not."""

    def retry(self) -> tuple[int, int]:
        """Parked lines that were sent, and that are still refused."""

    def run_ids(self) -> list[str]:
        """Runs of this dashboard that have ended."""

    def verify(self, run_ids: list[str], *, repair: bool) -> list[dict[str, Any]]:
        """Both sides of some runs."""


class LocalDesk:
    """The replica in this process."""

    def __init__(self, replica: "Replica") -> None:
        self._replica = replica

    def status(self) -> Mapping[str, Any]:
        return self._replica.status()

    def backfill(self) -> int:
        return self._replica.backfill()

    def retry(self) -> tuple[int, int]:
        with _told():
            return self._replica.try_now()

    def run_ids(self) -> list[str]:
        return self._replica.own_runs()

    def verify(self, run_ids: list[str], *, repair: bool) -> list[dict[str, Any]]:
        with _told():
            return self._replica.verify(run_ids, repair=repair)


class RemoteDesk:
    """The replica of the live server."""

    def __init__(self, server: Remote) -> None:
        self._server = server

    def status(self) -> Mapping[str, Any]:
        found: dict[str, Any] = self._server.ask("GET", "/influx/status")
        if not found["configured"]:
            raise Conflict(NO_REPLICA)
        return found

    def backfill(self) -> int:
        return int(self._server.ask("POST", "/influx/backfill", {})["runs"])

    def retry(self) -> tuple[int, int]:
        found = self._server.ask("POST", "/influx/retry", {})
        return int(found["sent"]), int(found["refused"])

    def run_ids(self) -> list[str]:
        found: list[dict[str, Any]] = []
        while True:
            before = f"&before={found[-1]['run_id']}" if found else ""
            page = self._server.ask("GET", f"/runs?limit={PAGE}{before}")
            found += page
            if len(page) < PAGE:
                return [run["run_id"] for run in found if run["ended_at"]]

    def verify(self, run_ids: list[str], *, repair: bool) -> list[dict[str, Any]]:
        body = {"run_ids": run_ids, "repair": repair}
        answered: list[dict[str, Any]] = self._server.ask("POST", "/influx/verify", body)
        return answered


@contextmanager
def choose_replica(settings: Settings) -> Iterator[Desk]:
    """The live server's replica, else one in this process. Raises Conflict without a configured one."""
    server = live_server(settings.path(settings.data_dir))
    if server is not None:
        yield RemoteDesk(server)
        return
    if not settings.influxdb_url:
        raise Conflict(NO_REPLICA)
    services = Services(settings)
    try:
        services.start()
        if services.replica is None:
            raise DataDirInUse(NO_REPLICA)
        yield LocalDesk(services.replica)
    finally:
        services.stop()


def tell_status(desk: Desk, console: Console) -> int:
    """How much waits; exit code 1 while InfluxDB is not reached."""
    found = desk.status()
    console.print(f"{found['url']}, bucket {found['bucket']}: {found['state']}", markup=False)
    if found["last_error"]:
        console.print(f"  {found['last_error']} (since {found['since']})", markup=False)
    console.print(
        f"  {found['backlog_runs']} runs with {found['backlog_snapshots']} snapshots wait, "
        f"{found['parked']} lines were refused",
        markup=False,
    )
    return 0 if found["state"] == "ok" else 1


def backfill(desk: Desk, console: Console) -> int:
    """Have everything sent and wait for it."""
    console.print(f"{desk.backfill()} runs were never sent; sending", markup=False)
    with _progress(console) as progress:
        task = progress.add_task("snapshots", total=max(1, desk.status()["backlog_snapshots"]))
        while True:
            found = desk.status()
            total = progress.tasks[task].total or 1
            progress.update(task, completed=max(0, total - found["backlog_snapshots"]))
            if not found["backlog_runs"]:
                break
            if found["state"] == "blocked":
                raise Unavailable(f"InfluxDB: {found['last_error']}; mend it and do the same again")
            time.sleep(LOOK_S)
    return tell_status(desk, console)


def verify(desk: Desk, console: Console, *, repair: bool = False) -> int:
    """Compare all runs; exit code 1 when one differs."""
    run_ids, different = desk.run_ids(), 0
    with _progress(console) as progress:
        task = progress.add_task("runs", total=len(run_ids))
        for start in range(0, len(run_ids), AT_ONCE):
            part = run_ids[start : start + AT_ONCE]
            for one in desk.verify(part, repair=repair):
                if not one["equal"]:
                    different += 1
                    console.print(f"{one['run_id']}: here {one['here']}, there {one['there']}", markup=False)
            progress.advance(task, len(part))
    words = "are sent anew" if repair else "differ"
    console.print(f"{len(run_ids)} runs compared, {different} {words}", markup=False)
    return 1 if different and not repair else 0


def retry(desk: Desk, console: Console) -> int:
    """Send parked lines once more; exit code 1 when some are still refused."""
    sent, refused = desk.retry()
    console.print(f"{sent} lines were sent, {refused} are still refused", markup=False)
    return 1 if refused else 0


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except InfluxError as error:
        raise Unavailable(f"InfluxDB: {error}") from None


COMMANDS: Mapping[str, Callable[[Desk, Console], int]] = {
    "status": tell_status,
    "backfill": backfill,
    "verify": verify,
    "repair": lambda desk, console: verify(desk, console, repair=True),
    "retry": retry,
}
