"""Fixtures: a server and the demo shop. After each test, none of its processes may still be running."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dashboard.demo.launcher import start_demo
from tests.e2e.harness import Server, Shop, kill_all, processes_of, wait_for
from tests.support.target import start_target

EXIT_TIMEOUT_S = 5.0


@pytest.fixture(autouse=True)
def no_process_left(tmp_path: Path) -> Iterator[None]:
    """Fail the test if its server, a runner or a k6 is still running EXIT_TIMEOUT_S after the test."""
    yield
    try:
        wait_for(
            lambda: not processes_of(tmp_path),
            "all processes of the test have exited",
            within_s=EXIT_TIMEOUT_S,
        )
    except AssertionError:
        remaining = processes_of(tmp_path)
        commands = [(process.pid, process.info["cmdline"]) for process in remaining]
        kill_all(remaining)
        pytest.fail(f"processes were left running: {commands}", pytrace=False)


@pytest.fixture(scope="session")
def _shop_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    log = tmp_path_factory.mktemp("shop") / "demo.log"
    process = start_demo(None, log, ["--seed", "7", "--latency-scale", "0.5"])
    yield Shop(process.url)
    process.stop()


@pytest.fixture
def shop(_shop_process: Shop) -> Shop:
    """The demo shop, with its counters at 0."""
    _shop_process.reset()
    return _shop_process


@pytest.fixture
def target(target_bin: Path, tmp_path: Path) -> Iterator[Shop]:
    """The compiled target. It has the same counters as the demo shop."""
    process = start_target(target_bin, tmp_path / "target.log")
    yield Shop(process.url)
    process.stop()


@pytest.fixture
def make_server(tmp_path: Path, k6_bin: Path, no_process_left: None) -> Iterator[Callable[..., Server]]:
    """Makes servers that are not started yet. `k6` replaces the real k6; the other arguments are settings."""
    servers: list[Server] = []

    def make(k6: Path = k6_bin, **settings: str) -> Server:
        servers.append(Server(tmp_path, k6, **settings))
        return servers[-1]

    yield make
    for server in servers:
        if server.alive:
            server.terminate()


@pytest.fixture
def server(make_server: Callable[..., Server]) -> Server:
    """A running server with two fast endpoints of the shop."""
    server = make_server()
    server.endpoints(
        {"name": "ListProducts", "path": "/api/products", "weight": 3, "checks": {"status": 200}},
        {"name": "Search", "path": "/api/search?q=lamp", "checks": {"status": 200}},
    )
    server.start()
    return server
