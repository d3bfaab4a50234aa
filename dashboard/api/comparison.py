"""Comparison of two runs."""

from dataclasses import asdict
from typing import Any

from flask import Response

from dashboard.api.http.context import services
from dashboard.api.http.responses import data_answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.comparison import BaselineComparisonAnswer, DiffAnswer, DiffQuery
from dashboard.api.shapes.run import RunPath
from dashboard.comparison.comparability import machine_text
from dashboard.comparison.compared import Side, compare_sides
from dashboard.model.record import record_of
from dashboard.runs.comparing import baseline_comparison, baseline_payload, range_side

routes = Routes("comparison")


@routes.get("/runs/diff", {200: DiffAnswer}, 404)
def compare_runs(query: DiffQuery) -> Response:
    """Compare two runs, or a range of each. The operation with the greatest regression comes first."""
    reader = services().reader
    a = range_side(reader, "a", query.a, query.a_from, query.a_to)
    b = range_side(reader, "b", query.b, query.b_from, query.b_to)
    pinned = services().store.baselines.run_ids()
    comparison = compare_sides(a, b)
    return data_answer(
        {
            "a": side_payload(a, pinned),
            "b": side_payload(b, pinned),
            "judgment": asdict(comparison.judgment),
            "warnings": [asdict(warning) for warning in comparison.warnings],
            "metrics": [asdict(row) for row in comparison.metrics],
            "operations": [asdict(row) for row in comparison.operations],
        }
    )


@routes.get("/runs/<run_id:run_id>/baseline", {200: BaselineComparisonAnswer}, 404)
def compare_with_baseline(path: RunPath) -> Response:
    """Compare a run with the baseline that applies to it. Without one, the fields are null."""
    reader = services().reader
    return data_answer(baseline_payload(baseline_comparison(reader, reader.run(path.run_id))))


def side_payload(side: Side, pinned: frozenset[str]) -> dict[str, Any]:
    """Return one side as the response describes it. `pinned` are the IDs of all baselines."""
    run = side.compared.run
    return {
        "run": record_of(run),
        "from_s": side.compared.from_s,
        "to_s": side.compared.to_s,
        "baseline": run.run_id in pinned,
        "meta": run.config.meta,
        "generator": machine_text(run.context.generator),
        "endpoints_sha256": run.context.endpoints_sha256,
    }
