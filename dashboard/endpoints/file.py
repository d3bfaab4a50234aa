"""The endpoints file. It is read for every use, so that an edit applies to the next run."""

import errno
import hashlib
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.durable import write_file
from dashboard.endpoints.data_rules import files_of, missing_data_violations
from dashboard.endpoints.parse import FILE_NAME, MAX_DOCUMENT_BYTES, invalid_document, read_document
from dashboard.endpoints.shape import Document, Endpoint
from dashboard.endpoints.slos import limits_of, slo_set_of
from dashboard.file_lock import FileLock, try_lock_folder
from dashboard.model.errors import NotFound, Unavailable
from dashboard.model.slo_set import SloSet
from dashboard.model.strict_json import InvalidJson, decode_json, parse_json

DEFAULT_MODE = 0o644
MAX_LOCK_WAIT_S = 5.0
LOCK_RETRY_S = 0.02


@dataclass(frozen=True, slots=True)
class LoadedDocument:
    """The file as it was read: its bytes, their SHA-256, the parsed JSON, and the checked document."""

    raw: bytes
    sha256: str
    data: dict[str, Any]
    checked: Document

    @property
    def slos(self) -> dict[str, float]:
        """The limits of the whole run, by key."""
        return limits_of(self.checked.slos)

    def slo_set(self, profile: str) -> SloSet:
        """Return all SLOs in force for a run of `profile`."""
        return slo_set_of(self.checked, profile)

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints."""
        return tuple(self.checked.endpoints)

    @property
    def data_files(self) -> tuple[str, ...]:
        """The data files that the endpoints use."""
        return tuple(dict.fromkeys(files_of(self.checked)))

    @property
    def has_setup(self) -> bool:
        """Whether steps run before the load."""
        return bool(self.checked.setup)

    def check_data(self, files: Mapping[str, Sequence[str]]) -> None:
        """Check that data files and columns exist. `files` maps the name of each existing file to its columns.

        Raises InvalidRequest with the violations.
        """
        if violations := list(missing_data_violations(self.checked, files)):
            raise invalid_document(violations)

    @property
    def verifies_tls(self) -> bool:
        """Whether requests verify TLS certificates."""
        network = self.checked.network
        return network is None or network.verify_tls is not False

    @property
    def hosts(self) -> dict[str, str]:
        """The addresses that override DNS, by host name."""
        network = self.checked.network
        return dict(network.hosts or {}) if network else {}

    @property
    def service(self) -> str | None:
        """The name of the service under test."""
        return self.checked.service


class EndpointsFile:
    """The file at `path`. While it does not exist, the example of the project is read instead."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def names_by_data_file(self) -> dict[str, list[str]]:
        """Return the names of the endpoints that use each data file, even if the document has violations."""
        try:
            document = parse_json(decode_json(read_limited(self._readable())).text)
        except (OSError, InvalidJson):
            return {}
        endpoints = document.get("endpoints") if isinstance(document, dict) else None
        names: dict[str, list[str]] = {}
        for endpoint in endpoints if isinstance(endpoints, list) else ():
            if isinstance(endpoint, dict) and isinstance(endpoint.get("data_file"), str):
                names.setdefault(endpoint["data_file"], []).append(str(endpoint.get("name")))
        return names

    def read(self) -> LoadedDocument:
        """Return the checked document. Raises NotFound, or InvalidRequest with the violations."""
        try:
            raw = read_limited(self._readable())
        except OSError as error:
            raise NotFound(f"{FILE_NAME} cannot be read: {error.strerror}") from None
        return load_document(raw)

    def _readable(self) -> Path:
        example = self._path.with_name("endpoints.example.json")
        return self._path if self._path.exists() or not example.exists() else example

    def raw(self) -> bytes | None:
        """Return the bytes of the file, valid or not. None if it does not exist. Raises Unavailable."""
        try:
            return read_limited(self._readable())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unavailable(f"{FILE_NAME} cannot be read: {error.strerror}") from None

    @property
    def exists(self) -> bool:
        """Whether the file itself exists. The example is read until then."""
        return self._path.exists()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other threads and processes from changing the file. Raises Unavailable."""
        with self._lock:
            lock = _lock(self._path.resolve())
            try:
                yield
            finally:
                lock.release()

    def write(self, raw: bytes) -> None:
        """Replace the file atomically and keep its mode. A symbolic link stays one. Raises Unavailable."""
        path = self._path.resolve()
        try:
            mode = path.stat().st_mode & 0o777 if path.exists() else DEFAULT_MODE
            write_file(path, raw, mode=mode)
        except OSError as error:
            raise Unavailable(f"{FILE_NAME} cannot be written: {error.strerror}") from None

    def write_problem(self) -> str | None:
        """Return why the file cannot be written, or None."""
        folder = self._path.resolve().parent
        if not folder.is_dir():
            return f"{FILE_NAME} cannot be written: its folder does not exist."
        if not os.access(folder, os.W_OK | os.X_OK) or os.statvfs(folder).f_flag & os.ST_RDONLY:
            return f"{FILE_NAME} cannot be written: this user may not change its folder."
        return None


def read_limited(path: Path) -> bytes:
    """Return up to MAX_DOCUMENT_BYTES + 1 bytes of a regular file: enough to recognize a file that is too large.

    Raises OSError, also for any other kind of file: a pipe would block forever, and a device may never end.
    """
    # O_NONBLOCK lets open() return immediately for a pipe. It has no effect on a regular file.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        return file.read(MAX_DOCUMENT_BYTES + 1)


def load_document(raw: bytes) -> LoadedDocument:
    """Return the document in `raw`. Raises InvalidRequest with the violations."""
    checked, data = read_document(raw)
    return LoadedDocument(raw, sha256_of(raw), data, checked)


def edit_text(raw: bytes, edit: Callable[[str], str]) -> bytes:
    """Return a valid document with its text changed by `edit`, in the same encoding. Raises InvalidRequest."""
    load_document(raw)
    decoded = decode_json(raw)
    return decoded.encoded(edit(decoded.text))


def sha256_of(raw: bytes) -> str:
    """Return the SHA-256 that identifies a content of the file."""
    return hashlib.sha256(raw).hexdigest()


def _lock(path: Path) -> FileLock:
    """Lock the folder of the file between processes, because a write replaces the file itself."""
    end = time.monotonic() + MAX_LOCK_WAIT_S
    try:
        while (lock := try_lock_folder(path.parent)) is None:
            if time.monotonic() > end:
                raise Unavailable(f"{FILE_NAME} is being changed by another program. Try again later.")
            time.sleep(LOCK_RETRY_S)
    except OSError as error:
        raise Unavailable(f"{FILE_NAME} cannot be written: {error.strerror}") from None
    return lock
