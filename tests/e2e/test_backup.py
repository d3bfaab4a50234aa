"""A backup during a real run, restored into another folder, is consistent and complete."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dashboard.backup.backup import create_backup, restore
from dashboard.model.snapshot import OVERALL
from dashboard.model.tally import Tally
from dashboard.services import Services
from tests.api.conftest import settings_for
from tests.e2e.harness import Server, Shop, wait_for

pytestmark = pytest.mark.k6


def test_backup_during_a_run_contains_everything_shown(server: Server, shop: Shop, tmp_path: Path) -> None:
    run_id = server.run(shop.url, duration="6s")
    server.wait_for_snapshots(run_id, 2)
    assert_backed_up(server, run_id, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_backup_at_1000_requests_per_second_contains_everything_shown(
    server: Server, target: Shop, tmp_path: Path
) -> None:
    server.endpoints({"name": "Op", "path": "/op/0"})
    run_id = server.run(target.url, profile="arrival", rate=1_000, vus=100, duration="60s")
    server.wait_for_snapshots(run_id, 10)
    record = assert_backed_up(server, run_id, tmp_path)
    assert record["total_reqs"] == target.counters()["received"] == pytest.approx(60_000, rel=0.01)
    assert not record["dropped_iterations"]


def assert_backed_up(server: Server, run_id: str, tmp_path: Path) -> dict[str, Any]:
    """Back up and restore during the run. Asserts that the copy has everything shown. Returns the final record."""
    shown = server.snapshots(run_id)
    began = time.monotonic()
    create_backup(server.data_dir, tmp_path / "backup.tar.gz", datetime.now(UTC))
    print(f"backed up in {time.monotonic() - began:.2f} s after {shown[-1]['total_reqs']} requests")
    final = server.wait_until_ended(run_id, within_s=120)
    folder = tmp_path / "restored" / "data"
    folder.mkdir(parents=True)
    restore(tmp_path / "backup.tar.gz", folder)
    services = Services(settings_for(tmp_path / "restored"))
    try:
        services.start()
        wait_for(
            lambda: services.reader.run(run_id).status.has_ended, "the restored run has ended", within_s=40
        )
        record, intervals = (
            services.reader.run(run_id),
            services.store.intervals.read(run_id, after=0, limit=10_000),
        )
        requests = sum(
            Tally.from_bytes(interval.tallies[OVERALL]).requests for interval in intervals if interval.tallies
        )
    finally:
        services.stop()

    assert record.figures is not None
    assert shown[-1]["total_reqs"] <= record.figures.total_reqs == requests <= final["total_reqs"]
    assert [interval.snapshot.seq for interval in intervals] == list(range(1, len(intervals) + 1))
    restored = {interval.snapshot.seq: interval.snapshot.total_reqs for interval in intervals}
    assert [restored[row["seq"]] for row in shown[:-1]] == [row["total_reqs"] for row in shown[:-1]]
    assert record.status.value == "interrupted"
    assert not list(folder.rglob("secrets.json"))
    return final
