"""A live run while InfluxDB fails: the page stays fast, the run has its planned length, and nothing is lost."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

from tests.e2e.harness import Server, Shop, wait_for
from tests.e2e.influxdb import assert_replicated, wait_for_replication
from tests.replica.proxy import Proxy
from tests.support.influxd import ORG, TOKEN, Influxd
from tests.support.stream_lag import listening

pytestmark = [pytest.mark.k6, pytest.mark.influx]
MAX_LAG_MS = 200.0
LENGTH_TOLERANCE_S = 1.0


@pytest.fixture
def influxd(influxd_bin: Path, tmp_path: Path) -> Iterator[Influxd]:
    server = Influxd(influxd_bin, tmp_path / "influxd")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def proxy(influxd: Influxd) -> Iterator[Proxy]:
    with Proxy(influxd.port) as proxy:
        yield proxy


@pytest.fixture
def server(make_server: Callable[..., Server], proxy: Proxy) -> Server:
    """A server that reaches InfluxDB through the proxy."""
    server = make_server(
        INFLUXDB_URL=proxy.url,
        INFLUXDB_ORG=ORG,
        INFLUXDB_BUCKET=f"runs-{secrets.token_hex(3)}",
        INFLUXDB_TOKEN=TOKEN,
    )
    server.endpoints({"name": "ListProducts", "path": "/api/products", "checks": {"status": 200}})
    server.start()
    return server


def run_with_page(server: Server, shop: Shop, seconds: int) -> tuple[str, list[float], list[float]]:
    """Run with an open page. Returns the id, the lag of each push in ms, and the response times of the API in ms."""
    run_id = server.run(shop.url, duration=f"{seconds}s")
    response_times = []
    with listening(server.url, run_id) as listener:
        while server.record(run_id)["ended_at"] is None:
            began = time.monotonic()
            server.get("/influx/status")
            response_times.append((time.monotonic() - began) * 1000)
            time.sleep(0.1)
    return run_id, listener.lags_ms(server.folder(run_id)), response_times


def assert_unaffected(
    influxd: Influxd, server: Server, proxy: Proxy, shop: Shop, seconds: int
) -> list[float]:
    """Assert that the run has its planned length, the API is fast and the run is replicated later. Returns lags."""
    run_id, lags, response_times = run_with_page(server, shop, seconds)
    assert len(lags) >= seconds // 2
    assert median(response_times) <= MAX_LAG_MS
    assert server.record(run_id)["duration_s"] == pytest.approx(seconds, abs=LENGTH_TOLERANCE_S)
    assert server.get("/influx/status")["backlog_snapshots"] > 0
    proxy.stop_failing()
    server.call("POST", "/influx/retry", {})
    wait_for_replication(server)
    assert_replicated(influxd, server, run_id, shop.counters()["received"])
    print(f"lag: median {median(lags):.0f} ms, longest {max(lags):.0f} ms of {len(lags)} pushes")
    return lags


@pytest.mark.serial
def test_hanging_influxdb_delays_neither_run_nor_page(
    influxd: Influxd, server: Server, proxy: Proxy, shop: Shop
) -> None:
    proxy.hang()
    lags = assert_unaffected(influxd, server, proxy, shop, 7)
    assert median(lags) <= MAX_LAG_MS


FAILURES: dict[str, Callable[[Proxy], None]] = {
    "hangs": lambda proxy: proxy.hang(),
    "slow": lambda proxy: proxy.delay(30.0),
    "resets": lambda proxy: proxy.cut_after(500),
    "429": lambda proxy: proxy.respond_with(429, {"Retry-After": "7"}),
}


@pytest.mark.long
@pytest.mark.serial
@pytest.mark.parametrize("failure", FAILURES)
def test_each_failure_leaves_run_and_page_unaffected_for_a_minute(
    influxd: Influxd, server: Server, proxy: Proxy, shop: Shop, failure: str
) -> None:
    FAILURES[failure](proxy)
    lags = assert_unaffected(influxd, server, proxy, shop, 64)
    assert quantiles(lags, n=100)[98] <= MAX_LAG_MS
    # back-off: a 429 requests a pause of 7 s each time; a reset is retried after up to 2, 4, 8 … 60 s.
    assert proxy.failed_requests <= 30


def test_runs_during_an_influxdb_outage_are_replicated_later(
    influxd: Influxd, server: Server, shop: Shop
) -> None:
    received = {}
    for influxdb_state in ("up", "down", "started during the run"):
        shop.reset()
        run_id = server.run(shop.url, duration="3s")
        if influxdb_state == "started during the run":
            influxd.start()
        server.wait_until_ended(run_id)
        received[run_id] = shop.counters()["received"]
        influxd.kill()
    influxd.start()
    server.call("POST", "/influx/retry", {})
    wait_for_replication(server)
    for run_id, count in received.items():
        assert_replicated(influxd, server, run_id, count)


def test_two_dashboards_on_one_bucket_exchange_each_run_once(
    influxd: Influxd, server: Server, tmp_path: Path, k6_bin: Path, shop: Shop
) -> None:
    folder = tmp_path / "second"
    folder.mkdir()
    other = Server(
        folder, k6_bin, **{k: v for k, v in server.environment.items() if k.startswith("INFLUXDB")}
    )
    other.endpoints({"name": "ListProducts", "path": "/api/products", "checks": {"status": 200}})
    other.start()
    try:
        run_ids = {one: one.run(shop.url, duration="4s") for one in (server, other)}
        totals = []
        for one, run_id in run_ids.items():
            one.wait_until_ended(run_id)
            wait_for_replication(one)
            totals.append(one.record(run_id)["total_reqs"])
            assert_replicated(influxd, one, run_id, totals[-1])
        assert sum(totals) == shop.counters()["received"]
        for one, remote_id in ((server, run_ids[other]), (other, run_ids[server])):
            one.post("/influx/retry")  # polls for new runs immediately
            wait_for(
                lambda one=one, remote_id=remote_id: one.call("GET", f"/runs/{remote_id}").ok,  # type: ignore[misc]
                "the remote run is copied",
                within_s=40,
            )
            assert len(one.get("/runs")) == 2
        bucket = server.environment["INFLUXDB_BUCKET"]
        assert influxd.count(bucket, "k6_run_final", "total_reqs") == 2
    finally:
        other.terminate()
