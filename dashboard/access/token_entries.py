"""The lifetime of a token in a request and its entry in a list, for the API and the command line."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from dashboard.model.durations import parse_duration
from dashboard.model.errors import InvalidRequest
from dashboard.model.identity import NamedToken
from dashboard.model.run import iso

NEVER = "never"


def lifetime_of(expires: str) -> timedelta | None:
    """Return how long a token is accepted. None for `never`. Raises InvalidRequest."""
    if expires == NEVER:
        return None
    try:
        seconds = parse_duration(expires)
    except ValueError as error:
        raise InvalidRequest.field("expires", f"{error}, or {NEVER}") from None
    if seconds < 1:
        raise InvalidRequest.field("expires", f"must be at least one second, for example 90d, or {NEVER}")
    return timedelta(seconds=seconds)


def token_entry(token: NamedToken, now: datetime) -> dict[str, Any]:
    """Return a token as it is listed, without its hash."""
    return {
        "name": token.name,
        "role": token.role.value,
        "created_at": iso(token.created_at),
        "created_by": token.created_by,
        "expires_at": iso(token.expires_at),
        "has_expired": token.has_expired(now),
        "last_used_at": iso(token.last_used_at),
        **asdict(token.limits),
    }
