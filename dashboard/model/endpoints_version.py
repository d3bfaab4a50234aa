"""Versions of the endpoints file, and what a source gave when it was last saved."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

VersionAction = Literal["save", "slos", "restore", "outside"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointsVersion:
    """A content that the endpoints file had, since `at`.

    who: null if the file was edited outside of the dashboard
    endpoints, scenarios: how many it has; null if the content was not a valid document
    """

    number: int
    at: datetime
    who: str | None
    action: VersionAction
    source: str | None
    endpoints: int | None
    scenarios: int | None
    sha256: str


@dataclass(frozen=True, slots=True)
class ImportBase:
    """An operation of a source at its last save: the name of its endpoint, and the endpoint as the source gave it."""

    name: str
    endpoint: dict[str, Any]
