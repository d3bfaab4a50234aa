"""A backup contains everything stored before it began, and is restored into an unused folder."""

import json
import os
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.backup.archive import BackupError
from dashboard.backup.backup import create_backup, restore
from dashboard.file_lock import wait_for_lock
from dashboard.store.errors import StoreError
from dashboard.store.store import Store
from tests.conftest import ROOT
from tests.factories import a_run, an_ended_run, an_interval
from tests.reports.synthetic_runs import store_run

NOW = datetime(2026, 12, 31, tzinfo=UTC)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a run folder, uploaded files, and files that a backup leaves out."""
    folder = tmp_path / "data"
    run_folder = folder / "runs" / an_ended_run().run_id
    run_folder.mkdir(parents=True)
    (run_folder / "console.log").write_text("hello")
    (run_folder / "secrets.json").write_text("secret")
    (folder / "files").mkdir()
    (folder / "files" / "users.csv").write_text("id\n1\n")
    for name in (
        "token",
        "badge-secret",
        "cookie-secret",
        "server.json",
        "dashboard.lock",
        "README.md",
        "half.tmp",
    ):
        (folder / name).write_text("secret")
    return folder


@pytest.fixture
def store(data: Path) -> Iterator[Store]:
    made = Store(data / "dashboard.db")
    yield made
    made.close()


def restored(target: Path, folder: Path) -> Store:
    folder.mkdir(exist_ok=True)
    restore(target, folder)
    return Store(folder / "dashboard.db")


def test_restored_folder_equals_the_original(store: Store, data: Path, tmp_path: Path) -> None:
    run = store_run(store, seconds=120, operations=3)
    target = tmp_path / "backup.tar.gz"
    create_backup(data, target, NOW)
    again = restored(target, tmp_path / "restored")

    assert again.runs.get(run.run_id) == store.runs.get(run.run_id)
    assert again.intervals.read(run.run_id, after=0, limit=1_000) == store.intervals.read(
        run.run_id, after=0, limit=1_000
    )
    assert (tmp_path / "restored" / "runs" / run.run_id / "console.log").read_text() == "hello"
    assert (tmp_path / "restored" / "files" / "users.csv").read_text() == "id\n1\n"
    again.close()
    assert target.stat().st_mode & 0o777 == 0o600
    with tarfile.open(target) as archive:
        assert json.loads(archive.extractfile("backup.json").read())["made_at"] == "2026-12-31T00:00:00.000Z"
        assert not [
            name
            for name in archive.getnames()
            if name.endswith(("token", "secrets.json", "server.json", ".tmp"))
        ]


def test_backup_during_writes_is_consistent(store: Store, data: Path, tmp_path: Path) -> None:
    """The backup contains everything that a busy writer committed before it began, without gaps."""
    live = a_run("20261122-101500-bbbbbbbb")
    store.runs.insert(live)
    store_run(store, seconds=600, operations=5)
    written, stop = [0], threading.Event()

    def write() -> None:
        while not stop.is_set():
            store.append(live.run_id, [an_interval(written[0] + 1)])
            written[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            before = written[0]
            create_backup(data, tmp_path / f"{number}.tar.gz", NOW)
            after = written[0]
            again = restored(tmp_path / f"{number}.tar.gz", tmp_path / f"restored{number}")
            seqs = [snapshot.seq for snapshot in again.snapshots.of_run(live.run_id)]
            assert seqs == list(range(1, len(seqs) + 1))
            assert before <= len(seqs) <= after + 1
            again.close()
    finally:
        stop.set()
        writer.join()


def test_nothing_is_overwritten(store: Store, data: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.tar.gz"
    create_backup(data, target, NOW)
    before = target.read_bytes()

    with pytest.raises(BackupError, match="already exists"):
        create_backup(data, target, NOW)
    assert target.read_bytes() == before
    with pytest.raises(BackupError, match=r"is in use \(.*dashboard.db"):
        restore(target, data)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.tar.gz", "data"]


def test_folder_without_a_database_cannot_be_backed_up(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="nothing to back up"):
        create_backup(tmp_path, tmp_path / "backup.tar.gz", NOW)


@pytest.mark.parametrize("damage", ["cut", "text", "another", "traversal", "newer"])
def test_invalid_backup_leaves_nothing(store: Store, data: Path, tmp_path: Path, damage: str) -> None:
    target, wrong, folder = tmp_path / "backup.tar.gz", tmp_path / "wrong.tar.gz", tmp_path / "restored"
    store_run(store, seconds=120, operations=2)
    create_backup(data, target, NOW)
    folder.mkdir()
    (folder / "README.md").write_text("runtime files")
    write_invalid(target, wrong, damage)

    with pytest.raises((BackupError, StoreError)):
        restore(wrong, folder)
    assert [path.name for path in folder.iterdir()] == ["README.md"]


def write_invalid(target: Path, wrong: Path, damage: str) -> None:
    whole = target.read_bytes()
    if damage == "cut":
        wrong.write_bytes(whole[: len(whole) // 2])
    elif damage == "text":
        wrong.write_text("not an archive")
    else:
        with tarfile.open(wrong, "w:gz") as archive:
            manifest = {"format": "k6-dashboard-backup", "version": 2 if damage == "newer" else 1}
            if damage != "another":
                path = target.with_name("backup.json")
                path.write_text(json.dumps(manifest))
                archive.add(path, "backup.json")
            archive.add(target, "../out" if damage == "traversal" else "dashboard.db")


def test_killed_backup_leaves_no_target_file(store: Store, data: Path, tmp_path: Path) -> None:
    store_run(store, seconds=600, operations=5)
    target = tmp_path / "backup.tar.gz"
    child = os.fork()
    if not child:
        create_backup(data, target, NOW)
        os._exit(0)
    while not list(tmp_path.glob(".backup-*/dashboard.db")):
        pass
    os.kill(child, 9)
    os.waitpid(child, 0)

    assert not target.exists()
    create_backup(data, target, NOW)
    assert restored(target, tmp_path / "restored").runs.get(an_ended_run().run_id) is not None


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "dashboard", *arguments, "--no-setup"]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_commands_report_success_and_refusal(store: Store, data: Path, tmp_path: Path) -> None:
    store_run(store, seconds=20, operations=1)
    target, folder = tmp_path / "backup.tar.gz", tmp_path / "restored"
    made = command("backup", str(target), "--data-dir", str(data))
    again = command("backup", str(target), "--data-dir", str(data))
    back = command("restore", str(target), "--data-dir", str(folder))
    twice = command("restore", str(target), "--data-dir", str(folder))
    (tmp_path / "served").mkdir()
    lock = wait_for_lock(tmp_path / "served" / "dashboard.lock")
    served = command("restore", str(target), "--data-dir", str(tmp_path / "served"))
    lock.release()

    assert (made.returncode, back.returncode) == (0, 0), made.stderr + back.stderr
    assert "Wrote the backup to" in made.stdout
    assert "Restored the backup of 20" in back.stdout
    assert (again.returncode, "already exists" in again.stderr) == (1, True)
    assert (twice.returncode, "is in use" in twice.stderr) == (1, True)
    assert (served.returncode, "used by another dashboard" in served.stderr) == (1, True)
