"""Deleted runs: rows are deleted in slices, and the disk space is freed."""

from pathlib import Path

import pytest

from dashboard.model.snapshot import OpKey
from dashboard.store import cleanup
from dashboard.store.connection import SqlConnection
from dashboard.store.store import Store
from tests.factories import A_RUN_ID, a_checkpoint, a_run, a_tally, an_event, an_interval
from tests.store.waiting import wait_until

TABLES = (
    "runs",
    "snapshots",
    "ops",
    "intervals",
    "keyframes",
    "checkpoints",
    "events",
    "exchanges",
    "doomed",
)
OTHER = "20261121-101501-aaaaaaaa"


@pytest.fixture
def filled(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Two runs with rows in every table, and slices so small that each run takes many."""
    monkeypatch.setattr(cleanup, "ROWS_PER_SLICE", 7)
    ops = {OpKey(f"Op{n}", "", ""): a_tally() for n in range(4)}
    for run_id in (A_RUN_ID, OTHER):
        store.runs.insert(a_run(run_id))
        intervals = [an_interval(seq, ops, keyframe=ops) for seq in range(1, 21)]
        store.append(run_id, intervals, checkpoint=a_checkpoint())
        store.events.add(run_id, an_event())
    return store


def rows(store: Store) -> dict[str, int]:
    with store._database.reading() as db:
        return {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}


def test_all_rows_of_a_deleted_run_are_deleted_and_no_others(filled: Store) -> None:
    both = rows(filled)
    filled.runs.delete(A_RUN_ID)
    wait_until(lambda: not rows(filled)["doomed"])
    assert rows(filled) == {table: count // 2 for table, count in both.items()}
    assert len(filled.snapshots.of_run(OTHER)) == 20


def test_slice_is_bounded(filled: Store) -> None:
    def one_slice(db: SqlConnection) -> int:
        db.execute("INSERT INTO doomed SELECT run_no FROM runs WHERE run_id = ?", (A_RUN_ID,))
        before = int(db.execute("SELECT count(*) FROM intervals").fetchone()[0])
        assert cleanup.clean_up(db)
        return before - int(db.execute("SELECT count(*) FROM intervals").fetchone()[0])

    assert filled._database.write(one_slice) == 10  # all five operations of two snapshots


def test_deletion_continues_at_the_next_start(filled: Store, tmp_path: Path) -> None:
    filled.runs.delete(A_RUN_ID)
    filled.close()
    again = Store(tmp_path / "dashboard.db")
    wait_until(lambda: not rows(again)["doomed"])
    assert rows(again)["snapshots"] == 20
    again.close()


def test_disk_space_of_a_deleted_run_is_freed(store: Store, tmp_path: Path) -> None:
    store.runs.insert(a_run())
    large = a_checkpoint(push=bytes(30_000_000))
    store.append(A_RUN_ID, [], checkpoint=large)
    store.runs.delete(A_RUN_ID)

    def free_pages() -> int:
        with store._database.reading() as db:
            return int(db.execute("PRAGMA freelist_count").fetchone()[0])

    wait_until(lambda: not rows(store)["doomed"] and free_pages() <= cleanup.MAX_FREE_PAGES)
    store.close()
    assert (tmp_path / "dashboard.db").stat().st_size < 10_000_000
