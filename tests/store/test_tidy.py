"""Deleted runs: their detail goes in slices, and the space comes back."""

from pathlib import Path

import pytest

from dashboard.model.snapshot import OpKey
from dashboard.store import detail
from dashboard.store.connection import Connection
from dashboard.store.store import Store
from tests.factories import A_RUN_ID, a_checkpoint, a_run, an_interval, a_tally, an_event
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
    """Two runs with detail of every kind, and slices so small that each takes many."""
    monkeypatch.setattr(detail, "ROWS_AT_ONCE", 7)
    ops = {OpKey(f"Op{n}", "", ""): a_tally() for n in range(4)}
    for run_id in (A_RUN_ID, OTHER):
        store.runs.insert(a_run(run_id))
        intervals = [an_interval(seq, ops, keyframe=ops) for seq in range(1, 21)]
        store.append(run_id, intervals, checkpoint=a_checkpoint())
        store.events.add(run_id, an_event())
    return store


def rows(store: Store) -> dict[str, int]:
    with store._reading() as db:
        return {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}


def test_all_detail_of_a_deleted_run_goes_and_no_other(filled: Store) -> None:
    both = rows(filled)
    filled.delete_run(A_RUN_ID)
    wait_until(lambda: not rows(filled)["doomed"])
    assert rows(filled) == {table: count // 2 for table, count in both.items()}
    assert len(filled.snapshots(OTHER)) == 20


def test_a_slice_is_bounded(filled: Store) -> None:
    def one_slice(db: Connection) -> int:
        db.execute("INSERT INTO doomed SELECT run_no FROM runs WHERE run_id = ?", (A_RUN_ID,))
        before = int(db.execute("SELECT count(*) FROM intervals").fetchone()[0])
        assert detail.tidy(db)
        return before - int(db.execute("SELECT count(*) FROM intervals").fetchone()[0])

    assert filled._write(one_slice) == 10  # all five operations of two snapshots


def test_removal_goes_on_at_the_next_start(filled: Store, tmp_path: Path) -> None:
    filled.delete_run(A_RUN_ID)
    filled.close()
    again = Store(tmp_path / "dashboard.db")
    wait_until(lambda: not rows(again)["doomed"])
    assert rows(again)["snapshots"] == 20
    again.close()


def test_the_space_of_a_deleted_run_is_given_back(store: Store, tmp_path: Path) -> None:
    store.runs.insert(a_run())
    large = a_checkpoint(push=bytes(30_000_000))
    store.append(A_RUN_ID, [], checkpoint=large)
    store.runs.delete(A_RUN_ID)

    def free_pages() -> int:
        with store._reading() as db:
            return int(db.execute("PRAGMA freelist_count").fetchone()[0])

    wait_until(lambda: not rows(store)["doomed"] and free_pages() <= detail.KEPT_PAGES)
    store.close()
    assert (tmp_path / "dashboard.db").stat().st_size < 10_000_000
