"""File writes that neither a crash nor a power failure leaves incomplete."""

import json
import os
from pathlib import Path


def write_json(path: Path, value: object) -> None:
    """Write a temporary file, flush it to disk, rename it: a reader sees the old file or the new one."""
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    temporary = path.with_name(f".{path.name}.{os.urandom(6).hex()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        try:
            write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temporary.rename(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte. A single os.write() may write only a part when a disk or a quota is nearly full."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_directory(path: Path) -> None:
    """Make files that were just created or renamed survive a power failure."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
