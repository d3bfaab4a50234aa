"""The backup archive, a tar file compressed with gzip, and the files that a backup leaves out."""

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
# Secrets, and files that belong to this machine or process. The database is copied through SQLite.
EXCLUDED = frozenset(
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
# Files that an unused data folder may contain.
UNUSED_FOLDER_FILES = frozenset({"README.md", ".gitkeep", ".gitignore", "dashboard.lock"})


class BackupError(Exception):
    """The backup or the restore was refused or failed. The message names the reason."""


def files_to_copy(folder: Path) -> Iterator[Path]:
    """The files below `folder` that belong in a backup."""
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name not in EXCLUDED and not name.endswith(".tmp"):
                yield Path(root, name)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file with mode 0600. If the source has disappeared, an earlier copy is kept."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = target.with_name(f"{target.name}.copying")
    try:
        shutil.copyfile(source, temporary)
    except FileNotFoundError:
        temporary.unlink(missing_ok=True)
        return
    temporary.chmod(0o600)
    temporary.replace(target)


def pack(folder: Path, target: Path, manifest: dict[str, Any]) -> None:
    """Write all files of `folder` to one file with mode 0600. The file appears only when it is complete."""
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
        os.link(partial, target)  # fails when the target exists
    except FileExistsError:
        raise BackupError(f"{target} already exists. Choose another name.") from None
    finally:
        partial.unlink(missing_ok=True)


def unpack(source: Path, folder: Path) -> dict[str, Any]:
    """Extract an archive into `folder` and return its manifest. Raises BackupError."""
    try:
        with tarfile.open(source, "r:gz") as archive:
            manifest = _manifest(archive)
            for member in archive:
                _extract(archive, member, folder)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise BackupError(f"{source} cannot be read: {error}.") from None
    return manifest


def _manifest(archive: tarfile.TarFile) -> dict[str, Any]:
    first = archive.next()
    content = archive.extractfile(first) if first and first.name == MANIFEST else None
    try:
        manifest = json.loads(content.read(100_000)) if content else None
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BackupError(f"{archive.name!s} is not a backup of a dashboard.")
    if manifest.get("version") != VERSION:
        raise BackupError(
            f"The backup has format version {manifest.get('version')}. This dashboard reads version {VERSION}."
        )
    return manifest


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Extract one member. Only regular files below `folder` are allowed."""
    path = PurePosixPath(member.name)
    if not member.isfile() or path.is_absolute() or ".." in path.parts:
        raise BackupError(
            f"The backup contains {member.name[:100]!r}, which does not belong in a data folder."
        )
    content = archive.extractfile(member)
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if content:
            shutil.copyfileobj(content, file)
        os.fsync(file.fileno())
