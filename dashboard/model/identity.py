"""Who sends a request, and what this person or program may do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal


class Role(StrEnum):
    """What an identity may do. Each role includes the ones before it."""

    VIEWER = "viewer"
    RUNNER = "runner"
    ADMIN = "admin"

    def includes(self, needed: "Role") -> bool:
        """Return whether this role may do everything that the role `needed` may do."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLimits:
    """The load that a token may start. An empty list or None does not limit.

    targets: hosts, `*` as wildcard
    environments: names of environments; a run must name one of them
    """

    targets: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    max_vus: int | None = None
    max_rate: int | None = None


NO_LIMITS = TokenLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedToken:
    """A token that somebody created. Its text is not stored, only the SHA-256 of it."""

    token_id: str
    name: str
    sha256: str
    role: Role
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    limits: TokenLimits = NO_LIMITS

    def has_expired(self, now: datetime) -> bool:
        """Return whether the token is no longer accepted."""
        return self.expires_at is not None and now >= self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who sends a request, and how this is known. `token_id` is empty without a named token."""

    who: str
    role: Role
    limits: TokenLimits = NO_LIMITS
    token_id: str = ""
    via: Literal["local", "token", "proxy"] = "token"


LOCAL = Identity(who="local", role=Role.ADMIN, via="local")
MAIN = Identity(who="main token", role=Role.ADMIN)
RESERVED_NAMES = frozenset({LOCAL.who, MAIN.who})
MAX_TOKEN_NAME = 64
TOKEN_NAME = rf"[A-Za-z0-9][A-Za-z0-9._@-]{{0,{MAX_TOKEN_NAME - 1}}}"
