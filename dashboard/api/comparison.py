"""Two runs side by side."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flask import Response

from dashboard.api.http.context import services
from dashboard.api.http.responses import data_answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.comparison import DiffAnswer, DiffQuery
from dashboard.comparison.comparability import Looked, cautions, machine
from dashboard.comparison.differences import Figure, compare, compare_operations
from dashboard.model.errors import InvalidRequest
from dashboard.model.record import record_of

routes = Routes("comparison")
END_OF_ALL_RUNS_S = 1e9


@dataclass(frozen=True, slots=True)
class Side:
    """A run or a range of it, with its figures."""

    looked: Looked
    figures: Mapping[str, Figure]
    operations: list[dict[str, Any]]


@routes.get("/runs/diff", {200: DiffAnswer}, 404)
def compare_runs(query: DiffQuery) -> Response:
    """Two runs, or a range of each: what differs, the worst operation first, and what makes them incomparable."""
    a = side_of("a", query.a, query.a_from, query.a_to)
    b = side_of("b", query.b, query.b_from, query.b_to)
    pinned = services().store.baselines.run_ids()
    return data_answer(
        {
            "a": told(a, pinned),
            "b": told(b, pinned),
            "warnings": [asdict(caution) for caution in cautions(a.looked, b.looked)],
            "metrics": [asdict(row) for row in compare(a.figures, b.figures)],
            "operations": [asdict(row) for row in compare_operations(a.operations, b.operations)],
        }
    )


def side_of(name: str, run_id: str, from_s: float | None, to_s: float | None) -> Side:
    """The whole run as it was recorded, or a range of it as it is computed."""
    reader = services().reader
    run = reader.run(run_id)
    if from_s is None and to_s is None:
        record: dict[str, Any] = record_of(run)
        return Side(Looked(run=run), record, reader.ops(run.run_id))
    low, high = from_s or 0.0, END_OF_ALL_RUNS_S if to_s is None else to_s
    if not low < high:
        raise InvalidRequest.field(f"{name}_to", f"must be later than {name}_from")
    found = reader.window(run.run_id, low, high)
    figures = found["breakdown"]["figures"] | found["breakdown"]["totals"]
    return Side(Looked(run=run, from_s=found["from_s"], to_s=found["to_s"]), figures, found["ops"])


def told(side: Side, pinned: frozenset[str]) -> dict[str, Any]:
    """What the answer says of one side."""
    run = side.looked.run
    return {
        "run": record_of(run),
        "from_s": side.looked.from_s,
        "to_s": side.looked.to_s,
        "baseline": run.run_id in pinned,
        "meta": run.config.meta,
        "generator": machine(run.context.generator),
        "endpoints_sha256": run.context.endpoints_sha256,
    }
