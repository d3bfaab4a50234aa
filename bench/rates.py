"""The dashboard's rate of requests, compared with k6's own summary of the same run."""

import json

from bench.compiled_target import compiled_target
from bench.context import BenchContext
from bench.generator import k6_path
from bench.paired_runs import final_record
from bench.preparation import document_of
from bench.server import BenchError, running_server
from bench.table import Row
from dashboard.run_folder.files import RunFolder

MAX_DIFFERENCE_PCT = 0.5
ENDPOINTS = 12
LOADS = {
    "10 users": {"profile": "smoke", "vus": 10},
    "200 requests/s": {"profile": "arrival", "rate": 200, "vus": 20},
}


def measure_rates(bench: BenchContext) -> list[Row]:
    """Measure the difference for a number of users and for a rate."""
    endpoints, data_dir = bench.folder / "endpoints.json", bench.folder / "data"
    endpoints.write_text(document_of(ENDPOINTS))
    k6, rows = k6_path(), []
    with (
        compiled_target(bench) as target,
        running_server(data_dir, endpoints_file=endpoints, k6_bin=k6, k6_keep_samples="always") as server,
    ):
        for name, load in LOADS.items():
            body = {**load, "base_url": target, "duration": f"{bench.scale.rate_s}s"}
            run_id = str(server.post("/run/start", body)["run_id"])
            record = final_record(server, run_id)
            summary = RunFolder(data_dir / "runs" / run_id).summary
            rows.append(_row(name, record, json.loads(summary.read_bytes())["metrics"]["http_reqs"]))
    return rows


def _row(name: str, record: dict[str, float], k6: dict[str, float]) -> Row:
    if record["total_reqs"] != k6["count"]:
        raise BenchError(f"the dashboard counted {record['total_reqs']} requests, k6 {k6['count']}")
    return Row(
        name=f"requests/s, dashboard compared with k6's summary, {name}",
        value=abs(record["rps"] / k6["rate"] - 1) * 100,
        unit="%",
        at_most=MAX_DIFFERENCE_PCT,
        detail=f"{record['rps']:.2f} and {k6['rate']:.2f}, both from {k6['count']:,.0f} requests",
    )
