"""The time from the start of a run to its first figures. The limits are generous; the measured times are printed."""

from __future__ import annotations

import time

import pytest

from tests.e2e.harness import Server, Shop, wait_for

pytestmark = [pytest.mark.k6, pytest.mark.serial]
MAX_FIRST_FIGURE_S, MAX_FIRST_SNAPSHOT_S = 2.0, 6.0


def test_first_figures_and_first_snapshot_arrive_soon(server: Server, shop: Shop) -> None:
    run_id = server.run(shop.url, duration="4s")
    started_at = time.monotonic()
    record = wait_for(
        lambda: record_with_figures(server, run_id), "the first figure has arrived", every_s=0.01
    )
    figure_s = time.monotonic() - started_at
    server.wait_for_snapshots(run_id)
    snapshot_s = time.monotonic() - started_at
    print(f"first figure after {figure_s:.2f} s, first snapshot after {snapshot_s:.2f} s")
    assert figure_s < MAX_FIRST_FIGURE_S
    assert snapshot_s < MAX_FIRST_SNAPSHOT_S
    assert record["percentiles_from"] is None
    assert record["vus"] == 3
    assert server.wait_until_ended(run_id)["total_reqs"] >= record["total_reqs"] > 0


def record_with_figures(server: Server, run_id: str) -> dict[str, object] | None:
    record = server.record(run_id)
    return record if record["total_reqs"] else None


def test_the_total_of_a_live_run_never_decreases(server: Server, shop: Shop) -> None:
    run_id = server.run(shop.url, duration="5s")
    totals: list[int] = []
    while server.record(run_id)["ended_at"] is None:
        totals.append(server.record(run_id)["total_reqs"] or 0)
    totals.append(server.record(run_id)["total_reqs"])
    assert totals == sorted(totals)
    assert len(set(totals)) >= 4
