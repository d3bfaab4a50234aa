"""The record: everything about runs, in one SQLite database."""

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from dashboard.model.baseline import Baseline, Scope
from dashboard.model.events import Event
from dashboard.model.run import RetentionLevel, Run, RunId, RunStatus
from dashboard.model.slo import SloResult
from dashboard.model.snapshot import Checkpoint, OpKey, Snapshot, Interval
from dashboard.model.tally import Tally
from dashboard.store import baselines, codec, detail, drafts, listing, ranges, run_ops, runs, trends
from dashboard.store import slo_results as judged
from dashboard.store.base import (
    Kin,
    OpWindow,
    RangeTallies,
    RunFilter,
    RunStore,
    Sort,
    StoredInterval,
    Usage,
)
from dashboard.store.connection import Connection
from dashboard.store.database import Database
from dashboard.store.mirrored import Mirrored
from dashboard.store.op_series import op_series
from dashboard.store.outbox import Outbox

T = TypeVar("T")

_LARGEST_INTEGER = (1 << 63) - 1


class SqliteStore(RunStore):
    """Runs and all that is known of them in the database file `path`, which is made when it is missing."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _tidy)
        self._write, self._reading = self._database.write, self._database.reading
        self._write(drafts.drop_all)
        self.outbox = Outbox(self._write, self._reading)
        self.mirrored = Mirrored(self._write, self._reading)

    def insert_run(self, run: Run) -> None:
        columns = runs.columns_of(run)
        self._write(lambda db: runs.insert(db, columns))

    def update_run(self, run: Run, *, expected: Sequence[RunStatus] | None = None) -> None:
        columns = runs.columns_of(run)
        self._write(lambda db: runs.update(db, columns, expected))

    def run(self, run_id: RunId) -> Run | None:
        with self._reading() as db:
            return runs.run(db, run_id)

    def record_json(self, run_id: RunId) -> str | None:
        with self._reading() as db:
            return runs.record(db, run_id)

    def newest_run(self, *, ended: bool = False) -> RunId | None:
        with self._reading() as db:
            return runs.newest(db, ended=ended)

    def list_records(
        self, wanted: RunFilter, *, limit: int, before: RunId | None, sort: Sort | None = None
    ) -> list[str]:
        with self._reading() as db:
            return listing.records(db, wanted, limit=limit, before=before, sort=sort)

    def count_runs(self, wanted: RunFilter) -> int:
        with self._reading() as db:
            return listing.count(db, wanted)

    def choices(self) -> dict[str, list[str]]:
        with self._reading() as db:
            return listing.choices(db)

    def trend(self, op: str | None, kin: Kin, limit: int) -> list[dict[str, Any]]:
        with self._reading() as db:
            return trends.trend(db, op, kin, limit)

    def trends(self, kin: Kin, limit: int) -> dict[str, list[dict[str, Any]]]:
        with self._reading() as db:
            return trends.trends(db, kin, limit)

    def values_of_days(self, metric: str, wanted: RunFilter) -> Iterable[tuple[Any, ...]]:
        with self._reading() as db:
            return trends.values_of_days(db, metric, wanted)

    def runs_with_status(self, statuses: Sequence[RunStatus]) -> list[Run]:
        with self._reading() as db:
            return runs.with_status(db, statuses)

    def delete_run(self, run_id: RunId, *, everywhere: bool = False) -> bool:
        def remove(db: Connection) -> bool:
            baselines.refuse_pinned(db, run_id)
            return runs.doom(db, run_id, everywhere=everywhere)

        return self._write(remove)

    def pin(self, baseline: Baseline) -> None:
        self._write(lambda db: baselines.pin(db, baseline))

    def unpin(self, scope: Scope) -> bool:
        return self._write(lambda db: baselines.unpin(db, scope))

    def baselines(self) -> list[Baseline]:
        with self._reading() as db:
            return baselines.pinned(db)

    def baseline_ids(self) -> frozenset[RunId]:
        with self._reading() as db:
            return baselines.ids(db)

    def append(
        self,
        run_id: RunId,
        intervals: Sequence[Interval],
        *,
        run: Run | None = None,
        checkpoint: Checkpoint | None = None,
        slo_results: Sequence[SloResult] | None = None,
    ) -> None:
        encoded = [detail.encoded(interval) for interval in intervals]
        columns = runs.columns_of(run) if run else None

        def commit(db: Connection) -> None:
            run_no = runs.stored_run_no(db, run_id)
            detail.put_intervals(db, run_no, encoded)
            if checkpoint:
                detail.put_checkpoint(db, run_no, checkpoint)
            if columns:
                runs.update(db, columns)
            if slo_results is not None:
                judged.put(db, run_no, slo_results)
            if run and run.status.has_ended:
                run_ops.fill(db, run_no, run)
            elif runs.has_ended(db, run_no):
                run_ops.mark_due(db, run_no)

        self._write(commit)

    def slo_results(self, run_id: RunId) -> list[SloResult]:
        with self._reading() as db:
            return judged.read(db, runs.run_no(db, run_id))

    def checkpoint(self, run_id: RunId) -> Checkpoint | None:
        with self._reading() as db:
            return detail.checkpoint(db, runs.run_no(db, run_id))

    def snapshots(self, run_id: RunId, *, after: int = 0, limit: int | None = None) -> list[Snapshot]:
        with self._reading() as db:
            return detail.snapshots(db, runs.run_no(db, run_id), after=_bounded(after), limit=limit)

    def snapshot_columns(self, run_id: RunId, *, after: int = 0) -> dict[str, list[float | int | None]]:
        with self._reading() as db:
            return detail.snapshot_columns(db, runs.run_no(db, run_id), after=_bounded(after))

    def interval(self, run_id: RunId, seq: int) -> dict[OpKey, Tally]:
        with self._reading() as db:
            return detail.interval(db, runs.run_no(db, run_id), _bounded(seq))

    def cumulative(self, run_id: RunId) -> dict[OpKey, Tally]:
        with self._reading() as db:
            return ranges.cumulative(db, runs.run_no(db, run_id))

    def window(self, run_id: RunId, from_s: float, to_s: float) -> RangeTallies | None:
        with self._reading() as db:
            return ranges.window(db, runs.run_no(db, run_id), from_s, to_s)

    def op_series(
        self, run_id: RunId, op: str, from_s: float = 0.0, to_s: float = math.inf
    ) -> list[OpWindow]:
        with self._reading() as db:
            return op_series(db, runs.run_no(db, run_id), op, from_s, to_s)

    def add_event(self, run_id: RunId, event: Event) -> int:
        return self._write(lambda db: runs.add_event(db, run_id, event))

    def events(self, run_id: RunId, *, after: int = 0) -> list[tuple[int, Event]]:
        with self._reading() as db:
            return runs.events(db, run_id, after=_bounded(after))

    def put_exchanges(self, run_id: RunId, added: Mapping[int, str], removed: Sequence[int] = ()) -> None:
        self._write(lambda db: runs.put_exchanges(db, run_id, added, removed))

    def exchanges(self, run_id: RunId) -> list[tuple[int, str]]:
        with self._reading() as db:
            return runs.exchanges(db, run_id)

    def remove_event(self, run_id: RunId, number: int) -> bool:
        return self._write(lambda db: runs.remove_event(db, run_id, _bounded(number)))

    def get_object(self, kind: str, name: str) -> dict[str, object] | None:
        with self._reading() as db:
            return runs.get_object(db, kind, name)

    def put_object(self, kind: str, name: str, body: dict[str, object] | None) -> None:
        text = None if body is None else codec.to_json(body)
        self._write(lambda db: runs.put_object(db, kind, name, text))

    def stored_intervals(
        self, run_id: RunId, *, after: int, limit: int, op: OpKey | None = None
    ) -> list[StoredInterval]:
        with self._reading() as db:
            return drafts.stored_intervals(
                db, runs.run_no(db, run_id), after=_bounded(after), limit=limit, op=op
            )

    def replace_intervals(
        self,
        run_id: RunId,
        numbers: tuple[int, int],
        intervals: Sequence[StoredInterval],
        level: RetentionLevel | None,
    ) -> bool:
        return self._write(lambda db: drafts.replace(db, run_id, numbers, intervals, level))

    def open_draft(self) -> int:
        return self._write(drafts.open_draft)

    def add_to_draft(self, draft: int, intervals: Sequence[StoredInterval]) -> None:
        self._write(lambda db: drafts.add(db, draft, intervals))

    def publish_draft(
        self,
        draft: int,
        run: Run,
        events: Sequence[Event],
        slo_results: Sequence[SloResult] = (),
        exchanges: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        columns = runs.columns_of(run)

        def publish(db: Connection) -> None:
            drafts.publish(db, draft, columns, events)
            judged.put(db, draft, slo_results)
            runs.put_exchanges(db, run.run_id, exchanges, ())

        self._write(publish)

    def drop_draft(self, draft: int) -> None:
        self._write(lambda db: drafts.drop(db, draft))

    def at_one_moment(self) -> AbstractContextManager[None]:
        return self._database.at_one_moment()

    def runs_kept(
        self, levels: Sequence[RetentionLevel], *, until: str, length_s: float = 0.0, limit: int = 100
    ) -> list[RunId]:
        with self._reading() as db:
            return runs.kept(db, levels, until=until, length_s=length_s, limit=limit)

    def usage(self) -> Usage:
        return self._database.usage()

    def is_tidy(self) -> bool:
        with self._reading() as db:
            return detail.is_tidy(db)

    def close(self) -> None:
        """Finish what was acknowledged and close; calling it again does nothing."""
        self._database.close()


def _tidy(db: Connection) -> bool:
    """A slice of what can wait."""
    return detail.tidy(db) or run_ops.fill_one(db)


def _bounded(number: int) -> int:
    """The largest number that a database knows, for those that are larger."""
    return min(number, _LARGEST_INTEGER)
