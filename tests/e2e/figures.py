"""Counts of a run from every API route that has them, and from the target. They must agree exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.e2e.harness import Server, Shop, wait_for

STATUS_CLASSES = ("status_0", "status_1xx", "status_2xx", "status_3xx", "status_4xx", "status_5xx")
BEYOND_THE_END_S = 1e9
Counts = dict[str, int]


def assert_counts_agree(server: Server, run_id: str) -> Counts:
    """Return the counts of a run. Asserts that its record, breakdown, operations, snapshots and window agree."""
    recorded = counts([server.record(run_id)])
    breakdown = server.get(f"/runs/{run_id}")["breakdown"]
    window = server.get(f"/runs/{run_id}/window?from=0&to={BEYOND_THE_END_S:.0f}")
    snapshots = server.snapshots(run_id)
    sources = {
        "breakdown": [breakdown["figures"]],
        "groups": breakdown["groups"],
        "operations": server.get(f"/runs/{run_id}/ops"),
        "snapshots": snapshots,
        "window": [window["breakdown"]["figures"]],
        "operations of the window": window["ops"],
    }
    for source, rows in sources.items():
        assert counts(rows) == recorded, f"{source} of {run_id}"
    sequence = [snapshot["seq"] for snapshot in snapshots]
    assert sequence == sorted(set(sequence)), f"snapshots of {run_id} are missing or duplicated: {sequence}"
    assert snapshots[-1]["total_reqs"] == recorded.get("requests", 0)
    return recorded


def counts(rows: Iterable[Mapping[str, Any]]) -> Counts:
    """Sum up requests, errors and status classes over all rows. Zeros are left out."""
    sums: Counts = {}
    for row in rows:
        requests = row["requests"] if "requests" in row else row["total_reqs"]
        classes = {name: row.get(name) or 0 for name in STATUS_CLASSES}
        for name, count in {"requests": requests, "errors": row["errors"], **classes}.items():
            sums[name] = sums.get(name, 0) + count
    return {name: count for name, count in sums.items() if count}


def counts_by_op(server: Server, run_id: str) -> dict[str, Counts]:
    """Return the requests and status classes of each operation, from the API."""
    rows = server.get(f"/runs/{run_id}/ops")
    return {row["op"]: without_errors(counts([row])) for row in rows}


def without_errors(totals: Counts) -> Counts:
    """Return the counts that a target also has. It does not know which responses were expected."""
    return {name: count for name, count in totals.items() if name != "errors"}


def answered_by_op(shop: Shop) -> dict[str, Counts]:
    """Return the requests and status classes of each operation, from the shop, once it has answered all requests."""
    counters = wait_for(lambda: final_counters(shop), "the shop has answered everything")
    return {name: counts_of(tally) for name, tally in counters["operations"].items()}


def final_counters(shop: Shop) -> dict[str, Any] | None:
    counters = shop.counters()
    return counters if counters["received"] == counters["answered"] else None


def counts_of(tally: Mapping[str, Any]) -> Counts:
    """Convert the counters of the shop to counts. Statuses become status classes."""
    sums: Counts = {"requests": tally["answered"]}
    for status, count in tally["statuses"].items():
        name = f"status_{status[0]}xx"
        sums[name] = sums.get(name, 0) + count
    return sums
