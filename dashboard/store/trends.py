"""Figures over many runs: an operation's or the whole run's from run to run, and all runs of some days."""

from collections.abc import Iterable
from typing import Any

from dashboard.store.base import Kin, RunFilter
from dashboard.store.connection import Connection, Row
from dashboard.store.listing import FIGURE_COLUMNS, MATCHES, folded, plain, values_of

POINT = ("run_id", "started_at", "verdict", "label")
# Runs that can be held against each other: they finished, and the generator was not the bottleneck.
_SOUND = "status = 'finished' AND coalesce(verdict, '') != 'invalid'"
_KIN = f"""
    {_SOUND} AND profile = :profile
    AND (:any_place OR (env_profile IS :env_profile AND (:env_profile IS NOT NULL OR target = :target)))
    AND (:until IS NULL OR created_at <= :until)
"""
_NEWEST = "ORDER BY created_at DESC, run_id DESC LIMIT :limit"
_WHOLE = f"""
    SELECT {", ".join((*POINT, *FIGURE_COLUMNS))} FROM runs INDEXED BY runs_listed
    WHERE {_KIN} AND total_reqs IS NOT NULL {_NEWEST}
"""  # noqa: S608 - constants
# CROSS JOIN keeps this order of tables: the newest runs first, then their row, until there are enough.
_ONE_OP = f"""
    SELECT {", ".join((*POINT, *(f"run_ops.{name}" for name in FIGURE_COLUMNS)))}
    FROM runs INDEXED BY runs_listed CROSS JOIN run_ops ON run_ops.run_no = runs.run_no AND op = :op
    WHERE {_KIN} {_NEWEST}
"""  # noqa: S608 - constants
_EVERY_OP = f"""
    SELECT op, {", ".join((*POINT, *(f"run_ops.{name}" for name in FIGURE_COLUMNS)))}
    FROM (
        SELECT run_no, {", ".join(POINT)}, created_at FROM runs INDEXED BY runs_listed
        WHERE {_KIN} AND total_reqs IS NOT NULL {_NEWEST}
    ) AS runs CROSS JOIN run_ops ON run_ops.run_no = runs.run_no
    ORDER BY created_at, run_id, op
"""  # noqa: S608 - constants
_OF_DAYS = {
    name: f"""
        SELECT created_at, run_id, {name} FROM runs INDEXED BY runs_listed
        WHERE {MATCHES} AND {_SOUND} AND {name} IS NOT NULL
    """  # noqa: S608 - constants
    for name in FIGURE_COLUMNS
}


def trend(db: Connection, op: str | None, kin: Kin, limit: int) -> list[dict[str, Any]]:
    """The figures of `op`, or of the whole run, in the newest runs of a kind, the oldest first."""
    values = _values(kin) | {"limit": limit, "op": plain(op)}
    names = (*POINT, *FIGURE_COLUMNS)
    rows = db.execute(_WHOLE if op is None else _ONE_OP, values).fetchall()
    return [dict(zip(names, row, strict=True)) for row in reversed(rows)]


def trends(db: Connection, kin: Kin, limit: int) -> dict[str, list[dict[str, Any]]]:
    """The same for every operation of those runs."""
    names = (*POINT, *FIGURE_COLUMNS)
    found: dict[str, list[dict[str, Any]]] = {}
    for op, *row in db.execute(_EVERY_OP, _values(kin) | {"limit": limit}):
        found.setdefault(op, []).append(dict(zip(names, row, strict=True)))
    return found


def values_of_days(db: Connection, metric: str, wanted: RunFilter) -> Iterable[Row]:
    """When each sound run that has the figure was made, its id and the figure."""
    return db.execute(_OF_DAYS[metric], values_of(wanted)).fetchall()


def _values(kin: Kin) -> dict[str, object]:
    return {
        "profile": plain(kin.profile),
        "env_profile": plain(kin.env_profile),
        "target": folded(kin.base_url or ""),
        "any_place": kin.env_profile is None and kin.base_url is None,
        "until": kin.until,
    }
