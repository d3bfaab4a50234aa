"""No backup contains a credential, and no restore plants one."""

import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.backup import unpack as unpacking
from dashboard.backup.archive import SECRET_FILES, BackupError
from dashboard.backup.backup import create_backup, restore
from dashboard.run_folder.files import AuthFile, ControlFile, RunFile, RunFolder, SecretsFile
from dashboard.run_folder.secret_fields import secret_fields
from dashboard.store.errors import StoreError
from dashboard.store.store import Store
from tests.factories import a_run
from tests.support.canaries import CANARY, contents, fill_with_canaries, leaks

NOW = datetime(2026, 12, 31, tzinfo=UTC)
RUN_ID = "20261122-101500-bbbbbbbb"


@pytest.fixture
def backup(tmp_path: Path) -> Iterator[Path]:
    """A backup of a folder in which every credential is a canary."""
    data = tmp_path / "data"
    fill_with_canaries(data / "runs" / RUN_ID)
    for name in ("token", "server.json"):
        (data / name).write_text(CANARY)
    store = Store(data / "dashboard.db")
    store.runs.insert(a_run(RUN_ID))
    create_backup(data, tmp_path / "backup.tar.gz", NOW)
    yield tmp_path / "backup.tar.gz"
    store.close()


def test_the_secret_files_are_those_whose_shapes_hold_secrets() -> None:
    assert {"secrets.json", "auth.json"} == SECRET_FILES
    assert secret_fields(SecretsFile) == {"secrets"}
    assert secret_fields(AuthFile) == {"headers", "body", "hidden", "token"}
    assert secret_fields(RunFile) == {"argv", "env", "bearer", "channel_key"}
    assert secret_fields(ControlFile) == frozenset()


def test_no_file_of_a_backup_contains_a_credential(backup: Path) -> None:
    files = dict(contents("backup", backup.read_bytes()))
    assert {name.rpartition("/")[2] for name in files} == {"backup.json", "dashboard.db", "run.json"}
    assert leaks("backup", backup.read_bytes()) == []


def test_a_restored_run_folder_cannot_start_anything(backup: Path, tmp_path: Path) -> None:
    restored = tmp_path / "restored"
    restored.mkdir()
    restore(backup, restored)
    run = RunFolder(restored / "runs" / RUN_ID).read(RunFile)
    assert run is not None
    assert (run.argv, run.env, len(run.bearer), len(run.channel_key or "")) == ((), {}, 32, 32)


def add_files(backup: Path, files: Mapping[str, bytes]) -> Path:
    """Return a copy of the backup with additional files."""
    changed = backup.with_name("changed.tar.gz")
    with tarfile.open(backup) as source, tarfile.open(changed, "w:gz") as target:
        for member in source:
            target.addfile(member, source.extractfile(member))
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            target.addfile(entry, io.BytesIO(content))
    return changed


PLANTED = (
    *("token", "server.json", "dashboard.lock", "dashboard.db-wal", "./token", "runs/../token", "runs/token"),
    *(f"runs/{RUN_ID}/auth.json", f"runs/{RUN_ID}/secrets.json", f"runs/{RUN_ID}/runner.lock"),
    *(".hidden", f"runs/{RUN_ID}/.run.json.1.tmp", ".restoring/token"),
)


@pytest.mark.parametrize("name", PLANTED)
def test_a_file_that_no_backup_contains_is_not_restored(backup: Path, tmp_path: Path, name: str) -> None:
    restored = tmp_path / "restored"
    restored.mkdir()
    changed = add_files(backup, {name: CANARY.encode()})
    if ".." in name:
        with pytest.raises(BackupError, match="does not belong in a data folder"):
            restore(changed, restored)
    else:
        restore(changed, restored)
    assert [
        path for path in restored.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()
    ] == []


def test_a_planted_command_is_not_restored(backup: Path, tmp_path: Path) -> None:
    restored = tmp_path / "restored"
    restored.mkdir()
    name = f"runs/{RUN_ID}/run.json"
    planted = {"format": 1, "argv": ["/bin/sh", "-c", "true"], "env": {"LD_PRELOAD": "x"}, "bearer": "b"}
    restore(add_files(backup, {name: json.dumps(planted).encode()}), restored)
    assert json.loads((restored / name).read_text())["argv"] == []


@pytest.mark.parametrize(
    "content", [b"", b"x", b"\x00" * 4096, b"SQLite format 3\x00", b"SQLite format 3\x00" + b"\x00" * 4096]
)
def test_a_file_that_is_not_a_database_is_refused(backup: Path, tmp_path: Path, content: bytes) -> None:
    restored = tmp_path / "restored"
    restored.mkdir()
    with pytest.raises(StoreError, match="is damaged"):
        restore(add_files(backup, {"dashboard.db": content}), restored)
    assert list(restored.iterdir()) == []


def test_a_backup_larger_than_the_disk_is_refused(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restored = tmp_path / "restored"
    restored.mkdir()
    monkeypatch.setattr(unpacking, "MIN_FREE_BYTES", 1 << 62)
    with pytest.raises(BackupError, match="larger than the 0 bytes"):
        restore(backup, restored)
    assert list(restored.iterdir()) == []


def test_too_many_files_are_refused(backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    restored = tmp_path / "restored"
    restored.mkdir()
    monkeypatch.setattr(unpacking, "MAX_MEMBERS", 1)
    with pytest.raises(BackupError, match="more than 1 files"):
        restore(backup, restored)


def test_a_huge_header_is_refused(backup: Path, tmp_path: Path) -> None:
    restored, changed = tmp_path / "restored", tmp_path / "changed.tar.gz"
    restored.mkdir()
    with tarfile.open(backup) as source, tarfile.open(changed, "w:gz", format=tarfile.PAX_FORMAT) as target:
        for member in source:
            target.addfile(member, source.extractfile(member))
        entry = tarfile.TarInfo("runs/x")
        entry.pax_headers = {"comment": "x" * 3_000_000}
        target.addfile(entry)
    with pytest.raises(BackupError, match="a header is too long"):
        restore(changed, restored)
