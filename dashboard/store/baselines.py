"""Baselines: the pinned reference run of each scope."""

from dashboard.model.baseline import Baseline, Scope
from dashboard.model.outgoing import EventName
from dashboard.model.run import RunId, RunStatus, from_iso, iso
from dashboard.store.connection import SqlConnection
from dashboard.store.errors import NotPinnable, PinnedRun
from dashboard.store.event_outbox import add_event
from dashboard.store.repository import Repository
from dashboard.store.text import to_storable

_PUT = """
    INSERT OR REPLACE INTO baselines (profile, env_profile, run_id, pinned_at, changed_by) VALUES (?, ?, ?, ?, ?)
"""
_ALL = "SELECT profile, env_profile, run_id, pinned_at, changed_by FROM baselines ORDER BY 1, 2"


class BaselineRepository(Repository):
    """Baselines of all scopes."""

    def pin(self, baseline: Baseline) -> None:
        """Make a run the baseline of its scope, in place of any other. Raises NotPinnable unless the run has ended."""
        self._database.write(lambda db: _pin(db, baseline))

    def unpin(self, scope: Scope, *, by: str | None = None) -> bool:
        """Remove the baseline of exactly this scope. Returns False when the scope has no baseline."""
        return self._database.write(lambda db: _unpin(db, scope, by))

    def all(self) -> list[Baseline]:
        """Return all baselines, the widest scope first."""
        with self._database.reading() as db:
            rows = db.execute(_ALL)
            return [
                Baseline(
                    scope=Scope(profile=profile or None, env_profile=env_profile or None),
                    run_id=run_id,
                    pinned_at=from_iso(pinned_at),
                    changed_by=changed_by,
                )
                for profile, env_profile, run_id, pinned_at, changed_by in rows
            ]

    def run_ids(self) -> frozenset[RunId]:
        """Return the runs that are the baseline of any scope. Retention does not change them."""
        with self._database.reading() as db:
            return frozenset(row[0] for row in db.execute("SELECT run_id FROM baselines"))


def is_pinned(db: SqlConnection, run_id: RunId) -> bool:
    """Return whether the run is the baseline of any scope."""
    row = db.execute("SELECT 1 FROM baselines WHERE run_id = ?", (to_storable(run_id),)).fetchone()
    return row is not None


def refuse_pinned(db: SqlConnection, run_id: RunId) -> None:
    """Raise PinnedRun when the run is a baseline."""
    if is_pinned(db, run_id):
        raise PinnedRun(f"Run {run_id} is a baseline. Unpin it first.")


def _pin(db: SqlConnection, baseline: Baseline) -> None:
    row = db.execute("SELECT status FROM runs WHERE run_id = ?", (to_storable(baseline.run_id),)).fetchone()
    if row is None:
        raise NotPinnable(f"Run {baseline.run_id} does not exist. It was deleted.")
    if not RunStatus(row[0]).has_ended:
        raise NotPinnable(f"Run {baseline.run_id} is {row[0]}. Only a run that has ended can be a baseline.")
    previous = _pinned_run(db, baseline.scope)
    db.execute(
        _PUT,
        (*_key(baseline.scope), baseline.run_id, iso(baseline.pinned_at), to_storable(baseline.changed_by)),
    )
    if previous != baseline.run_id:
        _add_change(db, baseline.run_id, baseline.scope, (baseline.run_id, previous), baseline.changed_by)


def _unpin(db: SqlConnection, scope: Scope, by: str | None) -> bool:
    previous = _pinned_run(db, scope)
    if previous is None:
        return False
    db.execute("DELETE FROM baselines WHERE profile = ? AND env_profile = ?", _key(scope))
    _add_change(db, previous, scope, (None, previous), by)
    return True


def _pinned_run(db: SqlConnection, scope: Scope) -> RunId | None:
    sql = "SELECT run_id FROM baselines WHERE profile = ? AND env_profile = ?"
    row = db.execute(sql, _key(scope)).fetchone()
    return None if row is None else str(row[0])


def _add_change(
    db: SqlConnection, run_id: RunId, scope: Scope, runs: tuple[RunId | None, RunId | None], by: str | None
) -> None:
    """Add the event of a changed baseline. `runs`: the new and the previous baseline."""
    changed = {"profile": scope.profile, "env_profile": scope.env_profile, "changed_by": by}
    baseline = {**changed, "run_id": runs[0], "previous_run_id": runs[1]}
    add_event(db, EventName.BASELINE_CHANGED, run_id, baseline=baseline)


def _key(scope: Scope) -> tuple[str, str]:
    return to_storable(scope.profile) or "", to_storable(scope.env_profile) or ""
