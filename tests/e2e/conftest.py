"""A server, the demo shop, and after each test the proof that nothing of it is left running."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dashboard.demo.launcher import start_demo
from tests.conftest import missing
from tests.e2e.harness import Server, Shop, kill_all, processes_of, wait_for
from tests.support.target import build_target, go_path, start_target

LEFT_S = 5.0


@pytest.fixture(autouse=True)
def no_process_left(tmp_path: Path) -> Iterator[None]:
    """Fails the test when a k6, a runner or a server of it is still there a while after its end."""
    yield
    try:
        wait_for(lambda: not processes_of(tmp_path), "all processes of the test are gone", within_s=LEFT_S)
    except AssertionError:
        left = processes_of(tmp_path)
        told = [(process.pid, process.info["cmdline"]) for process in left]
        kill_all(left)
        pytest.fail(f"processes were left running: {told}", pytrace=False)


@pytest.fixture(scope="session")
def _shop_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    log = tmp_path_factory.mktemp("shop") / "demo.log"
    process = start_demo(None, log, ["--seed", "7", "--latency-scale", "0.5"])
    yield Shop(process.url)
    process.stop()


@pytest.fixture
def shop(_shop_process: Shop) -> Shop:
    """The demo shop with counters at 0."""
    _shop_process.reset()
    return _shop_process


@pytest.fixture(scope="session")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    go = go_path() or missing("Go", "the compiled target is built with it")
    return build_target(tmp_path_factory.mktemp("target"), go)


@pytest.fixture
def target(_built: Path, tmp_path: Path) -> Iterator[Shop]:
    """The compiled target, whose counters are those of the shop."""
    started = start_target(_built, tmp_path / "target.log")
    yield Shop(started.url)
    started.stop()


@pytest.fixture
def make_server(tmp_path: Path, k6_bin: Path, no_process_left: None) -> Iterator[Callable[..., Server]]:
    """Makes servers, not started yet; `k6` names another one than the real, the rest are settings."""
    made: list[Server] = []

    def make(k6: Path = k6_bin, **settings: str) -> Server:
        made.append(Server(tmp_path, k6, **settings))
        return made[-1]

    yield make
    for server in made:
        if server.alive:
            server.terminate()


@pytest.fixture
def server(make_server: Callable[..., Server]) -> Server:
    """A server that runs, with two quick endpoints of the shop."""
    made = make_server()
    made.endpoints(
        {"name": "ListProducts", "path": "/api/products", "weight": 3, "checks": {"status": 200}},
        {"name": "Search", "path": "/api/search?q=lamp", "checks": {"status": 200}},
    )
    made.start()
    return made
