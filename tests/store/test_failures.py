"""Failures: a killed process, a full disk, a file that is not a database. No committed data is lost."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.model.snapshot import OVERALL
from dashboard.store.errors import StoreError
from dashboard.store.store import Store
from tests.factories import A_RUN_ID, a_checkpoint, a_run, a_snapshot, an_interval

ROOT = Path(__file__).resolve().parents[2]

COMMIT_SCRIPT = """
import sys
from pathlib import Path
from dashboard.store.store import Store
from tests.factories import A_RUN_ID, a_run, an_interval
store = Store(Path(sys.argv[1]))
store.runs.insert(a_run())
for seq in range(1, 1_000_000):
    store.append(A_RUN_ID, [an_interval(seq)])
    print(seq, flush=True)
"""


def test_committed_data_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    command = [sys.executable, "-c", COMMIT_SCRIPT, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        committed = [next(child.stdout) for _ in range(50)]
        os.kill(child.pid, signal.SIGKILL)
        committed += list(child.stdout)
    store = Store(path)
    kept = [snapshot.seq for snapshot in store.snapshots.of_run(A_RUN_ID)]
    assert kept[: len(committed)] == [int(line) for line in committed]
    assert store.ranges.cumulative(A_RUN_ID)[OVERALL].requests == 3 * len(kept)
    store.close()


def test_deleted_or_replaced_file_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    store = Store(path)
    store.runs.insert(a_run())
    path.unlink()
    with pytest.raises(StoreError, match="is missing"):
        store.append(A_RUN_ID, [an_interval(1)])
    path.write_bytes(b"another file")
    with pytest.raises(StoreError, match="was replaced"):
        store.append(A_RUN_ID, [an_interval(1)])
    store.close()


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """The file of a closed store."""
    path = tmp_path / "d.db"
    Store(path).close()
    return path


def test_newer_database_is_refused(closed: Path) -> None:
    with sqlite3.connect(closed) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match=r"newer version .*schema 99"):
        Store(closed)


def test_file_that_is_not_a_database_is_refused_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    path.write_bytes(b"my holiday photographs" * 500)
    with pytest.raises(StoreError, match="is not a database. Move it away"):
        Store(path)
    assert path.read_bytes() == b"my holiday photographs" * 500


def test_damaged_database_is_reported(closed: Path) -> None:
    with closed.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 8192 * 8)
    with pytest.raises(StoreError, match="is damaged. Move it"):
        Store(closed).runs.get(A_RUN_ID)


def test_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(tmp_path / "file" / "d.db")


def test_folder_in_place_of_the_database_is_reported(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(tmp_path)


def test_full_disk_is_reported_and_earlier_data_stays(store: Store) -> None:
    store.runs.insert(a_run())
    store._database.write(lambda db: db.execute("PRAGMA max_page_count = 40").fetchall())
    big = a_checkpoint(push=bytes(8192 * 50))
    with pytest.raises(StoreError, match="is full"):
        store.append(A_RUN_ID, [an_interval(1)], checkpoint=big)
    store.append(A_RUN_ID, [an_interval(2)])
    assert store.snapshots.of_run(A_RUN_ID) == [a_snapshot(2)]
