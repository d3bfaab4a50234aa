"""What is wrong with a document: a place and words."""

from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dashboard.validation_messages import message_of

_MAX_PATH_CHARACTERS = 200
_WHOLE_RUN = "k6 supports this only for a whole run. "
_AT_START = _WHOLE_RUN + "Set it when you start the run."
_AT_TOP = _WHOLE_RUN + 'Set it in "network" at the top of the file.'
_OF_RUNS = {
    **dict.fromkeys(("proxy", "ca_certificate", "client_certificate", "client_key"), _AT_START),
    **dict.fromkeys(("verify_tls", "hosts"), _AT_TOP),
    "reuse_connections": f'{_AT_TOP} To close the connection after this request, use "close_connection": true.',
}
_REQUESTS = ("endpoints", "setup", "teardown")


class Violation(NamedTuple):
    """What is wrong, and where."""

    place: str
    message: str


def violations_of(error: ValidationError, inside: str = "") -> list[Violation]:
    """What pydantic found in the part of the document that stands at `inside`."""
    found = error.errors(include_url=False, include_input=False)
    return [Violation(place_of(entry["loc"], inside), _words(entry)) for entry in found]


def _words(entry: ErrorDetails) -> str:
    """What k6 cannot do for a single request, or a file cannot say, is more than an unknown field there."""
    match entry["loc"]:
        case (str(part), int(), str(field)) if part in _REQUESTS and entry["type"] == "extra_forbidden":
            return _OF_RUNS.get(field) or message_of(entry)
        case ("endpoints", int(), "group") if entry["type"] == "missing":
            return 'is missing: name one such as "catalog", for sums and filters'
        case ("network", str(field)) if _OF_RUNS.get(field) == _AT_START:
            return _AT_START
    return message_of(entry)


def place_of(location: tuple[int | str, ...], inside: str = "") -> str:
    """`endpoints[3].checks.status`."""
    text = inside
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part != "[key]":
            text += f".{part}" if text else part
    return text if len(text) <= _MAX_PATH_CHARACTERS else text[:_MAX_PATH_CHARACTERS] + "…"
