"""What the page tells of InfluxDB: that it is away, that it is back, and the runs that others recorded."""

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
    made = Influxd(influxd_bin, tmp_path / "influxd")
    yield made
    made.kill()


def replicating(tmp_path: Path, k6: Path, influxd: Influxd, name: str) -> Server:
    where = {
        "INFLUXDB_URL": influxd.url,
        "INFLUXDB_ORG": ORG,
        "INFLUXDB_BUCKET": BUCKET,
        "INFLUXDB_TOKEN": TOKEN,
    }
    folder = tmp_path / name
    folder.mkdir()
    made = Server(folder, k6, INFLUXDB_ORIGIN=name, **where)
    made.endpoints({"name": "ListProducts", "path": "/api/products"})
    made.start()
    return made


@pytest.fixture
def server(tmp_path: Path, k6_bin: Path, influxd: Influxd, no_process_left: None) -> Iterator[Server]:
    made = replicating(tmp_path, k6_bin, influxd, "ours")
    yield made
    made.terminate()


@pytest.fixture
def other(server: Server, tmp_path: Path, k6_bin: Path, influxd: Influxd) -> Iterator[Server]:
    """Another dashboard on the same InfluxDB, which is up."""
    influxd.start()
    made = replicating(tmp_path, k6_bin, influxd, "theirs")
    yield made
    made.terminate()


def test_the_page_tells_that_influxdb_is_away_and_that_it_is_back(
    server: Server, influxd: Influxd, shop: Shop, watch: Callable[..., Any]
) -> None:
    server.wait_until_ended(server.run(shop.url, duration="3s"))
    page = watch().open("#/history")
    note = page.get_by_text("InfluxDB does not take anything now")
    expect(note).to_be_visible()
    influxd.start()
    page.get_by_role("button", name="Send now").click()
    expect(note).not_to_be_visible()
    expect(page.get_by_text("InfluxDB k6 as ours: everything is there")).to_be_visible()
    assert influxd.count(BUCKET, "k6_run_final", "total_reqs") == 1


def test_a_run_of_another_dashboard_appears_with_its_origin(
    server: Server, other: Server, shop: Shop, watch: Callable[..., Any]
) -> None:
    page = watch().open("#/history")
    run_id = other.run(shop.url, duration="3s", label="from afar")
    record = other.wait_until_ended(run_id)
    row = page.get_by_role("row").filter(has_text="from afar")
    expect(row).to_be_visible(timeout=60_000)
    expect(row).to_contain_text("theirs")
    whole = server.get(f"/runs/{run_id}")
    assert whole["run"] == record | {"origin": "theirs"}
    assert server.snapshots(run_id) == other.snapshots(run_id)
    assert server.get(f"/runs/{run_id}/ops") == other.get(f"/runs/{run_id}/ops")
    refused = server.call("DELETE", f"/runs/{run_id}")
    assert refused.status_code == 409
    assert "theirs" in refused.json()["detail"]


def test_a_run_that_goes_on_elsewhere_is_shown_until_it_has_ended(
    server: Server, other: Server, shop: Shop, watch: Callable[..., Any]
) -> None:
    page = watch().open("#/history")
    server.post("/influx/retry")
    run_id = other.run(shop.url, duration="16s", label="from afar")
    panel = page.get_by_role("region", name="Running elsewhere")
    expect(panel).to_contain_text("from afar", timeout=30_000)
    expect(panel).to_contain_text("theirs")
    seen = wait_for(
        lambda: [run for run in server.get("/influx/remote-runs") if run["total_reqs"]],
        "its figures are here",
        within_s=20,
    )
    (there,) = [one for one in other.snapshots(run_id) if one["elapsed_s"] == seen[0]["elapsed_s"]]
    assert {name: there[name] for name in FIGURES} == {name: seen[0][name] for name in FIGURES}
    assert (seen[0]["silent"], seen[0]["planned_s"]) == (False, 16)
    assert server.get("/runs") == []
    other.wait_until_ended(run_id)
    expect(panel).not_to_be_visible(timeout=60_000)
