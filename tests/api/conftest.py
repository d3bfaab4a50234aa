"""The real application with real services, a temporary data folder and a fake k6."""

import copy
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from dashboard.access.access import Access
from dashboard.api.http.gate import header_check_of
from dashboard.app import create_app
from dashboard.connections.limits import ConnectionOptions
from dashboard.server import Server, listen
from dashboard.services import Services
from dashboard.settings import Settings
from tests.conftest import ROOT
from tests.fakes.fake_k6_factory import make_fake_k6
from tests.support.declared import collect_violations

TOKEN = "test-token"


def settings_for(folder: Path, **changes: Any) -> Settings:
    """Return settings without `.env`, with a copy of the example endpoints file that a test may change."""
    endpoints = folder / "endpoints.json"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "k6" / "config" / "endpoints.example.json", endpoints)
    plain: dict[str, Any] = {
        "data_dir": folder / "data",
        "min_free_disk": 0,
        "base_url": "",
        "endpoints_file": endpoints,
    }
    return Settings(_env_file=None, **{**plain, **changes})


@pytest.fixture(scope="package", autouse=True)
def violations() -> Iterator[list[str]]:
    """Collects responses that differ from their declaration."""
    with collect_violations() as found:
        yield found


@pytest.fixture(autouse=True)
def declared_responses(violations: list[str]) -> Iterator[None]:
    """Fails a test with a response that differs from its declaration in the OpenAPI document."""
    violations.clear()
    yield
    assert violations == []


@pytest.fixture
def make_services(tmp_path: Path) -> Iterator[Callable[..., Services]]:
    """A function that creates services with changed settings. All are stopped at the end."""
    made: list[Services] = []

    def make(**changes: Any) -> Services:
        k6 = make_fake_k6(tmp_path, changes.pop("k6", "ok-30"))
        folder = tmp_path / f"services-{len(made)}"
        made.append(Services(settings_for(folder, **{"k6_bin": str(k6)} | changes)))
        return made[-1]

    yield make
    for services in made:
        end_runs(services)
        services.stop()


@pytest.fixture
def services(make_services: Callable[..., Services]) -> Services:
    return make_services()


@pytest.fixture
def app(services: Services, tmp_path: Path) -> Flask:
    return create_app(services, static=tmp_path / "static")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def idle_services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Services for tests that change nothing and start no run."""
    folder = tmp_path_factory.mktemp("idle")
    services = Services(settings_for(folder, k6_bin=str(make_fake_k6(folder, "ok"))))
    yield services
    services.stop()


@pytest.fixture
def idle(idle_services: Services, tmp_path: Path) -> Flask:
    """An application without runs for requests that change nothing."""
    return create_app(idle_services, static=tmp_path)


@pytest.fixture
def locked(idle_services: Services, tmp_path: Path) -> Flask:
    """An application that requires its token."""
    services = copy.copy(idle_services)
    services.settings = idle_services.settings.model_copy(
        update={"auth": "always", "dashboard_token": SecretStr(TOKEN)}
    )
    services.access = Access(services.settings)
    return create_app(services, static=tmp_path)


@contextmanager
def serve_app(app: Flask) -> Iterator[str]:
    """Run a real server in this process and yield its URL."""
    server = Server(app, listen("127.0.0.1", 0), ConnectionOptions(header_check=header_check_of(app)))
    thread = threading.Thread(target=server.run, args=(lambda: None,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.stop()
        thread.join()


def end_runs(services: Services) -> None:
    """Stop all queued and live runs, and wait until they have ended."""
    for run in [*services.supervisor.queue(), *services.live_runs.runs()]:
        services.supervisor.stop(run.run_id, immediate=True)
    wait_until(lambda: not services.live_runs.runs(), 15)


def wait_until(condition: Callable[[], object], deadline_s: float = 5.0) -> None:
    """Poll until the condition is true. Fail at the deadline."""
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, "the condition did not become true in time"
        time.sleep(0.01)
