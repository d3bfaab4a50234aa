"""Trends: figures of an operation or of the whole run, over many runs."""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from dashboard.model.planned_load import format_duration, load_text
from dashboard.store.connection import Row
from dashboard.store.listing import FIGURE_COLUMNS, MATCHES, filter_values
from dashboard.store.repository import Repository
from dashboard.store.text import fold_case, to_storable
from dashboard.store.values import Cohort, RunFilter

RUN_COLUMNS = ("run_id", "started_at", "verdict", "label")
_PATHS = ("$.context.stages", "$.context.plan_unit", "$.vus_max", "$.planned_s", "$.steered_load")
_LOAD = f"json_extract(body, {', '.join(repr(path) for path in _PATHS)})"
# A comparable run has finished, and its generator produced the requested load.
_VALID = "status = 'finished' AND coalesce(verdict, '') != 'invalid'"
_COHORT = f"""
    {_VALID} AND profile = :profile
    AND (:any_target OR (env_profile IS :env_profile AND (:env_profile IS NOT NULL OR target = :target)))
    AND (:until IS NULL OR created_at <= :until)
"""
_NEWEST = "ORDER BY created_at DESC, run_id DESC LIMIT :limit"
_WHOLE_RUN = f"""
    SELECT {", ".join((*RUN_COLUMNS, _LOAD, *FIGURE_COLUMNS))} FROM runs INDEXED BY runs_listed
    WHERE {_COHORT} AND total_reqs IS NOT NULL {_NEWEST}
"""  # noqa: S608 - constants
# CROSS JOIN fixes the order of the tables: SQLite reads the newest runs first and stops at the limit.
_ONE_OP = f"""
    SELECT {", ".join((*RUN_COLUMNS, _LOAD, *(f"run_ops.{name}" for name in FIGURE_COLUMNS)))}
    FROM runs INDEXED BY runs_listed CROSS JOIN run_ops ON run_ops.run_no = runs.run_no AND op = :op
    WHERE {_COHORT} {_NEWEST}
"""  # noqa: S608 - constants
_ALL_OPS = f"""
    SELECT op, {", ".join((*RUN_COLUMNS, "load", *(f"run_ops.{name}" for name in FIGURE_COLUMNS)))}
    FROM (
        SELECT run_no, {", ".join(RUN_COLUMNS)}, {_LOAD} AS load, created_at FROM runs INDEXED BY runs_listed
        WHERE {_COHORT} AND total_reqs IS NOT NULL {_NEWEST}
    ) AS runs CROSS JOIN run_ops ON run_ops.run_no = runs.run_no
    ORDER BY created_at, run_id, op
"""  # noqa: S608 - constants
_FIGURE_BY_TIME = {
    name: f"""
        SELECT created_at, run_id, {name} FROM runs INDEXED BY runs_listed
        WHERE {MATCHES} AND {_VALID} AND {name} IS NOT NULL
    """  # noqa: S608 - constants
    for name in FIGURE_COLUMNS
}


_NAMES = (*RUN_COLUMNS, "load", *FIGURE_COLUMNS)


class TrendRepository(Repository):
    """Figures of the valid finished runs of a cohort."""

    def series(self, op: str | None, cohort: Cohort, limit: int) -> list[dict[str, Any]]:
        """Return figures of `op`, or of the whole run, in the newest `limit` runs of a cohort, oldest first."""
        values = _cohort_values(cohort) | {"limit": limit, "op": to_storable(op)}
        with self._database.reading() as db:
            rows = db.execute(_WHOLE_RUN if op is None else _ONE_OP, values).fetchall()
        return [_point(row) for row in reversed(rows)]

    def series_by_op(self, cohort: Cohort, limit: int) -> dict[str, list[dict[str, Any]]]:
        """Return the series of every operation in the newest `limit` runs of a cohort."""
        series: dict[str, list[dict[str, Any]]] = {}
        with self._database.reading() as db:
            for op, *row in db.execute(_ALL_OPS, _cohort_values(cohort) | {"limit": limit}):
                series.setdefault(op, []).append(_point(row))
        return series

    def figure_by_time(self, metric: str, run_filter: RunFilter) -> Iterable[Row]:
        """Return `created_at`, `run_id` and one figure of each valid finished run that has it."""
        with self._database.reading() as db:
            return db.execute(_FIGURE_BY_TIME[metric], filter_values(run_filter)).fetchall()


def _point(row: Iterable[Any]) -> dict[str, Any]:
    point = dict(zip(_NAMES, row, strict=True))
    return point | {"load": _load_text(point["load"])}


@lru_cache
def _load_text(stored: str) -> str:
    """Return the planned load, and whether it was steered. Runs with comparable figures have the same text."""
    stages, unit, vus_max, planned_s, steered_load = json.loads(stored)
    steered = ", steered" if steered_load else ""
    return f"{load_text(stages, unit, vus_max)}; {format_duration(planned_s)} planned{steered}"


def _cohort_values(cohort: Cohort) -> dict[str, object]:
    return {
        "profile": to_storable(cohort.profile),
        "env_profile": to_storable(cohort.env_profile),
        "target": fold_case(cohort.base_url or ""),
        "any_target": cohort.env_profile is None and cohort.base_url is None,
        "until": cohort.until,
    }
