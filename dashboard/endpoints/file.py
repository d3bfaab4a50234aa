"""endpoints.json: what is tested. Read anew for every use, so an edit counts from the next run on."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.model.errors import InvalidRequest, NotFound
from dashboard.model.slo import SLO_KEYS

MAX_BYTES = 8 * 1024 * 1024
MOST_ENDPOINTS = 5_000


@dataclass(frozen=True, slots=True)
class EndpointsDocument:
    """One reading of the file: its bytes, their SHA-256 and the parsed object."""

    raw: bytes
    sha256: str
    data: dict[str, Any]

    @property
    def slos(self) -> dict[str, float]:
        """The run's limits, by the names of figures."""
        slos = self.data.get("slos") or {}
        return {key: float(slos[key]) for key in SLO_KEYS if key in slos}

    @property
    def endpoints(self) -> list[dict[str, Any]]:
        """The endpoints."""
        return list(self.data["endpoints"])

    @property
    def service(self) -> str | None:
        """Name of the service under test."""
        name = self.data.get("service")
        return name if isinstance(name, str) else None


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
            raise NotFound(f"{self._path.name} cannot be read: {error.strerror}") from None
        if len(raw) > MAX_BYTES:
            raise _wrong("", f"is larger than {MAX_BYTES} bytes")
        try:
            data = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise _wrong("", f"is not JSON: {error}") from None
        _check(data)
        return EndpointsDocument(raw, hashlib.sha256(raw).hexdigest(), data)


def _check(data: object) -> None:
    """What a run needs of the document; the script checks each request's own fields in its init."""
    if not isinstance(data, dict):
        raise _wrong("", "must be an object")
    endpoints = data.get("endpoints")
    if not isinstance(endpoints, list) or not endpoints:
        raise _wrong("endpoints", "must be a list with at least one endpoint")
    if len(endpoints) > MOST_ENDPOINTS:
        raise _wrong("endpoints", f"has more than {MOST_ENDPOINTS} entries")
    names: dict[str, int] = {}
    for index, endpoint in enumerate(endpoints):
        place = f"endpoints[{index}]"
        if not isinstance(endpoint, dict):
            raise _wrong(place, "must be an object")
        name = endpoint.get("name")
        if not isinstance(name, str) or not name:
            raise _wrong(f"{place}.name", "must be a text")
        if name in names:
            raise _wrong(f"{place}.name", f'"{name}" is the name of endpoints[{names[name]}] too')
        names[name] = index
    _check_slos(data.get("slos"))


def _check_slos(slos: object) -> None:
    if slos is None:
        return
    if not isinstance(slos, dict):
        raise _wrong("slos", "must be an object")
    for key, limit in slos.items():
        if key not in SLO_KEYS:
            raise _wrong(f"slos.{key}", f"is not one of {', '.join(SLO_KEYS)}")
        if not isinstance(limit, int | float) or isinstance(limit, bool) or not 0 <= limit < 1e12:
            raise _wrong(f"slos.{key}", "must be a number from 0")


def _wrong(place: str, message: str) -> InvalidRequest:
    return InvalidRequest.field(f"endpoints.json{': ' if place else ''}{place}", message)
