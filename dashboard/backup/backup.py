"""Backup of a data folder, even while a server uses it, and restore into an unused folder."""

import shutil
import tempfile
from datetime import datetime
from pathlib import Path

from dashboard import __version__
from dashboard.backup.archive import (
    DATABASE,
    FORMAT,
    MANIFEST,
    RUNS,
    UNUSED_FOLDER_FILES,
    VERSION,
    BackupError,
    copy_file,
    files_to_copy,
    pack,
)
from dashboard.backup.unpack import unpack
from dashboard.model.run import iso
from dashboard.run_folder.push_log import list_segments
from dashboard.store.copying import (
    check_database,
    checkpoint_segments,
    copy_database,
    disable_webhooks,
    remove_tokens,
)

MAX_ATTEMPTS = 3
UNFINISHED_FOLDER = ".restoring"


def create_backup(data_dir: Path, target: Path, now: datetime) -> None:
    """Back up `data_dir` to the file `target`. Raises BackupError, StoreError, OSError.

    The push log of a live run is copied before the database and again after it. Meanwhile the server deletes old
    segments, but none that its newest checkpoint needs. So the two copies together contain every segment that the
    copied database needs to resume the run.
    """
    if target.exists():
        raise BackupError(f"{target} already exists. Choose another name.")
    if not (data_dir / DATABASE).exists():
        raise BackupError(f"{data_dir} has no database, so there is nothing to back up.")
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as name:
        folder = Path(name)
        for _ in range(MAX_ATTEMPTS):
            _copy_files(data_dir, folder)
            copy_database(data_dir / DATABASE, folder / DATABASE)
            _copy_files(data_dir, folder)
            if _is_resumable(folder):
                break
        else:
            raise BackupError("The disk is too slow to copy a live run. Try again when no run is live.")
        check_database(folder / DATABASE)
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "made_at": iso(now),
            "dashboard_version": __version__,
        }
        pack(folder, target, manifest)


def restore(source: Path, data_dir: Path) -> str:
    """Restore a backup into the unused folder `data_dir` and return when it was made.

    The caller holds the folder's lock. No file gets its final name before the whole backup is extracted and checked.
    Raises BackupError, StoreError.
    """
    used = [
        path.name for path in data_dir.iterdir() if path.name not in {*UNUSED_FOLDER_FILES, UNFINISHED_FOLDER}
    ]
    if used:
        raise BackupError(f"{data_dir} is in use ({', '.join(sorted(used)[:3])}). Choose an empty folder.")
    unfinished = data_dir / UNFINISHED_FOLDER
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    try:
        manifest = unpack(source, unfinished)
        if not (unfinished / DATABASE).is_file():
            raise BackupError(f"{source} contains no database. Choose another backup.")
        check_database(unfinished / DATABASE)
        remove_tokens(unfinished / DATABASE)
        disable_webhooks(unfinished / DATABASE)
        (unfinished / MANIFEST).unlink(missing_ok=True)
        # The database comes last, because a folder without one does not count as a data folder.
        for path in sorted(unfinished.iterdir(), key=lambda path: path.name == DATABASE):
            path.rename(data_dir / path.name)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return str(manifest.get("made_at"))


def _copy_files(data_dir: Path, folder: Path) -> None:
    """Copy run folders and uploaded files, except files that were copied before and have not changed."""
    for path in files_to_copy(data_dir):
        target = folder / path.relative_to(data_dir)
        if not _is_unchanged(path, target):
            copy_file(path, target)


def _is_unchanged(path: Path, copy: Path) -> bool:
    try:
        current, copied = path.stat(), copy.stat()
    except FileNotFoundError:
        return False
    return current.st_size == copied.st_size and current.st_mtime < copied.st_mtime - 1


def _is_resumable(folder: Path) -> bool:
    """Return whether the copied segments continue the checkpoints of the copied database without a gap."""
    for run_id, oldest in checkpoint_segments(folder / DATABASE).items():
        present = [number for number in list_segments(folder / RUNS / run_id) if number >= oldest]
        if present and present != list(range(oldest, present[-1] + 1)):
            return False
    return True
