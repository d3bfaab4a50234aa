"""A real run with a real InfluxDB: target, record and replica agree."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.e2e.harness import Server, Shop
from tests.e2e.influxdb import assert_replicated, wait_for_replication
from tests.support.influxd import ORG, TOKEN, Influxd

pytestmark = [pytest.mark.k6, pytest.mark.influx]


@pytest.fixture
def influxd(influxd_bin: Path, tmp_path: Path) -> Iterator[Influxd]:
    """An InfluxDB that is not started yet."""
    server = Influxd(influxd_bin, tmp_path / "influxd")
    yield server
    server.kill()


@pytest.fixture
def replicating(make_server: Callable[..., Server], influxd: Influxd) -> Server:
    """A server that replicates to a bucket that does not exist yet."""
    server = make_server(
        INFLUXDB_URL=influxd.url,
        INFLUXDB_ORG=ORG,
        INFLUXDB_BUCKET=f"runs-{secrets.token_hex(3)}",
        INFLUXDB_TOKEN=TOKEN,
        INFLUXDB_ORIGIN="here",
    )
    server.endpoints(
        {"name": "ListProducts", "path": "/api/products", "weight": 3, "checks": {"status": 200}},
        {"name": "Search, with = and\\", "path": "/api/search?q=lamp", "checks": {"status": 200}},
    )
    server.start()
    return server


def test_target_record_and_replica_agree(influxd: Influxd, replicating: Server, shop: Shop) -> None:
    influxd.start()
    run_id = replicating.run(shop.url, duration="5s")
    replicating.wait_until_ended(run_id)
    wait_for_replication(replicating)
    assert_replicated(influxd, replicating, run_id, shop.counters()["received"])
    (verified,) = replicating.post("/influx/verify", {"run_ids": [run_id]})
    assert verified["equal"]
    assert verified["replica"]["requests"] == shop.counters()["received"]


def test_run_is_unaffected_while_influxdb_is_down_and_replicated_later(
    influxd: Influxd, replicating: Server, shop: Shop
) -> None:
    began = time.monotonic()
    run_id = replicating.run(shop.url, duration="6s")
    assert len(replicating.wait_for_snapshots(run_id, 2)) >= 2
    record = replicating.wait_until_ended(run_id)
    assert time.monotonic() - began < 20
    assert record["duration_s"] == pytest.approx(6, abs=2)
    status = replicating.get("/influx/status")
    assert status["state"] == "unreachable"
    assert status["backlog_snapshots"] == len(replicating.snapshots(run_id))
    assert status["last_error"]
    influxd.start()
    replicating.call("POST", "/influx/retry", {})
    wait_for_replication(replicating)
    assert_replicated(influxd, replicating, run_id, shop.counters()["received"])
    assert replicating.get("/influx/status")["state"] == "ok"


def test_kills_of_server_and_influxdb_lose_and_duplicate_nothing(
    influxd: Influxd, replicating: Server, shop: Shop
) -> None:
    influxd.start()
    run_id = replicating.run(shop.url, duration="9s")
    replicating.wait_for_snapshots(run_id, 1)
    influxd.kill()
    replicating.kill()
    replicating.start()
    replicating.wait_for_snapshots(run_id, 3)
    influxd.start()
    replicating.wait_until_ended(run_id)
    replicating.call("POST", "/influx/retry", {})
    wait_for_replication(replicating)
    assert_replicated(influxd, replicating, run_id, shop.counters()["received"])


def test_full_backlog_refuses_new_runs(make_server: Callable[..., Server], shop: Shop) -> None:
    server = make_server(INFLUXDB_URL="http://127.0.0.1:9", INFLUXDB_TOKEN="x", INFLUXDB_MAX_BACKLOG="1")
    server.endpoints({"name": "ListProducts", "path": "/api/products"})
    server.start()
    server.wait_until_ended(server.run(shop.url, duration="5s"))
    response = server.call("POST", "/run/start", {"profile": "smoke", "base_url": shop.url})
    assert response.status_code == 503
    assert "INFLUXDB_MAX_BACKLOG" in response.json()["detail"]


def test_command_line_backfills_verifies_and_repairs(
    influxd: Influxd, replicating: Server, make_server: Callable[..., Server], shop: Shop
) -> None:
    replicating.terminate()
    configured = dict(replicating.environment)
    replicating.environment["INFLUXDB_URL"] = ""
    replicating.data_dir = replicating.data_dir.with_name("older")
    replicating.start()
    run_id = replicating.run(shop.url, duration="3s")
    replicating.wait_until_ended(run_id)
    assert command(replicating, "status") == 1  # not configured
    replicating.terminate()
    replicating.environment = configured
    influxd.start()
    assert command(replicating, "verify") == 1
    assert command(replicating, "backfill") == 0
    replicating.start()
    assert command(replicating, "verify") == 0
    assert_replicated(influxd, replicating, run_id, shop.counters()["received"])
    influxd.call(
        "POST",
        "/api/v2/delete",
        params={"org": ORG, "bucket": configured["INFLUXDB_BUCKET"]},
        json={
            "start": "1970-01-01T00:00:00Z",
            "stop": "2200-01-01T00:00:00Z",
            "predicate": f'run_id="{run_id}"',
        },
    )
    assert command(replicating, "verify") == 1
    assert command(replicating, "verify", "--repair") == 0
    wait_for_replication(replicating)
    assert command(replicating, "verify") == 0


def command(server: Server, *arguments: str) -> int:
    line = [sys.executable, "-m", "dashboard", "influx", *arguments, "--data-dir", str(server.data_dir)]
    done = subprocess.run(line, cwd=ROOT, env=server.environment, capture_output=True, text=True, timeout=90)
    assert TOKEN not in done.stdout + done.stderr
    return done.returncode
