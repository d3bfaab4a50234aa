"""The backup archive, a tar file compressed with gzip, and the files that a backup leaves out."""

import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from dashboard.run_folder.files import NAMES, RunFile
from dashboard.run_folder.secret_fields import secret_fields, without_secrets

FORMAT: Final = "k6-dashboard-backup"
VERSION: Final = 1
MANIFEST, DATABASE, RUNS = "backup.json", "dashboard.db", "runs"
# A backup contains run.json without its secrets: the dashboard needs the file to end a run that was live.
RUN_FILE: Final = NAMES[RunFile]
SECRET_FILES: Final = frozenset(name for shape, name in NAMES.items() if secret_fields(shape)) - {RUN_FILE}
# Secrets, and files that belong to this machine or process. The database is copied through SQLite.
EXCLUDED: Final = SECRET_FILES | {
    *(DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal"),
    *(
        "dashboard.lock",
        "server.json",
        "token",
        "badge-secret",
        "cookie-secret",
        "webhook-secrets.json",
        "demo.log",
    ),
    *("runner.lock", "README.md", ".gitkeep", ".gitignore"),
}
# Files that a data folder may contain and still count as unused.
UNUSED_FOLDER_FILES = frozenset({"README.md", ".gitkeep", ".gitignore", "dashboard.lock"})


class BackupError(Exception):
    """The backup or the restore was refused or failed. The message names the reason."""


def files_to_copy(folder: Path) -> Iterator[Path]:
    """Yield the files below `folder` that belong in a backup."""
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
        if source.name == RUN_FILE:
            temporary.write_bytes(remove_secrets(source.read_bytes()))
        else:
            shutil.copyfile(source, temporary)
    except FileNotFoundError:
        temporary.unlink(missing_ok=True)
        return
    temporary.chmod(0o600)
    temporary.replace(target)


def remove_secrets(text: bytes) -> bytes:
    """Return run.json without secrets and without a command to start. A damaged file becomes an empty object."""
    return json.dumps(without_secrets(text, RunFile) or {}).encode()


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
