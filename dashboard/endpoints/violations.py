"""Violations: the problems of a document, each with its path and a message."""

from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dashboard.validation_messages import message_of

_MAX_PATH_CHARACTERS = 200
_WHOLE_RUN = "k6 supports this only for a whole run. "
_AT_START = _WHOLE_RUN + "Set it when you start the run."
_AT_TOP = _WHOLE_RUN + 'Set it in "network" at the top of the file.'
_RUN_FIELDS = {
    **dict.fromkeys(("proxy", "ca_certificate", "client_certificate", "client_key"), _AT_START),
    **dict.fromkeys(("verify_tls", "hosts"), _AT_TOP),
    "reuse_connections": f'{_AT_TOP} To close the connection after this request, use "close_connection": true.',
}
_REQUEST_LISTS = ("endpoints", "setup", "teardown")


class Violation(NamedTuple):
    """One problem of a document. `path` is like `endpoints[3].checks.status`; empty for the whole document."""

    path: str
    message: str


def violations_of(error: ValidationError, parent: str = "") -> list[Violation]:
    """Return the problems that pydantic found in the part of the document at the path `parent`."""
    entries = error.errors(include_url=False, include_input=False)
    return [Violation(path_of(entry["loc"], parent), _message(entry)) for entry in entries]


def _message(entry: ErrorDetails) -> str:
    """Return the message of one error. For a field of the whole run, the message explains where to set the field."""
    match entry["loc"]:
        case (str(part), int(), str(field)) if part in _REQUEST_LISTS and entry["type"] == "extra_forbidden":
            return _RUN_FIELDS.get(field) or message_of(entry)
        case ("endpoints", int(), "group") if entry["type"] == "missing":
            return 'is missing. Name a group such as "catalog"; figures are aggregated by it.'
        case ("network", str(field)) if _RUN_FIELDS.get(field) == _AT_START:
            return _AT_START
    return message_of(entry)


def path_of(location: tuple[int | str, ...], parent: str = "") -> str:
    """Return the path of a pydantic location below `parent`."""
    path = parent
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part != "[key]":
            path += f".{part}" if path else part
    return path if len(path) <= _MAX_PATH_CHARACTERS else path[:_MAX_PATH_CHARACTERS] + "…"
