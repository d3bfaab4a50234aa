"""Locks on files between processes."""

from pathlib import Path

from dashboard.file_lock import is_locked, try_lock, wait_for_lock


def test_only_one_holder_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_locked(path)
    first = try_lock(path)
    assert first is not None
    assert (try_lock(path), is_locked(path)) == (None, True)
    first.release()
    first.release()
    assert not is_locked(path)


def test_waiting_takes_a_free_lock_immediately(tmp_path: Path) -> None:
    lock = wait_for_lock(tmp_path / "lock")
    assert is_locked(tmp_path / "lock")
    lock.release()
