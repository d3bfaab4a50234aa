"""Replication on the page: InfluxDB outages, and runs of other dashboards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.harness import Server, Shop, wait_for
from tests.support.influxd import BUCKET, ORG, TOKEN, Influxd

pytestmark = [pytest.mark.k6, pytest.mark.influx, pytest.mark.browser]
FIGURES = ("vus", "rps", "p95_ms", "error_rate", "total_reqs")


@pytest.fixture
def influxd(influxd_bin: Path, tmp_path: Path) -> Iterator[Influxd]:
    database = Influxd(influxd_bin, tmp_path / "influxd")
    yield database
    database.kill()


def start_replicating(tmp_path: Path, k6: Path, influxd: Influxd, name: str) -> Server:
    influx_settings = {
        "INFLUXDB_URL": influxd.url,
        "INFLUXDB_ORG": ORG,
        "INFLUXDB_BUCKET": BUCKET,
        "INFLUXDB_TOKEN": TOKEN,
    }
    folder = tmp_path / name
    folder.mkdir()
    server = Server(folder, k6, INFLUXDB_ORIGIN=name, **influx_settings)
    server.endpoints({"name": "ListProducts", "path": "/api/products"})
    server.start()
    return server


@pytest.fixture
def server(tmp_path: Path, k6_bin: Path, influxd: Influxd, no_process_left: None) -> Iterator[Server]:
    dashboard = start_replicating(tmp_path, k6_bin, influxd, "ours")
    yield dashboard
    dashboard.terminate()


@pytest.fixture
def other_server(server: Server, tmp_path: Path, k6_bin: Path, influxd: Influxd) -> Iterator[Server]:
    """Another dashboard on the same running InfluxDB."""
    influxd.start()
    dashboard = start_replicating(tmp_path, k6_bin, influxd, "theirs")
    yield dashboard
    dashboard.terminate()


def test_outage_of_influxdb_is_shown_until_it_ends(
    server: Server, influxd: Influxd, shop: Shop, new_profile: Callable[..., Any]
) -> None:
    server.wait_until_ended(server.run(shop.url, duration="3s"))
    page = new_profile().open("#/history")
    note = page.get_by_text("InfluxDB is unreachable")
    expect(note).to_be_visible()
    influxd.start()
    page.get_by_role("button", name="Send now").click()
    expect(note).not_to_be_visible(timeout=30_000)
    expect(page.get_by_text("InfluxDB bucket k6, origin ours: up to date")).to_be_visible()
    assert influxd.count(BUCKET, "k6_run_final", "total_reqs") == 1


def test_run_of_another_dashboard_appears_with_its_origin(
    server: Server, other_server: Server, shop: Shop, new_profile: Callable[..., Any]
) -> None:
    page = new_profile().open("#/history")
    run_id = other_server.run(shop.url, duration="3s", label="from afar")
    record = other_server.wait_until_ended(run_id)
    row = page.get_by_role("row").filter(has_text="from afar")
    expect(row).to_be_visible(timeout=60_000)
    expect(row).to_contain_text("theirs")
    detail = server.get(f"/runs/{run_id}")
    assert detail["run"] == record | {"origin": "theirs"}
    assert server.snapshots(run_id) == other_server.snapshots(run_id)
    assert server.get(f"/runs/{run_id}/ops") == other_server.get(f"/runs/{run_id}/ops")
    refused = server.call("DELETE", f"/runs/{run_id}")
    assert refused.status_code == 409
    assert "theirs" in refused.json()["detail"]


def test_live_remote_run_is_shown_until_it_ends(
    server: Server, other_server: Server, shop: Shop, new_profile: Callable[..., Any]
) -> None:
    page = new_profile().open("#/history")
    server.post("/influx/retry")
    run_id = other_server.run(shop.url, duration="16s", label="from afar")
    panel = page.get_by_role("region", name="Remote runs")
    expect(panel).to_contain_text("from afar", timeout=30_000)
    expect(panel).to_contain_text("theirs")
    remote_runs = wait_for(
        lambda: [run for run in server.get("/influx/remote-runs") if run["total_reqs"]],
        "the remote run has figures",
        within_s=20,
    )
    (snapshot,) = [s for s in other_server.snapshots(run_id) if s["elapsed_s"] == remote_runs[0]["elapsed_s"]]
    assert {name: snapshot[name] for name in FIGURES} == {name: remote_runs[0][name] for name in FIGURES}
    assert (remote_runs[0]["silent"], remote_runs[0]["planned_s"]) == (False, 16)
    assert server.get("/runs") == []
    other_server.wait_until_ended(run_id)
    expect(panel).not_to_be_visible(timeout=60_000)
