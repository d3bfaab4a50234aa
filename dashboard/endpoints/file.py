"""The file itself. Read anew for every use, so an edit counts from the next run on."""

import hashlib
import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.endpoints.data_rules import files_of, missing_data
from dashboard.endpoints.parse import FILE, invalid_document, read_document
from dashboard.endpoints.shape import Document, Endpoint
from dashboard.endpoints.slos import slo_set_of
from dashboard.model.errors import NotFound, PreconditionFailed, Unavailable
from dashboard.model.slo_set import SloSet


@dataclass(frozen=True, slots=True)
class LoadedDocument:
    """One reading of the file: its bytes, their SHA-256, the parsed object, and its checked shape."""

    raw: bytes
    sha256: str
    data: dict[str, Any]
    checked: Document

    @property
    def slos(self) -> dict[str, float]:
        """The run's limits, by the names of figures."""
        limits = self.checked.slos
        return {} if limits is None else {key: float(limit) for key, limit in limits if limit is not None}

    def slo_set(self, profile: str) -> SloSet:
        """All limits that are in force for a run of `profile`."""
        return slo_set_of(self.checked, profile)

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints."""
        return tuple(self.checked.endpoints)

    @property
    def data_files(self) -> tuple[str, ...]:
        """The data files that it uses."""
        return tuple(dict.fromkeys(files_of(self.checked)))

    def check_data(self, files: Mapping[str, Sequence[str]]) -> None:
        """`files`: the columns of those that are there. Raises InvalidRequest with the place in the file."""
        if broken := list(missing_data(self.checked, files)):
            raise invalid_document(broken)

    @property
    def verifies_tls(self) -> bool:
        """Whether certificates are checked."""
        network = self.checked.network
        return network is None or network.verify_tls is not False

    @property
    def hosts(self) -> dict[str, str]:
        """The addresses that names of the file lead to."""
        network = self.checked.network
        return dict(network.hosts or {}) if network else {}

    @property
    def service(self) -> str | None:
        """Name of the service under test."""
        return self.checked.service


class EndpointsFile:
    """The file at `path`; the example that ships with the project stands in until it exists."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def data_users(self) -> dict[str, list[str]]:
        """By data file, the endpoints that use it: also those of a file that is refused for another reason."""
        try:
            document = json.loads(self._readable().read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        listed = document.get("endpoints") if isinstance(document, dict) else None
        users: dict[str, list[str]] = {}
        for endpoint in listed if isinstance(listed, list) else ():
            if isinstance(endpoint, dict) and isinstance(endpoint.get("data_file"), str):
                users.setdefault(endpoint["data_file"], []).append(str(endpoint.get("name")))
        return users

    def read(self) -> LoadedDocument:
        """The checked document. Raises NotFound or InvalidRequest with the place in the file."""
        try:
            raw = self._readable().read_bytes()
        except OSError as error:
            raise NotFound(f"{FILE} cannot be read: {error.strerror}") from None
        checked, data = read_document(raw)
        return LoadedDocument(raw, hashlib.sha256(raw).hexdigest(), data, checked)

    def _readable(self) -> Path:
        example = self._path.with_name("endpoints.example.json")
        return self._path if self._path.exists() or not example.exists() else example

    def change(self, edit: Callable[[str], str], matches: Callable[[str], bool]) -> LoadedDocument:
        """The document after `edit` of its text, all of it or nothing. `matches` gets the SHA-256 that it had.

        Raises PreconditionFailed when that is not the one that was edited, InvalidRequest when the new text is
        no document, Unavailable when it cannot be written.
        """
        with self._lock:
            before = self.read()
            if not matches(before.sha256):
                raise PreconditionFailed(
                    f"{FILE} was changed meanwhile: read it again, then repeat your change"
                )
            encoding = json.detect_encoding(before.raw)
            raw = edit(before.raw.decode(encoding)).encode(encoding)
            checked, data = read_document(raw)
            if raw != before.raw or not self._path.exists():
                _write(self._path.resolve(), raw)
            return LoadedDocument(raw, hashlib.sha256(raw).hexdigest(), data, checked)


def _write(path: Path, raw: bytes) -> None:
    """In the place of the old file at one moment, with its rights; after a power cut it is one of the two."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        try:
            with temporary.open("wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                temporary.chmod(path.stat().st_mode & 0o777)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise Unavailable(f"{FILE} cannot be written: {error.strerror}") from None
