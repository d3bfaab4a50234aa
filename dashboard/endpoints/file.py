"""The file itself. Read anew for every use, so an edit counts from the next run on."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.endpoints.reading import FILE, read_document
from dashboard.endpoints.shape import Document, Endpoint
from dashboard.model.errors import NotFound


@dataclass(frozen=True, slots=True)
class EndpointsDocument:
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

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints."""
        return tuple(self.checked.endpoints)

    @property
    def service(self) -> str | None:
        """Name of the service under test."""
        return self.checked.service


class EndpointsFile:
    """The file at `path`; the example that ships with the project stands in until it exists."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> EndpointsDocument:
        """The checked document. Raises NotFound or InvalidRequest with the place in the file."""
        example = self._path.with_name("endpoints.example.json")
        path = self._path if self._path.exists() or not example.exists() else example
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise NotFound(f"{FILE} cannot be read: {error.strerror}") from None
        checked, data = read_document(raw)
        return EndpointsDocument(raw, hashlib.sha256(raw).hexdigest(), data, checked)
