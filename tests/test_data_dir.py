"""The data folder: permissions, and when server.json is trusted."""

import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.data_dir import (
    LOCK,
    SERVER_FILE,
    DataDirInUse,
    live_server,
    lock_data_dir,
    make_private,
    write_server_file,
)
from dashboard.file_lock import FileLock, try_lock
from dashboard.runner.processes.posix import identify, own_identity
from dashboard.services import DATABASE
from dashboard.store.store import Store


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[FileLock]:
    lock = lock_data_dir(tmp_path / "data")
    yield lock
    lock.release()


def test_a_new_folder_is_private(tmp_path: Path, held: FileLock) -> None:
    store = Store(tmp_path / "data" / DATABASE)
    store.close()

    assert mode_of(tmp_path / "data") == 0o700
    assert {mode_of(path) for path in (tmp_path / "data").iterdir()} == {0o600}


def test_an_existing_folder_becomes_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    names = (LOCK, "dashboard.db", "dashboard.db-wal", "dashboard.db-shm")
    for name in names:
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o644)
    lock_data_dir(tmp_path).release()

    assert mode_of(tmp_path) == 0o700
    assert {mode_of(tmp_path / name) for name in names} == {0o600}


def test_a_folder_that_everyone_shares_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    make_private(tmp_path)

    assert mode_of(tmp_path) == 0o777 | stat.S_ISVTX


def test_the_live_server_is_found_while_it_holds_the_folder(tmp_path: Path, held: FileLock) -> None:
    write_server_file(tmp_path / "data", "::", 5656, "secret")
    server = live_server(tmp_path / "data")

    assert server is not None
    assert (server.url, server.token, server.process) == ("http://[::1]:5656", "secret", own_identity())
    assert mode_of(tmp_path / "data" / SERVER_FILE) == 0o600
    with pytest.raises(DataDirInUse, match=rf"process {server.process.pid}, http://\[::1\]:5656"):
        lock_data_dir(tmp_path / "data")


def test_a_server_file_is_ignored_without_the_lock(tmp_path: Path, held: FileLock) -> None:
    write_server_file(tmp_path / "data", "127.0.0.1", 5656, "secret")
    held.release()

    assert live_server(tmp_path / "data") is None


def dead_process() -> dict[str, Any]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        identity = identify(process.pid)
        process.kill()
    assert identity is not None
    return identity._asdict()


@pytest.mark.parametrize(
    "change",
    [
        dead_process,
        lambda: {"start_ticks": own_identity().start_ticks - 1},
        lambda: {"boot_id": "another"},
        lambda: {"start_ticks": None},
        lambda: {"pid": "x"},
        lambda: {"pid": -1},
        lambda: {"url": None, "pid": None},
    ],
    ids=["dead", "reused pid", "reboot", "no start time", "no number", "negative", "nulls"],
)
def test_a_server_file_of_another_process_is_ignored(tmp_path: Path, held: FileLock, change: Any) -> None:
    write_server_file(tmp_path / "data", "127.0.0.1", 5656, "secret")
    path = tmp_path / "data" / SERVER_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | change()))

    assert live_server(tmp_path / "data") is None
    with pytest.raises(DataDirInUse, match="is used by another dashboard$"):
        lock_data_dir(tmp_path / "data")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pid": 1', "\xff"])
def test_a_damaged_server_file_is_ignored(tmp_path: Path, held: FileLock, text: str) -> None:
    (tmp_path / "data" / SERVER_FILE).write_text(text, "latin-1")

    assert live_server(tmp_path / "data") is None


def test_the_file_of_a_killed_server_is_removed_by_the_next_owner(tmp_path: Path) -> None:
    (tmp_path / SERVER_FILE).write_text("{}")
    lock_data_dir(tmp_path).release()

    assert not (tmp_path / SERVER_FILE).exists()
    assert try_lock(tmp_path / LOCK) is not None
