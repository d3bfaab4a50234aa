"""The disk space that runs take, and the free space."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from dashboard.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskUsage:
    """Bytes of the database with its log, of the run folders, and free bytes. `limit_bytes` 0 means no limit."""

    database_bytes: int
    runs_bytes: int
    free_bytes: int
    limit_bytes: int

    @property
    def used_bytes(self) -> int:
        """The bytes that count toward the limit."""
        return self.database_bytes + self.runs_bytes


def folder_size(path: Path) -> int:
    """Return the bytes of all files below `path`. A file that disappears meanwhile counts as 0."""
    total = 0
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    total += folder_size(Path(entry.path))
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        return total
    return total


def disk_usage(store: Store, data_dir: Path, runs_bytes: int, limit_bytes: int) -> DiskUsage:
    """Return the current usage. The caller measures the run folders, because walking them is slow."""
    used = store.usage()
    return DiskUsage(
        database_bytes=used.used_bytes + used.log_bytes,
        runs_bytes=runs_bytes,
        free_bytes=shutil.disk_usage(data_dir).free,
        limit_bytes=limit_bytes,
    )
