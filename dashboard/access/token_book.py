"""Named tokens: created, found by their text, and revoked. All of them are kept in memory."""

import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from dashboard.model.errors import Conflict, DashboardError, InvalidRequest, NotFound
from dashboard.model.host_names import ascii_pattern
from dashboard.model.identity import (
    MAX_TOKEN_NAME,
    NO_LIMITS,
    RESERVED_NAMES,
    TOKEN_NAME,
    Identity,
    NamedToken,
    Role,
    TokenLimits,
)
from dashboard.store.errors import TokenExists
from dashboard.store.store import Store

PREFIX = "k6d"
MAX_TOKENS = 1_000
_SECRET_BYTES = 32
_ID_BYTES = 5
_NAME = re.compile(TOKEN_NAME)


class Unauthorized(DashboardError):
    """The access token is missing, wrong or expired."""

    status = 401
    title = "Unauthorized"


class TokenBook:
    """The named tokens of a store. Only one process uses the store at a time, so the tokens in memory are current.

    A use is recorded in memory. `write_uses` stores it, so that no request waits for the disk.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self._lock = threading.Lock()
        self._tokens = {token.token_id: token for token in store.tokens.all()}
        self._uses: dict[str, datetime] = {}

    def create(
        self,
        name: str,
        role: Role,
        *,
        created_by: str,
        lifetime: timedelta | None,
        limits: TokenLimits = NO_LIMITS,
    ) -> tuple[NamedToken, str]:
        """Return a new token, and its text, which cannot be read again. Raises InvalidRequest, Conflict."""
        check_name(name)
        limits = replace(limits, targets=tuple(map(_host_pattern, limits.targets)))
        now = self._clock()
        token_id = secrets.token_hex(_ID_BYTES)
        text = f"{PREFIX}_{token_id}_{secrets.token_urlsafe(_SECRET_BYTES)}"
        token = NamedToken(
            token_id=token_id,
            name=name,
            sha256=fingerprint(text),
            role=role,
            created_at=now,
            created_by=created_by,
            expires_at=None if lifetime is None else now + lifetime,
            limits=limits,
        )
        with self._lock:
            self._insert(token)
        return token, text

    def revoke(self, name: str) -> NamedToken:
        """Delete a token. Requests with it are refused from now on. Raises NotFound."""
        with self._lock:
            token = next((token for token in self._tokens.values() if token.name == name), None)
            if token is None:
                raise NotFound(f'No token has the name "{name}".')
            self._store.tokens.delete(token.token_id)
            del self._tokens[token.token_id]
            self._uses.pop(token.token_id, None)
        return token

    def listed(self) -> list[NamedToken]:
        """Return all tokens by name, each with its last use."""
        with self._lock:
            tokens = [self._with_use(token) for token in self._tokens.values()]
        return sorted(tokens, key=lambda token: token.name)

    def find(self, text: str) -> NamedToken | None:
        """Return the token with this text, even if it has expired."""
        prefix, _, rest = text.partition("_")
        token = self._tokens.get(rest.partition("_")[0])
        if prefix != PREFIX or token is None:
            return None
        return token if hmac.compare_digest(fingerprint(text), token.sha256) else None

    def by_id(self, token_id: str) -> NamedToken | None:
        """Return the token with this id, if it was not revoked and has not expired."""
        token = self._tokens.get(token_id)
        return None if token is None or token.has_expired(self._clock()) else token

    def use(self, token: NamedToken) -> Identity:
        """Record a use of `token` and return its identity. Raises Unauthorized when it has expired."""
        now = self._clock()
        if token.has_expired(now):
            raise Unauthorized(f'The token "{token.name}" has expired. Ask for a new one.')
        self._uses[token.token_id] = now
        return Identity(who=token.name, role=token.role, limits=token.limits, token_id=token.token_id)

    def write_uses(self) -> None:
        """Store when tokens were last used."""
        with self._lock:
            uses, self._uses = self._uses, {}
            used = {token_id: at for token_id, at in uses.items() if token_id in self._tokens}
            for token_id, at in used.items():
                self._tokens[token_id] = replace(self._tokens[token_id], last_used_at=at)
        if used:
            self._store.tokens.record_uses(used)

    def _insert(self, token: NamedToken) -> None:
        if len(self._tokens) >= MAX_TOKENS:
            raise Conflict(f"There are {MAX_TOKENS} tokens. Revoke the ones that nobody uses.")
        try:
            self._store.tokens.insert(token)
        except TokenExists as error:
            raise Conflict(str(error)) from None
        self._tokens[token.token_id] = token

    def _with_use(self, token: NamedToken) -> NamedToken:
        return replace(token, last_used_at=self._uses.get(token.token_id, token.last_used_at))


def fingerprint(text: str) -> str:
    """Return the SHA-256 of a token. It needs no salt and no slow hash, because a token has 256 random bits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _host_pattern(pattern: str) -> str:
    """Return a host pattern in ASCII form, in which the hosts of targets are compared. Raises InvalidRequest."""
    try:
        return ascii_pattern(pattern)
    except ValueError as error:
        raise InvalidRequest.field("targets", f"{pattern}: {error}") from None


def check_name(name: str) -> None:
    """Raise InvalidRequest when a token may not have this name."""
    if not _NAME.fullmatch(name):
        message = (
            f"must have 1 to {MAX_TOKEN_NAME} letters, digits and . _ @ -, and start with a letter or a digit"
        )
        raise InvalidRequest.field("name", message)
    if name in RESERVED_NAMES:
        raise InvalidRequest.field("name", f'"{name}" is reserved. Choose another name')
