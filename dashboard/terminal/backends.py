"""Two ways to run from the command line: through the live server of the data folder, or in this process."""

import json
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from dashboard.model.errors import Conflict, DashboardError, FieldError, InvalidRequest
from dashboard.model.plan import Unit
from dashboard.model.record import record_of
from dashboard.runs.dry.dry_runs import dry_wish
from dashboard.runs.start.request import StartRequest
from dashboard.services import SERVER_FILE, DataDirInUse, Services
from dashboard.settings import Settings

TIMEOUT_S = 10.0
PATIENCE_S = 15.0
UNREADABLE = (OSError, ValueError, KeyError, TypeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was typed; None was not."""

    profile: str
    base_url: str | None
    rate: int | None
    vus: int | None
    duration: str | None
    ramp_duration: str | None
    unit: Unit | None
    stages: tuple[tuple[str, int], ...] | None
    scenarios: dict[str, Any] | None
    label: str | None
    queue: bool
    confirm: bool
    network: dict[str, Any] = field(default_factory=dict)

    def fields(self) -> dict[str, Any]:
        """What was typed, by field."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def body(self) -> dict[str, Any]:
        """As the body of a request."""
        stages = [{"duration": text, "target": target} for text, target in self.stages or ()]
        return self.fields() | ({"stages": stages} if stages else {})


class Backend(Protocol):
    """Where the run is carried out."""

    def start_demo(self) -> str:
        """Address of the demo service, which is started when it does not run."""

    def start(self, wish: Wish) -> str:
        """The id of the new run. Raises DashboardError."""

    def record(self, run_id: str) -> dict[str, Any]:
        """The record of a run."""

    def result(self, run_id: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Operations of a run, and how it stands against its SLOs."""

    def stop(self, run_id: str) -> None:
        """Ask it to end."""

    def begin_dry(self, body: dict[str, Any]) -> str:
        """The id of a new dry run. Raises DashboardError."""

    def dry(self, dry_id: str, after: int) -> dict[str, Any]:
        """How far it is, and its requests from number `after` on."""

    def cancel_dry(self, dry_id: str) -> None:
        """Ask it to end."""

    def close(self) -> None:
        """Let go of what was taken."""


class Local:
    """Runs in this process, which holds the data folder meanwhile."""

    def __init__(self, settings: Settings) -> None:
        self._services = Services(settings)
        self._services.start()

    def start_demo(self) -> str:
        return self._services.demo.start()

    def start(self, wish: Wish) -> str:
        supervisor = self._services.supervisor
        if wish.queue and supervisor.queue_held:
            raise Conflict(
                "earlier runs wait for a word since the dashboard has ended: start it with bin/dashboard and "
                "let them go on there, or leave out --queue"
            )
        return supervisor.start(StartRequest(**wish.fields())).run_id

    def record(self, run_id: str) -> dict[str, Any]:
        return record_of(self._services.reader.run(run_id))

    def result(self, run_id: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        reader = self._services.reader
        return reader.ops(run_id), reader.slo(run_id)

    def stop(self, run_id: str) -> None:
        self._services.supervisor.stop(run_id)

    def begin_dry(self, body: dict[str, Any]) -> str:
        return self._services.dry_runs.begin(dry_wish(**body)).run.run_id

    def dry(self, dry_id: str, after: int) -> dict[str, Any]:
        return self._services.dry_runs.find(dry_id).answer(after)

    def cancel_dry(self, dry_id: str) -> None:
        self._services.dry_runs.cancel(dry_id)

    def close(self) -> None:
        self._services.stop()


class Remote:
    """Asks the live server over its API. Outlives a restart of it: asks again for a while, wherever it is then."""

    def __init__(self, server_file: Path) -> None:
        self._server_file = server_file
        # HTTP_PROXY is for the world outside: it never leads to a server on this machine
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._find()

    def start_demo(self) -> str:
        return str(self._call("POST", "/demo/start", {})["url"])

    def start(self, wish: Wish) -> str:
        return str(self._call("POST", "/run/start", wish.body())["run_id"])

    def record(self, run_id: str) -> dict[str, Any]:
        run: dict[str, Any] = self._whole(run_id)["run"]
        return run

    def result(self, run_id: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        return self._patiently("GET", f"/runs/{run_id}/ops"), self._patiently("GET", f"/runs/{run_id}/slo")

    def stop(self, run_id: str) -> None:
        self._patiently("POST", "/run/stop", {"run_id": run_id})

    def begin_dry(self, body: dict[str, Any]) -> str:
        return str(self._call("POST", "/run/dry", body)["dry_id"])

    def dry(self, dry_id: str, after: int) -> dict[str, Any]:
        found: dict[str, Any] = self._patiently("GET", f"/run/dry/{dry_id}?after={after}")
        return found

    def cancel_dry(self, dry_id: str) -> None:
        self._patiently("DELETE", f"/run/dry/{dry_id}")

    def close(self) -> None:
        """Nothing is held."""

    def healthy(self) -> bool:
        """Whether the server answers."""
        try:
            return bool(self._call("GET", "/health")["status"])
        except DashboardError:
            return False

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One request; asked again for a while when the server is away."""
        return self._patiently(method, path, body)

    def _find(self) -> None:
        found = json.loads(self._server_file.read_bytes())
        url, token = str(found["url"]), str(found["token"])
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def _whole(self, run_id: str) -> Any:
        return self._patiently("GET", f"/runs/{run_id}")

    def _patiently(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self._call(method, path, body)
            except ServerAway:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.5)
            with suppress(*UNREADABLE):
                self._find()

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = self._headers | ({"Content-Type": "application/json"} if data is not None else {})
        request = urllib.request.Request(self._url + path, data, headers, method=method)  # noqa: S310 (our own)
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as response:
                raw = response.read()
                return json.loads(raw) if raw else None
        except urllib.error.HTTPError as error:
            raise _told(error) from None
        except (OSError, ValueError) as error:
            raise ServerAway(f"the dashboard at {self._url} does not answer: {error}") from None


class ServerAway(DashboardError):
    """The server cannot be reached."""


def _told(error: urllib.error.HTTPError) -> DashboardError:
    """What the server said, as our own error."""
    try:
        problem = json.load(error)
        found = tuple(FieldError(item["field"], item["message"]) for item in problem.get("errors", []))
        kind = InvalidRequest if error.code == InvalidRequest.status else DashboardError
        return kind(str(problem["detail"]), errors=found)
    except (ValueError, KeyError, TypeError):
        return DashboardError(f"the dashboard answered {error.code}")


def choose(settings: Settings) -> Backend:
    """The live server of the data folder if there is one, else this process. Raises DataDirInUse."""
    server = live_server(settings.path(settings.data_dir))
    if server is not None:
        return server
    try:
        return Local(settings)
    except DataDirInUse:
        # it may have come up just now
        server = live_server(settings.path(settings.data_dir))
        if server is None:
            raise
        return server


def live_server(data_dir: Path) -> Remote | None:
    try:
        server = Remote(data_dir / SERVER_FILE)
    except UNREADABLE:
        return None
    return server if server.healthy() else None
