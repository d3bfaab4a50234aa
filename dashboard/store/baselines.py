"""Pinned runs: few rows, kept in the same transaction as the runs that they name."""

from dashboard.model.baseline import Baseline, Scope
from dashboard.model.run import RunId, RunStatus, from_iso, iso
from dashboard.store.base import NotPinnable, PinnedRun
from dashboard.store.connection import Connection
from dashboard.store.listing import plain


def pin(db: Connection, baseline: Baseline) -> None:
    """Put `baseline` in the place of what its scope had; NotPinnable unless the run exists and has ended."""
    row = db.execute("SELECT status FROM runs WHERE run_id = ?", (plain(baseline.run_id),)).fetchone()
    if row is None:
        raise NotPinnable(f"there is no run {baseline.run_id}: it was deleted")
    if not RunStatus(row[0]).has_ended:
        raise NotPinnable(f"run {baseline.run_id} is {row[0]}: only a run that has ended can be a baseline")
    sql = "INSERT OR REPLACE INTO baselines (profile, env_profile, run_id, pinned_at) VALUES (?, ?, ?, ?)"
    db.execute(sql, (*_key(baseline.scope), baseline.run_id, iso(baseline.pinned_at)))


def unpin(db: Connection, scope: Scope) -> bool:
    """Take the baseline of exactly this scope away; False when there was none."""
    sql = "DELETE FROM baselines WHERE profile = ? AND env_profile = ?"
    return db.execute(sql, _key(scope)).rowcount > 0


def pinned(db: Connection) -> list[Baseline]:
    """All of them, the widest scope first."""
    rows = db.execute("SELECT profile, env_profile, run_id, pinned_at FROM baselines ORDER BY 1, 2")
    return [
        Baseline(
            scope=Scope(profile=profile or None, env_profile=env_profile or None),
            run_id=run_id,
            pinned_at=from_iso(pinned_at),
        )
        for profile, env_profile, run_id, pinned_at in rows
    ]


def ids(db: Connection) -> frozenset[RunId]:
    """Runs that are pinned anywhere."""
    return frozenset(row[0] for row in db.execute("SELECT run_id FROM baselines"))


def refuse_pinned(db: Connection, run_id: RunId) -> None:
    """PinnedRun when a baseline names the run."""
    if db.execute("SELECT 1 FROM baselines WHERE run_id = ?", (plain(run_id),)).fetchone():
        raise PinnedRun(f"run {run_id} is pinned as a baseline: take the pin away first")


def _key(scope: Scope) -> tuple[str, str]:
    return plain(scope.profile) or "", plain(scope.env_profile) or ""
