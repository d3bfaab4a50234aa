"""Backup of a data folder, also of one that a server works on, and its restoration elsewhere."""

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
    UNUSED,
    VERSION,
    BackupError,
    copy_file,
    files_of,
    pack,
    unpack,
)
from dashboard.model.run import iso
from dashboard.run_folder.push_log import list_segments
from dashboard.store.copying import check_database, checkpoint_segments, copy_database

TRIES = 3
UNFINISHED = ".restoring"


def create_backup(data_dir: Path, target: Path, now: datetime) -> None:
    """Everything in `data_dir` into `target`. Raises NoBackup, StoreError, OSError.

    A live run's pushes are copied before the database and again after it: the server deletes old ones meanwhile, but
    none that its newest checkpoint needs, so both copies together hold all that the copied database has to go on from.
    """
    if target.exists():
        raise BackupError(f"{target} exists already: choose another name")
    if not (data_dir / DATABASE).exists():
        raise BackupError(f"{data_dir} holds no database: there is nothing to back up")
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as name:
        folder = Path(name)
        for _ in range(TRIES):
            _copy_files(data_dir, folder)
            copy_database(data_dir / DATABASE, folder / DATABASE)
            _copy_files(data_dir, folder)
            if _can_go_on(folder):
                break
        else:
            raise BackupError("the disk is too slow for a live run's pace: try again when no run is live")
        check_database(folder / DATABASE)
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "made_at": iso(now),
            "dashboard_version": __version__,
        }
        pack(folder, target, manifest)


def restore(source: Path, data_dir: Path) -> str:
    """Put a backup into `data_dir`, which nobody may have used yet; when it was made. Raises NoBackup, StoreError.

    The caller holds the folder's lock. Nothing is there under its own name before all of it is.
    """
    used = [path.name for path in data_dir.iterdir() if path.name not in {*UNUSED, UNFINISHED}]
    if used:
        raise BackupError(f"{data_dir} is in use ({', '.join(sorted(used)[:3])}): choose an empty folder")
    unfinished = data_dir / UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    try:
        manifest = unpack(source, unfinished)
        if not (unfinished / DATABASE).is_file():
            raise BackupError(f"{source} holds no database")
        check_database(unfinished / DATABASE)
        (unfinished / MANIFEST).unlink()
        # the database last: a folder without one is no data folder yet
        for path in sorted(unfinished.iterdir(), key=lambda path: path.name == DATABASE):
            path.rename(data_dir / path.name)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return str(manifest.get("made_at"))


def _copy_files(data_dir: Path, folder: Path) -> None:
    """Run folders and uploaded files; what was copied before and did not change is left."""
    for path in files_of(data_dir):
        target = folder / path.relative_to(data_dir)
        if not _is_same(path, target):
            copy_file(path, target)


def _is_same(path: Path, copy: Path) -> bool:
    try:
        now, then = path.stat(), copy.stat()
    except FileNotFoundError:
        return False
    return now.st_size == then.st_size and now.st_mtime < then.st_mtime - 1


def _can_go_on(folder: Path) -> bool:
    """Whether no push is missing behind the checkpoints of the copied database."""
    for run_id, oldest in checkpoint_segments(folder / DATABASE).items():
        found = [number for number in list_segments(folder / RUNS / run_id) if number >= oldest]
        if found and found != list(range(oldest, found[-1] + 1)):
            return False
    return True
