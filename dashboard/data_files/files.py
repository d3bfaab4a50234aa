"""The uploaded files of a data folder. What a name stands for is swapped at once; runs keep what they started with.

`<name>.json` says what a file is and names the folder of its rows, so renaming it is the moment of change.
"""

import errno
import hashlib
import json
import os
import re
import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from dashboard.data_files.rows import Table, part_name, write_rows
from dashboard.model.errors import Conflict, InvalidRequest, NotFound, Unavailable

NAME: Final = r"[A-Za-z][A-Za-z0-9_-]{0,63}"
FORMAT: Final = 1
ORIGINAL: Final = "original"
_CONTENT: Final = ".content"
_INCOMING: Final = ".incoming"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """A file that was uploaded. `content` is the folder of its rows."""

    name: str
    columns: tuple[str, ...]
    rows: int
    size_bytes: int
    encoding: str
    delimiter: str
    preview: tuple[tuple[str, ...], ...]
    parts: tuple[int, ...]
    sha256: str
    uploaded_at: str
    content: str


class DataFiles:
    """The files below `folder`. `least_free_bytes` of the disk are left alone."""

    def __init__(self, folder: Path, least_free_bytes: int) -> None:
        self._folder = folder
        self._least_free_bytes = least_free_bytes
        self._lock = threading.Lock()
        self._clear_away()

    def list(self) -> list[DataFile]:
        """All files, by name."""
        names = sorted(path.stem for path in self._folder.glob("*.json") if is_name(path.stem))
        found = [self._find(name) for name in names]
        return [file for file in found if file is not None]

    def get(self, name: str) -> DataFile:
        """One file. Raises NotFound."""
        found = self._find(name) if is_name(name) else None
        if found is None:
            raise NotFound(f'there is no data file "{name[:80]}"')
        return found

    def columns(self) -> dict[str, tuple[str, ...]]:
        """The columns of all files."""
        return {file.name: file.columns for file in self.list()}

    @contextmanager
    def incoming(self, expected_bytes: int) -> Iterator[Path]:
        """A folder of its own to receive an upload in, gone afterwards. Raises Unavailable on a full disk."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._refuse_without_room(expected_bytes)
        folder = self._folder / f"{os.urandom(8).hex()}{_INCOMING}"
        folder.mkdir(mode=0o700)
        try:
            yield folder
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise Unavailable("the disk of DATA_DIR is full: delete old runs or free some space") from None
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def add(
        self,
        name: str,
        received: Path,
        *,
        encoding: str | None,
        delimiter: str | None,
        replace: bool,
        now: str,
    ) -> DataFile:
        """Check the file that was received into its incoming folder, and keep it. Raises InvalidRequest, Conflict."""
        if not is_name(name):
            raise InvalidRequest.field("name", "must be letters, digits, _ and -, beginning with a letter")
        self._refuse_taken(name, replace=replace)
        folder = received.parent
        table = write_rows(received, folder, encoding=encoding, delimiter=delimiter)
        made = _described(name, received, table, now)
        _make_durable(received)
        received.rename(folder / ORIGINAL)
        with self._lock:
            self._refuse_taken(name, replace=replace)
            before = self._find(name)
            folder.rename(self._folder / made.content)
            self._write(made)
            if before is not None:
                shutil.rmtree(self._folder / before.content, ignore_errors=True)
        return made

    def remove(self, name: str) -> None:
        """Delete a file. Raises NotFound."""
        with self._lock:
            file = self.get(name)
            self._description(name).unlink()
            shutil.rmtree(self._folder / file.content, ignore_errors=True)

    @contextmanager
    def original(self, name: str) -> Iterator[tuple[DataFile, Path]]:
        """The bytes as they were uploaded, while no one replaces them. Raises NotFound."""
        with self._lock:
            file = self.get(name)
            yield file, self._folder / file.content / ORIGINAL

    def freeze(self, names: Iterable[str], folder: Path) -> None:
        """The rows of these files as they are now, in `folder`: what a run reads. Raises NotFound."""
        with self._lock:
            for name in names:
                file = self.get(name)
                rows = folder / file.content
                rows.mkdir(parents=True, exist_ok=True, mode=0o700)
                for index in range(len(file.parts)):
                    _link(self._folder / file.content / part_name(index), rows / part_name(index))
                _write_text(folder / f"{name}.json", _text_of(file))

    def _find(self, name: str) -> DataFile | None:
        try:
            data = json.loads(self._description(name).read_bytes())
        except FileNotFoundError:
            return None
        return _file_of(data)

    def _write(self, file: DataFile) -> None:
        temporary = self._folder / f".{file.name}.tmp"
        _write_text(temporary, _text_of(file))
        temporary.rename(self._description(file.name))

    def _description(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _refuse_taken(self, name: str, *, replace: bool) -> None:
        if not replace and self._find(name) is not None:
            raise Conflict(f'there is a data file "{name}" already: replace it, or choose another name')

    def _refuse_without_room(self, expected_bytes: int) -> None:
        free = shutil.disk_usage(self._folder).free
        needed = 3 * expected_bytes + self._least_free_bytes  # the upload, its rows, and quotes around values
        if free < needed:
            raise Unavailable(
                f"only {free >> 20} MiB are free for DATA_DIR, and this upload asks for {needed >> 20} MiB "
                "(MIN_FREE_DISK stays free): delete old runs or free some space"
            )

    def _clear_away(self) -> None:
        """What a server that died in the middle of an upload left: nothing names it."""
        kept = {file.content for file in self.list()}
        for path in self._folder.glob("*"):
            if path.suffix == _INCOMING or (path.suffix == _CONTENT and path.name not in kept):
                shutil.rmtree(path, ignore_errors=True)


def is_name(text: str) -> bool:
    """Whether it can be the name of a data file: an identifier, never a path."""
    return re.fullmatch(NAME, text) is not None


def _described(name: str, received: Path, table: Table, now: str) -> DataFile:
    with received.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return DataFile(
        name=name,
        size_bytes=received.stat().st_size,
        sha256=digest,
        uploaded_at=now,
        content=received.parent.name.removesuffix(_INCOMING) + _CONTENT,
        **{key: getattr(table, key) for key in table.__slots__},
    )


def _text_of(file: DataFile) -> str:
    return json.dumps({"format": FORMAT, **asdict(file)}, ensure_ascii=False)


def _file_of(data: Mapping[str, Any]) -> DataFile:
    values = {key: data[key] for key in DataFile.__slots__}
    preview = tuple(tuple(row) for row in data["preview"])
    return DataFile(
        **values | {"columns": tuple(data["columns"]), "parts": tuple(data["parts"]), "preview": preview}
    )


def _make_durable(path: Path) -> None:
    path.chmod(0o600)
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _write_text(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _link(source: Path, target: Path) -> None:
    """A second name where the file system has such, else a copy."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK):
            raise
        shutil.copyfile(source, target)
