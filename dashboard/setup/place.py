"""Where a checkout keeps what the set-up makes, and the stamps that say which of it is finished."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from dashboard.setup.env_file import read_env_file

ROOT = Path(__file__).resolve().parent.parent.parent


class Place:
    """A checkout's folders and the environment that the command was started with."""

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
        """A setting from the environment, else from `.env`: the same two places where the dashboard looks."""
        if name not in self.environ:
            return read_env_file(self.root / ".env").get(name, "")
        return self.environ[name]

    def stamp(self, name: str) -> Stamp:
        return Stamp(self.tools / "stamps" / name)


class Stamp:
    """What a finished step was made from. It is written last, so a step that was cut off has none."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> str:
        try:
            return self.path.read_text(encoding="utf-8")
        except OSError:
            return ""

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)

    def write(self, made_from: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        new.write_text(made_from, encoding="utf-8")
        new.replace(self.path)


def fingerprint(*parts: str | bytes | Path) -> str:
    """A hash of texts and of files' contents (a missing file counts as such)."""
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


def files_below(folder: Path, leave_out: Iterable[str] = ()) -> Iterator[Path]:
    """All files of a tree in a fixed order, without the folders whose names are in `leave_out`."""
    left_out = set(leave_out)
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in left_out)
        for name in sorted(names):
            yield Path(top, name)


def swap_in(new: Path, place: Path) -> None:
    """Put a finished folder where it belongs, in place of an older one."""
    import shutil

    old = place.with_name(f"{place.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists() or place.is_symlink():
        place.rename(old)
    new.rename(place)
    shutil.rmtree(old, ignore_errors=True)
