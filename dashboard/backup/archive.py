"""What a backup holds and what it leaves out; the archive itself: tar, packed with gzip."""

import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Final

FORMAT: Final = "k6-dashboard-backup"
VERSION: Final = 1
MANIFEST, DATABASE, RUNS = "backup.json", "dashboard.db", "runs"
# Of this machine, of this moment, or secret; the database is copied as such.
LEFT_OUT = frozenset(
    {
        *(
            DATABASE,
            f"{DATABASE}-wal",
            f"{DATABASE}-shm",
            "dashboard.lock",
            "server.json",
            "token",
            "demo.log",
        ),
        *("secrets.json", "runner.lock", "README.md", ".gitkeep", ".gitignore"),
    }
)
# What may lie in a folder that nobody has used yet.
UNUSED = frozenset({"README.md", ".gitkeep", ".gitignore", "dashboard.lock"})


class BackupError(Exception):
    """The backup or the restore was refused, or came to nothing; the message says why."""


def files_of(folder: Path) -> Iterator[Path]:
    """Files below `folder` that belong into a backup, as they are now."""
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name not in LEFT_OUT and not name.endswith(".tmp"):
                yield Path(root, name)


def copy_file(source: Path, target: Path) -> None:
    """A copy that others cannot read; a file that went meanwhile leaves the copy that there is."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = target.with_name(f"{target.name}.copying")
    try:
        shutil.copyfile(source, beside)
    except FileNotFoundError:
        beside.unlink(missing_ok=True)
        return
    beside.chmod(0o600)
    beside.replace(target)


def pack(folder: Path, target: Path, manifest: dict[str, Any]) -> None:
    """All of `folder` in one file, which is there whole or not at all and is its owner's alone."""
    (folder / MANIFEST).write_text(json.dumps(manifest))
    partial = target.with_name(f".{target.name}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive:
                archive.add(folder / MANIFEST, MANIFEST)
                for path in sorted(folder.rglob("*")):
                    if path.is_file() and path.name != MANIFEST:
                        archive.add(path, path.relative_to(folder).as_posix(), recursive=False)
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, target)  # refuses to write over what came there meanwhile
    except FileExistsError:
        raise BackupError(f"{target} exists already: choose another name") from None
    finally:
        partial.unlink(missing_ok=True)


def unpack(source: Path, folder: Path) -> dict[str, Any]:
    """Everything into `folder`, and what it says of itself. Raises NoBackup."""
    try:
        with tarfile.open(source, "r:gz") as archive:
            manifest = _manifest(archive)
            for member in archive:
                _put(archive, member, folder)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise BackupError(f"{source} cannot be read: {error}") from None
    return manifest


def _manifest(archive: tarfile.TarFile) -> dict[str, Any]:
    first = archive.next()
    held = archive.extractfile(first) if first and first.name == MANIFEST else None
    try:
        manifest = json.loads(held.read(100_000)) if held else None
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BackupError(f"{archive.name!s} is no backup of a dashboard")
    if manifest.get("version") != VERSION:
        raise BackupError(f"the backup has version {manifest.get('version')}, this program reads {VERSION}")
    return manifest


def _put(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Plain files alone, and below `folder` alone."""
    path = PurePosixPath(member.name)
    if not member.isfile() or path.is_absolute() or ".." in path.parts:
        raise BackupError(f"the backup holds {member.name[:100]}, which no data folder has")
    held = archive.extractfile(member)
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if held:
            shutil.copyfileobj(held, file)
        os.fsync(file.fileno())
