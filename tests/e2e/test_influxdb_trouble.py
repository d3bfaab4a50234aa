"""A live run while InfluxDB has a bad time: the page is as quick as ever, the run as long, and nothing is lost."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

from bench.lag import hearing
from tests.e2e.harness import Server, Shop, wait_for
from tests.e2e.influxdb import all_there, holds
from tests.replica.proxy import Proxy
from tests.support.influxd import ORG, TOKEN, Influxd

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


def undisturbed(influxd: Influxd, behind: Server, proxy: Proxy, shop: Shop, seconds: int) -> list[float]:
    """The run is as long as planned and answers come at once; afterwards everything is there. The lags."""
    run_id, lags, answers = lived(behind, shop, seconds)
    assert len(lags) >= seconds // 2
    assert median(answers) <= MOST_LAG_MS
    assert behind.record(run_id)["duration_s"] == pytest.approx(seconds, abs=LENGTH_OFF_S)
    assert behind.get("/influx/status")["backlog_snapshots"] > 0
    proxy.heal()
    behind.call("POST", "/influx/retry", {})
    all_there(behind)
    holds(influxd, behind, run_id, shop.counters()["received"])
    print(f"lag: median {median(lags):.0f} ms, longest {max(lags):.0f} ms of {len(lags)} pushes")
    return lags


def test_one_that_hangs_delays_neither_the_run_nor_the_page(
    influxd: Influxd, behind: Server, proxy: Proxy, shop: Shop
) -> None:
    proxy.hang()
    lags = undisturbed(influxd, behind, proxy, shop, 7)
    assert median(lags) <= MOST_LAG_MS


TROUBLE: dict[str, Callable[[Proxy], None]] = {
    "hangs": lambda proxy: proxy.hang(),
    "slow": lambda proxy: proxy.be_late(30.0),
    "resets": lambda proxy: proxy.cut_after(500),
    "429": lambda proxy: proxy.answer_with(429, {"Retry-After": "7"}),
}


@pytest.mark.long
@pytest.mark.parametrize("trouble", TROUBLE)
def test_each_kind_of_trouble_leaves_run_and_page_alone_for_a_minute(
    influxd: Influxd, behind: Server, proxy: Proxy, shop: Shop, trouble: str
) -> None:
    TROUBLE[trouble](proxy)
    lags = undisturbed(influxd, behind, proxy, shop, 64)
    assert quantiles(lags, n=100)[98] <= MOST_LAG_MS
    # back-off: 429 asked for 7 s each, a reset is tried again after 1, 2, 4 … 60 s with jitter
    assert proxy.seen <= 30


def test_one_that_is_away_between_and_after_runs_gets_all_of_them(
    influxd: Influxd, behind: Server, shop: Shop
) -> None:
    received = {}
    for part in ("up", "went away", "came and went"):
        shop.reset()
        run_id = behind.run(shop.url, duration="3s")
        if part == "came and went":
            influxd.start()
        behind.ended(run_id)
        received[run_id] = shop.counters()["received"]
        influxd.kill()
    influxd.start()
    behind.call("POST", "/influx/retry", {})
    all_there(behind)
    for run_id, count in received.items():
        holds(influxd, behind, run_id, count)


def test_two_dashboards_on_one_bucket_send_and_read_each_run_once(
    influxd: Influxd, behind: Server, tmp_path: Path, k6_bin: Path, shop: Shop
) -> None:
    folder = tmp_path / "second"
    folder.mkdir()
    other = Server(
        folder, k6_bin, **{k: v for k, v in behind.environment.items() if k.startswith("INFLUXDB")}
    )
    other.endpoints({"name": "ListProducts", "path": "/api/products", "checks": {"status": 200}})
    other.start()
    try:
        both = {server: server.run(shop.url, duration="4s") for server in (behind, other)}
        for server, run_id in both.items():
            server.ended(run_id)
        for server, run_id in both.items():
            all_there(server)
            holds(influxd, server, run_id, server.record(run_id)["total_reqs"])
        assert (
            sum(server.record(run_id)["total_reqs"] for server, run_id in both.items())
            == (shop.counters()["received"])
        )
        for server, twin in ((behind, both[other]), (other, both[behind])):
            server.post("/influx/retry")  # looks for what is new at once
            wait_for(lambda: server.call("GET", f"/runs/{twin}").ok, "the other's run is here", within_s=40)  # noqa: B023
            assert len(server.get("/runs")) == 2
        bucket = behind.environment["INFLUXDB_BUCKET"]
        assert influxd.count(bucket, "k6_run_final", "total_reqs") == 2
    finally:
        other.terminate()
