"""The uploaded data files. Replacing one is atomic, and a run keeps the rows that it started with.

`<name>.json` describes a file and names the folder of its rows. A change takes effect when a new `<name>.json` is
renamed into place.
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

from dashboard.data_files.rows import CsvTable, part_name, write_rows
from dashboard.durable import sync_file, write_json
from dashboard.model.errors import Conflict, InvalidRequest, NotFound, Unavailable

NAME_PATTERN: Final = r"[A-Za-z][A-Za-z0-9_-]{0,63}"
FORMAT: Final = 1
ORIGINAL: Final = "original"
_CONTENT_SUFFIX: Final = ".content"
_INCOMING_SUFFIX: Final = ".incoming"
_DISK_FULL: Final = "The disk that holds DATA_DIR is full. Delete old runs or free some space."


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """An uploaded file. `content` is the name of the folder with its rows."""

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
    """The data files in `folder`. An upload must leave `min_free_bytes` of the disk free."""

    def __init__(self, folder: Path, min_free_bytes: int) -> None:
        self._folder = folder
        self._min_free_bytes = min_free_bytes
        self._lock = threading.Lock()
        self._remove_leftovers()

    def list(self) -> list[DataFile]:
        """Return all files, sorted by name."""
        names = sorted(path.stem for path in self._folder.glob("*.json") if is_name(path.stem))
        files = [self._find(name) for name in names]
        return [file for file in files if file is not None]

    def get(self, name: str) -> DataFile:
        """Return one file. Raises NotFound."""
        file = self._find(name) if is_name(name) else None
        if file is None:
            raise NotFound(f'There is no data file "{name[:80]}".')
        return file

    def columns(self) -> dict[str, tuple[str, ...]]:
        """Return the columns of every file, by the name of the file."""
        return {file.name: file.columns for file in self.list()}

    @contextmanager
    def incoming(self, expected_bytes: int) -> Iterator[Path]:
        """Yield a temporary folder for an upload and delete it afterward. Raises Unavailable if the disk is full."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._check_free_space(expected_bytes)
        folder = self._folder / f"{os.urandom(8).hex()}{_INCOMING_SUFFIX}"
        folder.mkdir(mode=0o700)
        try:
            yield folder
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise Unavailable(_DISK_FULL) from None
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
        """Check the file `received`, which is in an incoming folder, and store it. Raises InvalidRequest, Conflict."""
        if not is_name(name):
            raise InvalidRequest.field(
                "name", "must start with a letter and contain only letters, digits, _ and -"
            )
        self._check_name_is_free(name, replace=replace)
        folder = received.parent
        table = write_rows(received, folder, encoding=encoding, delimiter=delimiter)
        new = _data_file(name, received, table, now)
        received.chmod(0o600)
        sync_file(received)
        received.rename(folder / ORIGINAL)
        with self._lock:
            self._check_name_is_free(name, replace=replace)
            old = self._find(name)
            folder.rename(self._folder / new.content)
            write_json(self._description(name), _description_of(new))
            if old is not None:
                shutil.rmtree(self._folder / old.content, ignore_errors=True)
        return new

    def remove(self, name: str) -> None:
        """Delete a file. Raises NotFound."""
        with self._lock:
            file = self.get(name)
            self._description(name).unlink()
            shutil.rmtree(self._folder / file.content, ignore_errors=True)

    @contextmanager
    def original(self, name: str) -> Iterator[tuple[DataFile, Path]]:
        """Yield the file as it was uploaded. It cannot be replaced within the block. Raises NotFound."""
        with self._lock:
            file = self.get(name)
            yield file, self._folder / file.content / ORIGINAL

    def link_rows(self, names: Iterable[str], folder: Path) -> None:
        """Link the current rows of these files into `folder`, where a run reads them. Raises NotFound."""
        with self._lock:
            for name in names:
                file = self.get(name)
                rows = folder / file.content
                rows.mkdir(parents=True, exist_ok=True, mode=0o700)
                for index in range(len(file.parts)):
                    _link(self._folder / file.content / part_name(index), rows / part_name(index))
                write_json(folder / f"{name}.json", _description_of(file))

    def _find(self, name: str) -> DataFile | None:
        try:
            data = json.loads(self._description(name).read_bytes())
        except FileNotFoundError:
            return None
        return _from_description(data)

    def _description(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _check_name_is_free(self, name: str, *, replace: bool) -> None:
        if not replace and self._find(name) is not None:
            raise Conflict(f'Data file "{name}" already exists. Send replace=true, or choose another name.')

    def _check_free_space(self, expected_bytes: int) -> None:
        free = shutil.disk_usage(self._folder).free
        needed = 3 * expected_bytes + self._min_free_bytes  # the upload, its rows, and quotes around values
        if free < needed:
            raise Unavailable(
                f"This upload needs {needed >> 20} MiB of free disk space including MIN_FREE_DISK, but DATA_DIR has "
                f"only {free >> 20} MiB. Delete old runs or free some space."
            )

    def _remove_leftovers(self) -> None:
        """Delete the folders of interrupted uploads."""
        used = {file.content for file in self.list()}
        for path in self._folder.glob("*"):
            if path.suffix == _INCOMING_SUFFIX or (path.suffix == _CONTENT_SUFFIX and path.name not in used):
                shutil.rmtree(path, ignore_errors=True)


def is_name(text: str) -> bool:
    """Return whether `text` is a valid name of a data file. A valid name is never a path."""
    return re.fullmatch(NAME_PATTERN, text) is not None


def _data_file(name: str, received: Path, table: CsvTable, now: str) -> DataFile:
    with received.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return DataFile(
        name=name,
        size_bytes=received.stat().st_size,
        sha256=digest,
        uploaded_at=now,
        content=received.parent.name.removesuffix(_INCOMING_SUFFIX) + _CONTENT_SUFFIX,
        **{key: getattr(table, key) for key in table.__slots__},
    )


def _description_of(file: DataFile) -> dict[str, Any]:
    return {"format": FORMAT, **asdict(file)}


def _from_description(data: Mapping[str, Any]) -> DataFile:
    values = {key: data[key] for key in DataFile.__slots__}
    preview = tuple(tuple(row) for row in data["preview"])
    return DataFile(
        **values | {"columns": tuple(data["columns"]), "parts": tuple(data["parts"]), "preview": preview}
    )


def _link(source: Path, target: Path) -> None:
    """Create a hard link, or a copy where the file system does not support links."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK):
            raise
        shutil.copyfile(source, target)
