"""How much room runs take, and how much is left."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from dashboard.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskUsage:
    """Bytes of the database with its log, of the run folders, and what is free. `limit_bytes` 0 is no limit."""

    database_bytes: int
    runs_bytes: int
    free_bytes: int
    limit_bytes: int

    @property
    def used_bytes(self) -> int:
        """What counts against the limit."""
        return self.database_bytes + self.runs_bytes


def size_of(path: Path) -> int:
    """Bytes of all files below `path`; what goes meanwhile counts nothing."""
    total = 0
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    total += size_of(Path(entry.path))
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        return total
    return total


def disk_usage(store: Store, data_dir: Path, runs_bytes: int, limit_bytes: int) -> DiskUsage:
    """As it is now; walking the run folders takes a while, so their size is given."""
    used = store.usage()
    return DiskUsage(
        database_bytes=used.used_bytes + used.log_bytes,
        runs_bytes=runs_bytes,
        free_bytes=shutil.disk_usage(data_dir).free,
        limit_bytes=limit_bytes,
    )
