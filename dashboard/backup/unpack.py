"""Extracts a backup archive, which can come from an untrusted source: only files of a backup, within limits."""

import gzip
import json
import os
import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from dashboard.backup.archive import (
    DATABASE,
    EXCLUDED,
    FORMAT,
    MANIFEST,
    RUN_FILE,
    VERSION,
    BackupError,
    remove_secrets,
)

MAX_MEMBERS: Final = 2_000_000
MIN_FREE_BYTES: Final = 64 * 1024 * 1024
MAX_RUN_FILE_BYTES: Final = 8 * 1024 * 1024
MAX_READ_BYTES: Final = 1024 * 1024


class _LimitedGzip(gzip.GzipFile):
    """Refuses a large read: `tarfile` reads an extended header, whose size the archive states, into memory."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= MAX_READ_BYTES:
            raise tarfile.ReadError("a header is too long")
        return super().read(size)


def unpack(source: Path, folder: Path) -> dict[str, Any]:
    """Extract an archive into `folder` and return its manifest. Raises BackupError."""
    try:
        with _LimitedGzip(source, "rb") as file, tarfile.open(fileobj=file, mode="r:") as archive:
            manifest = _read_manifest(archive, source)
            _extract_all(archive, folder)
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise BackupError(f"{source} cannot be read: {error}.") from None
    return manifest


def _read_manifest(archive: tarfile.TarFile, source: Path) -> dict[str, Any]:
    first = archive.next()
    content = archive.extractfile(first) if first and first.name == MANIFEST else None
    try:
        manifest = json.loads(content.read(100_000)) if content else None
    except (ValueError, RecursionError):
        manifest = None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BackupError(
            f"{source} is not a backup of a dashboard. Choose a file that `bin/dashboard backup` wrote."
        )
    if manifest.get("version") != VERSION:
        version = str(manifest.get("version"))[:20]
        raise BackupError(
            f"The backup has format version {version}, but this dashboard reads version {VERSION}. "
            "Restore it with the version of the dashboard that made it."
        )
    return manifest


def _extract_all(archive: tarfile.TarFile, folder: Path) -> None:
    limit_bytes = max(0, shutil.disk_usage(folder).free - MIN_FREE_BYTES)
    used_bytes = members = 0
    while member := archive.next():
        archive.members = []  # type: ignore[attr-defined]  # tarfile keeps every member in memory
        used_bytes, members = used_bytes + member.size, members + 1
        if used_bytes > limit_bytes:
            raise BackupError(
                f"The backup is larger than the {limit_bytes:,} bytes that it may use on this disk. Free some space."
            )
        if members > MAX_MEMBERS:
            raise BackupError(f"The backup contains more than {MAX_MEMBERS:,} files.")
        _extract(archive, member, folder)


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Extract one member. Only regular files below `folder` are allowed. Files that no backup contains are skipped."""
    path = PurePosixPath(member.name)
    if not member.isreg() or member.issparse() or path.is_absolute() or ".." in path.parts:
        raise BackupError(
            f"The backup contains {member.name[:100]!r}, which does not belong in a data folder."
        )
    content = archive.extractfile(member)
    if content is None or _is_foreign(path):
        return
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        _copy(content, file, path.name)
        os.fsync(file.fileno())


def _copy(content: IO[bytes], file: IO[bytes], name: str) -> None:
    if name == RUN_FILE:
        # This also removes the command to start: a restored dashboard could otherwise run any command of the archive.
        file.write(remove_secrets(content.read(MAX_RUN_FILE_BYTES)))
    else:
        shutil.copyfileobj(content, file)


def _is_foreign(path: PurePosixPath) -> bool:
    """Return whether no backup contains this file. A planted access token, for example, would open the dashboard."""
    if str(path) == DATABASE:
        return False
    is_hidden = any(part.startswith(".") for part in path.parts)
    return is_hidden or path.name in EXCLUDED or path.name.endswith(".tmp")
