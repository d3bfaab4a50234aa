"""How soon after Start something is to be seen: bounds are generous, the measured times are printed."""

from __future__ import annotations

import time

import pytest

from tests.e2e.harness import Server, Shop, wait_for

pytestmark = pytest.mark.k6
FIRST_FIGURE_S, FIRST_SNAPSHOT_S = 2.0, 6.0


def test_figures_come_within_a_second_and_a_snapshot_within_three(server: Server, shop: Shop) -> None:
    run_id = server.run(shop.url, duration="4s")
    answered_at = time.monotonic()
    record = wait_for(lambda: with_figures(server, run_id), "the first figure", every_s=0.01)
    figure_s = time.monotonic() - answered_at
    server.wait_for_snapshots(run_id)
    snapshot_s = time.monotonic() - answered_at
    print(f"first figure after {figure_s:.2f} s, first snapshot after {snapshot_s:.2f} s")
    assert figure_s < FIRST_FIGURE_S
    assert snapshot_s < FIRST_SNAPSHOT_S
    assert record["percentiles_from"] is None
    assert record["vus"] == 3
    assert server.wait_until_ended(run_id)["total_reqs"] >= record["total_reqs"] > 0


def with_figures(server: Server, run_id: str) -> dict[str, object] | None:
    record = server.record(run_id)
    return record if record["total_reqs"] else None


def test_the_total_never_steps_back_while_a_run_is_live(server: Server, shop: Shop) -> None:
    run_id = server.run(shop.url, duration="5s")
    totals: list[int] = []
    while server.record(run_id)["ended_at"] is None:
        totals.append(server.record(run_id)["total_reqs"] or 0)
    totals.append(server.record(run_id)["total_reqs"])
    assert totals == sorted(totals)
    assert len(set(totals)) >= 4
