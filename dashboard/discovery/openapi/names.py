"""Names, groups and expected statuses of requests."""

import re
from collections.abc import Iterable
from typing import Any

from dashboard.discovery.discovered import Json
from dashboard.discovery.openapi.versions import members

_MAX_NAME = 200
_NOT_A_GROUP = re.compile(r"(?:api|rest|v\d+(?:\.\d+)*|public|gateway)?", re.IGNORECASE)
_BLANKS = re.compile(r"[\s\0]+")


class OperationNames:
    """Names that are already in use."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        self._counts: dict[str, int] = {}

    def unique(self, operation_id: Any, method: str, path: str) -> str:
        """Return the operationId, otherwise method and path, with a number if that is in use."""
        name = _clean(operation_id if isinstance(operation_id, str) else "") or _clean(f"{method} {path}")
        found, count = name, self._counts.get(name, 1)
        while found in self._used:
            count += 1
            found = f"{name} ({count})"
        self._counts[name] = count
        self._used.add(found)
        return found


def _clean(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()[:_MAX_NAME]


def group_of(tags: Iterable[str], path: str) -> str:
    """Return the first tag, otherwise the first segment of the path that names a resource."""
    for tag in tags:
        if _clean(tag):
            return _clean(tag)
    segments = (_clean(segment) for segment in re.split("[/?#]", path) if "{" not in segment)
    return next((segment for segment in segments if not _NOT_A_GROUP.fullmatch(segment)), "root")


def tags_of(operation: Json) -> tuple[str, ...]:
    """Return the tags of an operation."""
    given = operation.get("tags")
    return tuple(tag for tag in given if isinstance(tag, str)) if isinstance(given, list) else ()


def expected_status(operation: Json) -> int | None:
    """Return the success status if the document has exactly one; None leaves it to the default rules.

    An operation whose only documented status is an error is expected to respond with it.
    """
    given = [status.upper() for status, _ in members(operation.get("responses"))]
    successes = [status for status in given if status.startswith("2")]
    if not successes and len(given) == 1 and re.fullmatch("[45][0-9][0-9]", given[0]):
        return int(given[0])
    is_one = len(set(successes)) == 1 and re.fullmatch("2[0-9][0-9]", successes[0])
    return int(successes[0]) if is_one else None
