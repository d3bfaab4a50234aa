"""`bin/dashboard influx …`: the replica of the live server of the data folder, or one in this process."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from dashboard.model.errors import Conflict, Unavailable
from dashboard.replica.errors import InfluxError
from dashboard.services import Services
from dashboard.settings import Settings
from dashboard.terminal.backends import RemoteBackend, find_remote_backend

POLL_INTERVAL_S = 0.5
RUNS_PER_REQUEST = 20
RUNS_PER_PAGE = 1_000
NO_REPLICA = "No InfluxDB is configured. Set INFLUXDB_URL."


class ReplicaClient(Protocol):
    """The operations of a replica that the commands use. `Replica` provides them in this process."""

    def status(self) -> Mapping[str, Any]:
        """Return the response of `GET /influx/status`."""

    def backfill(self) -> int:
        """Schedule every run that was never sent. Returns their number."""

    def retry_now(self) -> tuple[int, int]:
        """Send the rejected lines again. Returns how many were accepted and how many were rejected again."""

    def own_runs(self) -> list[str]:
        """Return the ids of all ended runs of this dashboard."""

    def verify(self, run_ids: Sequence[str], *, repair: bool) -> list[dict[str, Any]]:
        """Compare runs with their replica."""


class RemoteReplica:
    """The replica of the live server."""

    def __init__(self, server: RemoteBackend) -> None:
        self._server = server

    def status(self) -> Mapping[str, Any]:
        status: dict[str, Any] = self._server.call("GET", "/influx/status")
        if not status["configured"]:
            raise Conflict(NO_REPLICA)
        return status

    def backfill(self) -> int:
        return int(self._server.call("POST", "/influx/backfill", {})["runs"])

    def retry_now(self) -> tuple[int, int]:
        counts = self._server.call("POST", "/influx/retry", {})
        return int(counts["sent"]), int(counts["rejected"])

    def own_runs(self) -> list[str]:
        runs: list[dict[str, Any]] = []
        while True:
            before = f"&before={runs[-1]['run_id']}" if runs else ""
            page = self._server.call("GET", f"/runs?limit={RUNS_PER_PAGE}{before}")
            runs += page
            if len(page) < RUNS_PER_PAGE:
                return [run["run_id"] for run in runs if run["ended_at"]]

    def verify(self, run_ids: Sequence[str], *, repair: bool) -> list[dict[str, Any]]:
        body = {"run_ids": list(run_ids), "repair": repair}
        results: list[dict[str, Any]] = self._server.call("POST", "/influx/verify", body)
        return results


@contextmanager
def choose_replica(settings: Settings) -> Iterator[ReplicaClient]:
    """The live server's replica, else one in this process. Raises Conflict when InfluxDB is not configured.

    An InfluxDB error in the body is raised as Unavailable.
    """
    server = find_remote_backend(settings.path(settings.data_dir))
    if server is not None:
        yield RemoteReplica(server)
        return
    if not settings.influxdb_url:
        raise Conflict(NO_REPLICA)
    services = Services(settings)
    try:
        services.start()
        if services.replica is None:
            raise Conflict(NO_REPLICA)
        yield services.replica
    except InfluxError as error:
        raise Unavailable(f"InfluxDB: {error}") from None
    finally:
        services.stop()


def print_status(replica: ReplicaClient, console: Console) -> int:
    """Print the state and the backlog. Returns exit code 1 while InfluxDB cannot be reached."""
    status = replica.status()
    console.print(f"{status['url']}, bucket {status['bucket']}: {status['state']}", markup=False)
    if status["last_error"]:
        console.print(f"  {status['last_error']} (since {status['since']})", markup=False)
    console.print(
        f"  waiting: {status['backlog_runs']} runs, {status['backlog_snapshots']} snapshots; "
        f"rejected: {status['rejected']} lines",
        markup=False,
    )
    return 0 if status["state"] == "ok" else 1


def backfill(replica: ReplicaClient, console: Console) -> int:
    """Send every run that was never sent, and wait until the backlog is empty."""
    console.print(f"Sending {replica.backfill()} runs that were never sent", markup=False)
    with _progress(console) as progress:
        task = progress.add_task("snapshots", total=max(1, replica.status()["backlog_snapshots"]))
        while True:
            status = replica.status()
            total = progress.tasks[task].total or 1
            progress.update(task, completed=max(0, total - status["backlog_snapshots"]))
            if not status["backlog_runs"]:
                break
            if status["state"] == "blocked":
                raise Unavailable(f"InfluxDB: {status['last_error']}. Fix this, then run the command again.")
            time.sleep(POLL_INTERVAL_S)
    return print_status(replica, console)


def verify(replica: ReplicaClient, console: Console, *, repair: bool = False) -> int:
    """Compare all runs. Returns exit code 1 when one differs and is not repaired."""
    run_ids, different = replica.own_runs(), 0
    with _progress(console) as progress:
        task = progress.add_task("runs", total=len(run_ids))
        for start in range(0, len(run_ids), RUNS_PER_REQUEST):
            batch = run_ids[start : start + RUNS_PER_REQUEST]
            for result in replica.verify(batch, repair=repair):
                if not result["equal"]:
                    different += 1
                    counts = f"record {result['record']}, replica {result['replica']}"
                    console.print(f"{result['run_id']}: {counts}", markup=False)
            progress.advance(task, len(batch))
    outcome = "are being sent again" if repair else "differ"
    console.print(f"{len(run_ids)} runs compared, {different} {outcome}", markup=False)
    return 1 if different and not repair else 0


def retry(replica: ReplicaClient, console: Console) -> int:
    """Send rejected lines again. Returns exit code 1 when some are rejected again."""
    sent, rejected = replica.retry_now()
    console.print(f"{sent} lines were sent, {rejected} were rejected again", markup=False)
    return 1 if rejected else 0


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)


COMMANDS: Mapping[str, Callable[[ReplicaClient, Console], int]] = {
    "status": print_status,
    "backfill": backfill,
    "verify": verify,
    "repair": lambda replica, console: verify(replica, console, repair=True),
    "retry": retry,
}
