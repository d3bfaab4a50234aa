"""Reads what a comparison needs: whole runs, ranges of them, and the baseline of a run."""

from dataclasses import asdict, dataclass
from typing import Any

from dashboard.comparison.comparability import ComparedRun
from dashboard.comparison.compared import Comparison, Side, compare_sides
from dashboard.comparison.judgment import SideNames
from dashboard.model.errors import InvalidRequest
from dashboard.model.record import record_of
from dashboard.model.run import Run
from dashboard.runs.reader import RunReader

LATER_THAN_ANY_RUN_S = 1e9
BASELINE_NAMES = SideNames("The baseline", "This run")


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineComparison:
    """A run compared with its baseline."""

    baseline: Run
    comparison: Comparison


def run_side(reader: RunReader, run: Run) -> Side:
    """Return the figures of a whole run, as recorded."""
    record: dict[str, Any] = record_of(run)
    return Side(
        compared=ComparedRun(run=run),
        figures=record,
        operations=reader.ops(run.run_id),
        results=reader.results(run),
    )


def range_side(reader: RunReader, name: str, run_id: str, from_s: float | None, to_s: float | None) -> Side:
    """Return a range of a run, or without bounds the whole run. Raises InvalidRequest with the field `<name>_to`."""
    run = reader.run(run_id)
    if from_s is None and to_s is None:
        return run_side(reader, run)
    low, high = from_s or 0.0, LATER_THAN_ANY_RUN_S if to_s is None else to_s
    if not low < high:
        raise InvalidRequest.field(f"{name}_to", f"must be greater than {name}_from")
    window = reader.window(run.run_id, low, high)
    return Side(
        compared=ComparedRun(run=run, from_s=window["from_s"], to_s=window["to_s"]),
        figures=window["breakdown"]["figures"] | window["breakdown"]["totals"],
        operations=window["ops"],
    )


def baseline_comparison(reader: RunReader, run: Run) -> BaselineComparison | None:
    """Compare a run with its baseline. None without a baseline, or if the run is the baseline."""
    baseline = reader.baseline_of(run)
    if baseline is None:
        return None
    comparison = compare_sides(run_side(reader, baseline), run_side(reader, run), BASELINE_NAMES)
    return BaselineComparison(baseline=baseline, comparison=comparison)


def baseline_headline(reader: RunReader, run: Run) -> str | None:
    """Return a run against its baseline in one sentence. None without a baseline or without figures."""
    compared = baseline_comparison(reader, run) if run.figures else None
    return None if compared is None else compared.comparison.judgment.headline


def baseline_payload(compared: BaselineComparison | None) -> dict[str, Any]:
    """Return the response of `/runs/<id>/baseline`."""
    if compared is None:
        return {"run": None, "judgment": None}
    return {"run": record_of(compared.baseline), "judgment": asdict(compared.comparison.judgment)}
