"""The folders of a checkout, and the stamps that record which steps of the setup are finished."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from dashboard.setup.env_file import read_env_file

ROOT = Path(__file__).resolve().parent.parent.parent


class Checkout:
    """The folders of a checkout and the environment of the command."""

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self.root = root
        self.environ = environ
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"
        self.tools = root / ".tools"
        self.logs = self.tools / "logs"
        self.ui = root / "dashboard" / "ui"
        self.static = root / "dashboard" / "static"
        self.k6 = root / "bin" / "k6"

    def setting(self, name: str) -> str:
        """Return a setting from the environment, otherwise from `.env`, as the dashboard itself reads it."""
        if name not in self.environ:
            return read_env_file(self.root / ".env").get(name, "")
        return self.environ[name]

    def stamp(self, name: str) -> Stamp:
        return Stamp(self.tools / "stamps" / name)


class Stamp:
    """A file that records the inputs of a finished step. It is written last, so an interrupted step has no stamp."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> str:
        try:
            return self.path.read_text(encoding="utf-8")
        except OSError:
            return ""

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)

    def write(self, text: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        new.write_text(text, encoding="utf-8")
        new.replace(self.path)


def fingerprint(*parts: str | bytes | Path) -> str:
    """Return a hash of texts and of the contents of files. A missing file has its own fingerprint."""
    digest = hashlib.sha256()
    for part in parts:
        data = content(part)
        digest.update(f"{len(data)}:".encode())
        digest.update(data)
    return digest.hexdigest()


def content(part: str | bytes | Path) -> bytes:
    if isinstance(part, bytes):
        return part
    if isinstance(part, str):
        return part.encode()
    try:
        return part.read_bytes()
    except FileNotFoundError:
        return b"(missing)"


def files_below(folder: Path, exclude: Iterable[str] = ()) -> Iterator[Path]:
    """Yield all files of a tree in a fixed order, except those in folders whose names are in `exclude`."""
    excluded = set(exclude)
    for current, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in excluded)
        for name in sorted(names):
            yield Path(current, name)


def replace_folder(new: Path, target: Path) -> None:
    """Move a finished folder to `target`, replacing an older one."""
    import shutil

    old = target.with_name(f"{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists() or target.is_symlink():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)
