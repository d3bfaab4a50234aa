"""Comparison of two runs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flask import Response

from dashboard.api.http.context import services
from dashboard.api.http.responses import data_answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.comparison import DiffAnswer, DiffQuery
from dashboard.comparison.comparability import ComparedRun, comparability_warnings, machine_text
from dashboard.comparison.differences import Figure, compare, compare_operations
from dashboard.model.errors import InvalidRequest
from dashboard.model.record import record_of

routes = Routes("comparison")
LATER_THAN_ANY_RUN_S = 1e9


@dataclass(frozen=True, slots=True)
class Side:
    """A run or a range of it, with its figures."""

    compared: ComparedRun
    figures: Mapping[str, Figure]
    operations: list[dict[str, Any]]


@routes.get("/runs/diff", {200: DiffAnswer}, 404)
def compare_runs(query: DiffQuery) -> Response:
    """Compare two runs, or a range of each. The operation with the greatest regression comes first."""
    a = side_of("a", query.a, query.a_from, query.a_to)
    b = side_of("b", query.b, query.b_from, query.b_to)
    pinned = services().store.baselines.run_ids()
    return data_answer(
        {
            "a": side_payload(a, pinned),
            "b": side_payload(b, pinned),
            "warnings": [asdict(warning) for warning in comparability_warnings(a.compared, b.compared)],
            "metrics": [asdict(row) for row in compare(a.figures, b.figures)],
            "operations": [asdict(row) for row in compare_operations(a.operations, b.operations)],
        }
    )


def side_of(name: str, run_id: str, from_s: float | None, to_s: float | None) -> Side:
    """Return the recorded figures of the whole run, or the computed figures of a range. Raises InvalidRequest."""
    reader = services().reader
    run = reader.run(run_id)
    if from_s is None and to_s is None:
        record: dict[str, Any] = record_of(run)
        return Side(ComparedRun(run=run), record, reader.ops(run.run_id))
    low, high = from_s or 0.0, LATER_THAN_ANY_RUN_S if to_s is None else to_s
    if not low < high:
        raise InvalidRequest.field(f"{name}_to", f"must be greater than {name}_from")
    window = reader.window(run.run_id, low, high)
    figures = window["breakdown"]["figures"] | window["breakdown"]["totals"]
    return Side(ComparedRun(run=run, from_s=window["from_s"], to_s=window["to_s"]), figures, window["ops"])


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
