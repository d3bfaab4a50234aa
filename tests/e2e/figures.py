"""One run asked for its requests in every way there is: all answers must agree to the last request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.e2e.harness import Server, Shop, wait_for

CLASSES = ("status_0", "status_1xx", "status_2xx", "status_3xx", "status_4xx", "status_5xx")
FOR_EVER_S = 1e9
Counts = dict[str, int]


def agreed(server: Server, run_id: str) -> Counts:
    """Requests, errors and status classes of a run: its record, breakdown, operations, snapshots and window agree."""
    told = counts([server.record(run_id)])
    breakdown = server.get(f"/runs/{run_id}")["breakdown"]
    window = server.get(f"/runs/{run_id}/window?from=0&to={FOR_EVER_S:.0f}")
    snapshots = server.snapshots(run_id)
    ways = {
        "breakdown": [breakdown["figures"]],
        "groups": breakdown["groups"],
        "operations": server.get(f"/runs/{run_id}/ops"),
        "snapshots": snapshots,
        "window": [window["breakdown"]["figures"]],
        "operations of the window": window["ops"],
    }
    for way, rows in ways.items():
        assert counts(rows) == told, f"{way} of {run_id}"
    sequence = [snapshot["seq"] for snapshot in snapshots]
    assert sequence == sorted(set(sequence)), f"snapshots of {run_id} are missing or doubled: {sequence}"
    assert snapshots[-1]["total_reqs"] == told.get("requests", 0)
    return told


def counts(rows: Iterable[Mapping[str, Any]]) -> Counts:
    """Requests, errors and status classes of all rows together; what is 0 is left out."""
    out: Counts = {}
    for row in rows:
        requests = row["requests"] if "requests" in row else row["total_reqs"]
        classes = {name: row.get(name) or 0 for name in CLASSES}
        for name, count in {"requests": requests, "errors": row["errors"], **classes}.items():
            out[name] = out.get(name, 0) + count
    return {name: count for name, count in out.items() if count}


def operations(server: Server, run_id: str) -> dict[str, Counts]:
    """Requests and status classes of each operation."""
    rows = server.get(f"/runs/{run_id}/ops")
    return {row["op"]: without_errors(counts([row])) for row in rows}


def without_errors(told: Counts) -> Counts:
    """What a target can know: not which answers were expected."""
    return {name: count for name, count in told.items() if name != "errors"}


def answered(shop: Shop) -> dict[str, Counts]:
    """What the shop has answered, as figures of each operation; no request is under way any more."""
    found = wait_for(lambda: settled(shop), "the shop has answered everything")
    return {name: as_figures(tally) for name, tally in found["operations"].items()}


def settled(shop: Shop) -> dict[str, Any] | None:
    found = shop.counters()
    return found if found["received"] == found["answered"] else None


def as_figures(tally: Mapping[str, Any]) -> Counts:
    """Counts of exact statuses as the classes of our figures."""
    out: Counts = {"requests": tally["answered"]}
    for status, count in tally["statuses"].items():
        name = f"status_{status[0]}xx"
        out[name] = out.get(name, 0) + count
    return out
