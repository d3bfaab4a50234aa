"""Two backends for the command line: the live server of the data folder, or this process."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any, Protocol, TypeVar

from dashboard.data_dir import DataDirInUse, live_server
from dashboard.model.audit import Change, describe_run
from dashboard.model.errors import Conflict, DashboardError, FieldError, InvalidRequest
from dashboard.model.identity import LOCAL
from dashboard.model.record import record_of
from dashboard.runs.start.request import StartRequest, dry_body, start_body
from dashboard.services import Services
from dashboard.settings import Settings

REQUEST_TIMEOUT_S = 30.0
# The client that the audit log names for changes made without a server.
TERMINAL = "terminal"
RETRY_TIMEOUT_S = 60.0
RETRY_PAUSE_S = 0.5
EXPORT_PATHS = {
    "summary.json": "summary.json",
    "summary.md": "summary.md",
    "junit.xml": "junit.xml",
    "report.html": "report",
    "snapshots.csv": "csv",
    "operations.csv": "csv?table=operations",
    "badge.svg": "badge",
}
Answer = TypeVar("Answer")


class Backend(Protocol):
    """Where runs and dry runs are started."""

    @property
    def url(self) -> str | None:
        """URL of the server. None for this process, which uses its own settings."""

    def start_demo(self) -> str:
        """Start the demo service unless it is running. Returns its URL."""

    def start(self, request: StartRequest) -> str:
        """Start a run and return its id. Raises DashboardError."""

    def read_record(self, run_id: str) -> dict[str, Any]:
        """Return the record of a run."""

    def read_result(self, run_id: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Return the operations of a run, and its SLO results."""

    def read_baseline(self, run_id: str) -> dict[str, Any]:
        """Return the baseline of a run and the judgment of the run against it; both None without a baseline."""

    def read_export(self, run_id: str, name: str) -> bytes:
        """Return the content of an export of a run by its file name. Raises DashboardError."""

    def stop(self, run_id: str) -> None:
        """Stop a run."""

    def start_dry_run(self, request: StartRequest) -> str:
        """Start a dry run and return its id. Raises DashboardError."""

    def read_dry_run(self, dry_id: str, after: int) -> dict[str, Any]:
        """Return the state of a dry run, with its requests from index `after` on."""

    def cancel_dry_run(self, dry_id: str) -> None:
        """Cancel a dry run."""

    def close(self) -> None:
        """Release what the backend holds."""


class LocalBackend:
    """Runs in this process, which holds the data folder meanwhile."""

    def __init__(self, settings: Settings) -> None:
        self._services = Services(settings)
        self._services.start()

    @property
    def url(self) -> str | None:
        return None

    def start_demo(self) -> str:
        return self._services.demo.start()

    def start(self, request: StartRequest) -> str:
        supervisor = self._services.supervisor
        if request.queue and supervisor.queue_held:
            raise Conflict(
                "The queue is on hold after a restart. Start bin/dashboard and resume the queue there, or leave "
                "out --queue."
            )
        run = supervisor.start(request)
        self._record("run.start", run.run_id, describe_run(run))
        return run.run_id

    def read_record(self, run_id: str) -> dict[str, Any]:
        return record_of(self._services.reader.run(run_id))

    def read_result(self, run_id: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        reader = self._services.reader
        return reader.ops(run_id), reader.slo(run_id)

    def read_baseline(self, run_id: str) -> dict[str, Any]:
        from dashboard.reports.source import report_source

        return report_source(self._services.reader, run_id).baseline_payload

    def read_export(self, run_id: str, name: str) -> bytes:
        from dashboard.reports.exports import export_chunks_of
        from dashboard.reports.source import report_source

        source = report_source(self._services.reader, run_id)
        return b"".join(export_chunks_of(name, source, self._services.store, datetime.now(UTC)))

    def stop(self, run_id: str) -> None:
        self._services.supervisor.stop(run_id, by=LOCAL.who)
        self._record("run.stop", run_id)

    def start_dry_run(self, request: StartRequest) -> str:
        return self._services.dry_runs.start_dry_run(request).run.run_id

    def read_dry_run(self, dry_id: str, after: int) -> dict[str, Any]:
        return self._services.dry_runs.find(dry_id).to_json(after)

    def cancel_dry_run(self, dry_id: str) -> None:
        self._services.dry_runs.cancel(dry_id)

    def close(self) -> None:
        self._services.stop()

    def _record(self, action: str, changed: str, after: dict[str, Any] | None = None) -> None:
        self._services.audit.record(LOCAL, TERMINAL, Change(action=action, object=changed, after=after))


class RemoteBackend:
    """Uses the API of the live server. Retries while the server restarts, even on another port."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        # HTTP_PROXY is for outside hosts. The server is on this machine.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    @property
    def url(self) -> str | None:
        server = live_server(self._data_dir)
        return server.url if server else "the dashboard"

    def start_demo(self) -> str:
        return str(self._send("POST", "/demo/start", {})["url"])

    def start(self, request: StartRequest) -> str:
        return str(self._send("POST", "/run/start", start_body(request))["run_id"])

    def read_record(self, run_id: str) -> dict[str, Any]:
        record: dict[str, Any] = self.call("GET", f"/runs/{run_id}")["run"]
        return record

    def read_result(self, run_id: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        return self.call("GET", f"/runs/{run_id}/ops"), self.call("GET", f"/runs/{run_id}/slo")

    def read_baseline(self, run_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.call("GET", f"/runs/{run_id}/baseline")
        return answer

    def read_export(self, run_id: str, name: str) -> bytes:
        return self._retry(lambda: self._fetch("GET", f"/runs/{run_id}/{EXPORT_PATHS[name]}", None))

    def stop(self, run_id: str) -> None:
        self.call("POST", "/run/stop", {"run_id": run_id})

    def start_dry_run(self, request: StartRequest) -> str:
        return str(self._send("POST", "/run/dry", dry_body(request))["dry_id"])

    def read_dry_run(self, dry_id: str, after: int) -> dict[str, Any]:
        dry_run: dict[str, Any] = self.call("GET", f"/run/dry/{dry_id}?after={after}")
        return dry_run

    def cancel_dry_run(self, dry_id: str) -> None:
        self.call("DELETE", f"/run/dry/{dry_id}")

    def close(self) -> None:
        """Do nothing, because the backend holds no resources."""

    def is_reachable(self) -> bool:
        """Return whether the server responds."""
        try:
            return bool(self._send("GET", "/health")["status"])
        except DashboardError:
            return False

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Send a request and return its JSON. Retries for 60 s while the server cannot be reached."""
        return self._retry(lambda: self._send(method, path, body))

    def _retry(self, send: Callable[[], Answer]) -> Answer:
        deadline = time.monotonic() + RETRY_TIMEOUT_S
        while True:
            try:
                return send()
            except ServerUnreachable:
                if time.monotonic() > deadline:
                    raise
            time.sleep(RETRY_PAUSE_S)

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        raw = self._fetch(method, path, body)
        try:
            return json.loads(raw) if raw else None
        except ValueError as error:
            raise ServerUnreachable(f"The dashboard does not respond with JSON: {error}.") from None

    def _fetch(self, method: str, path: str, body: dict[str, Any] | None) -> bytes:
        # The server is looked up for every request, because it may have been restarted since the last one.
        server = live_server(self._data_dir)
        if server is None:
            raise ServerUnreachable(f"No dashboard is running on {self._data_dir}. Start bin/dashboard.")
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {server.token}"} if server.token else {}
        headers |= {"Content-Type": "application/json"} if data is not None else {}
        request = urllib.request.Request(server.url + path, data, headers, method=method)  # noqa: S310 (our own)
        try:
            with self._opener.open(request, timeout=REQUEST_TIMEOUT_S) as response:
                return bytes(response.read())
        except urllib.error.HTTPError as error:
            raise _from_problem(error) from None
        except (OSError, HTTPException) as error:
            raise ServerUnreachable(f"The dashboard at {server.url} does not respond: {error}.") from None


class ServerUnreachable(DashboardError):
    """The server cannot be reached."""


def _from_problem(error: urllib.error.HTTPError) -> DashboardError:
    """Convert the server's problem response to an exception."""
    try:
        problem = json.load(error)
        fields = tuple(FieldError(item["field"], item["message"]) for item in problem.get("errors", []))
        kind = InvalidRequest if error.code == InvalidRequest.status else DashboardError
        return kind(str(problem["detail"]), errors=fields)
    except (ValueError, KeyError, TypeError):
        return DashboardError(f"The dashboard responded with status {error.code}.")


def choose_backend(settings: Settings) -> Backend:
    """Return the live server of the data folder if there is one, else this process. Raises DataDirInUse."""
    server = find_remote_backend(settings.path(settings.data_dir))
    if server is not None:
        return server
    try:
        return LocalBackend(settings)
    except DataDirInUse:
        # A server may have started in the meantime.
        server = find_remote_backend(settings.path(settings.data_dir))
        if server is None:
            raise
        return server


def find_remote_backend(data_dir: Path) -> RemoteBackend | None:
    """Return the server that holds the data folder. None when no server responds."""
    server = RemoteBackend(data_dir)
    return server if server.is_reachable() else None
