"""Locks on files between processes."""

from pathlib import Path

from dashboard.file_lock import is_locked, locked, try_lock


def test_only_one_holder_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_locked(path)
    first = try_lock(path)
    assert first is not None
    assert (try_lock(path), is_locked(path)) == (None, True)
    first.release()
    first.release()
    assert not is_locked(path)


def test_a_block_releases_its_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locked(path):
        assert is_locked(path)
    assert not is_locked(path)
