"""A live run while InfluxDB has a bad time: the page is as quick as ever, the run as long, and nothing is lost."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import pytest

from dashboard.bench.influxd import ORG, TOKEN, Influxd
from dashboard.bench.lag import hearing
from tests.e2e.harness import Server, Shop
from tests.e2e.influxdb import all_there, holds
from tests.replica.proxy import Proxy

pytestmark = [pytest.mark.k6, pytest.mark.influx]
MOST_LAG_MS = 200.0
LENGTH_OFF_S = 1.0


@pytest.fixture
def influxd(influxd_bin: Path, tmp_path: Path) -> Iterator[Influxd]:
    server = Influxd(influxd_bin, tmp_path / "influxd")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def proxy(influxd: Influxd) -> Iterator[Proxy]:
    with Proxy(influxd.port) as made:
        yield made


@pytest.fixture
def behind(make_server: Callable[..., Server], proxy: Proxy) -> Server:
    """A server that reaches InfluxDB through the proxy."""
    made = make_server(
        INFLUXDB_URL=proxy.url,
        INFLUXDB_ORG=ORG,
        INFLUXDB_BUCKET=f"runs-{secrets.token_hex(3)}",
        INFLUXDB_TOKEN=TOKEN,
    )
    made.endpoints({"name": "ListProducts", "path": "/api/products", "checks": {"status": 200}})
    made.start()
    return made


def lived(server: Server, shop: Shop, seconds: int) -> tuple[str, list[float], list[float]]:
    """A run with a page open on it: its id, the lag of each push, and how long answers took meanwhile."""
    run_id = server.run(shop.url, duration=f"{seconds}s")
    answers = []
    with hearing(server.url, run_id) as heard:
        while server.record(run_id)["ended_at"] is None:
            began = time.monotonic()
            server.get("/influx/status")
            answers.append((time.monotonic() - began) * 1000)
            time.sleep(0.1)
    return run_id, heard.lags_ms(server.folder(run_id)), answers


def test_one_that_hangs_delays_neither_the_run_nor_the_page(
    influxd: Influxd, behind: Server, proxy: Proxy, shop: Shop
) -> None:
    proxy.hang()
    run_id, lags, answers = lived(behind, shop, 7)
    print(sorted(lags), sorted(answers)[-3:], behind.record(run_id)["duration_s"])
    assert len(lags) >= 3
    assert median(lags) <= MOST_LAG_MS
    assert median(answers) <= MOST_LAG_MS
    assert behind.record(run_id)["duration_s"] == pytest.approx(7, abs=LENGTH_OFF_S)
    assert behind.get("/influx/status")["backlog_snapshots"] > 0
    proxy.heal()
    behind.call("POST", "/influx/retry", {})
    all_there(behind)
    holds(influxd, behind, run_id, shop.counters()["received"])
