"""Latencies of operations, groups, windows and ranges agree with the exact ones of k6's summary of the same run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.harness import Server, Shop

pytestmark = pytest.mark.k6
PERCENTILES = ("p50_ms", "p75_ms", "p90_ms", "p95_ms", "p99_ms")
EXACT = ("avg_ms", "min_ms", "max_ms", *PERCENTILES)
K6_NAMES = ("avg", "min", "max", "med", "p(75)", "p(90)", "p(95)", "p(99)")
ENDPOINTS: list[dict[str, Any]] = [
    {"name": "List products", "group": "shop", "path": "/api/products", "weight": 6},
    {"name": "Slow: 30 ms", "group": "shop", "path": "/api/products?delay_ms=30"},
    {"name": "GET /a::b", "group": "other group", "path": "/api/search", "weight": 2},
    {"name": 'GET /api/products/{id} "seven" +', "group": "Ünïcode", "path": "/api/products/7"},
    {"name": "Ünïcode", "group": "other group", "path": "/api/products/7"},
    {"name": 'a, "b" {c}', "group": "a, b", "path": "/api/products/8"},
]


def latencies(rows: list[dict[str, Any]]) -> Iterator[float]:
    names = ("min_ms", "max_ms", "avg_ms", *PERCENTILES, "success_p50_ms", "success_p99_ms")
    return (row[name] for row in rows for name in names if row.get(name) is not None)


@pytest.mark.parametrize(
    "setup", [[], [{"name": "Login", "path": "/api/products?delay_ms=900"}]], ids=["", "setup"]
)
def test_no_latency_contradicts_the_exact_ones(
    make_server: Callable[..., Server], shop: Shop, setup: list[dict[str, Any]]
) -> None:
    server = make_server(K6_KEEP_SAMPLES="always")
    server.endpoints(*ENDPOINTS, setup=setup)
    server.start()
    run_id = server.run(shop.url, vus=4, duration="5s")
    record = server.wait_until_ended(run_id)
    assert record["percentiles_from"] == "exact"
    metrics = json.loads(server.folder(run_id).summary.read_bytes())["metrics"]
    rows = {row["op"]: row for row in server.get(f"/runs/{run_id}/ops") if not row["phase"]}
    breakdown = server.get(f"/runs/{run_id}")["breakdown"]
    groups = {row["name"]: row for row in breakdown["groups"]}
    for kind, found in (("op", rows), ("group", groups)):
        for name, row in found.items():
            exact = metrics.get(f"http_req_duration{{{kind}:{name}}}")
            assert (exact is None) == ("," in name), "k6 cannot select a name with a comma"
            if exact is not None:
                assert [row[figure] for figure in EXACT] == [exact[k6_name] for k6_name in K6_NAMES]
    window = server.get(f"/runs/{run_id}/window?from=1&to=4")
    detail = server.get(f"/runs/{run_id}/op?name=List%20products")
    parts = [*rows.values(), *groups.values(), *breakdown["status_classes"], *server.snapshots(run_id)]
    parts += [row for row in window["ops"] if not row["phase"]]
    parts += [window["breakdown"]["figures"], *window["breakdown"]["groups"]]
    parts += [detail["figures"], *detail["series"]]
    found_ms = list(latencies(parts))
    assert record["min_ms"] <= min(found_ms)
    assert max(found_ms) <= record["max_ms"]
    assert record["max_ms"] < 900
