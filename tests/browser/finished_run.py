"""A server with one finished run, shared by all tests that only read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.harness import Server, Shop

THREE_OPERATIONS = (
    {
        "name": "ListProducts",
        "group": "catalog",
        "path": "/api/products",
        "weight": 3,
        "checks": {"status": 200},
    },
    {"name": "Search", "group": "search", "path": "/api/search?q=lamp", "checks": {"status": 200}},
    {"name": "NotFound", "group": "catalog", "path": "/api/nothing-here", "checks": {"status": 200}},
)
SLOS = {"p95_ms": 2_000, "error_rate": 0.05}


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run with successful and failed requests, one SLO met and one breached."""

    server: Server
    run_id: str
    target: str


@pytest.fixture(scope="session")
def finished_run(
    tmp_path_factory: pytest.TempPathFactory, k6_bin: Path, _shop_process: Shop
) -> Iterator[FinishedRun]:
    server = Server(tmp_path_factory.mktemp("finished"), k6_bin)
    server.endpoints(*THREE_OPERATIONS, slos=SLOS)
    server.start()
    try:
        run_id = server.run(_shop_process.url, vus=3, duration="4s", label="shared")
        server.wait_until_ended(run_id)
        yield FinishedRun(server, run_id, _shop_process.url)
    finally:
        server.terminate()
