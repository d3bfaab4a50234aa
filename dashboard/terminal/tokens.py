"""`bin/dashboard token …`: the tokens of the data folder, through its live server if there is one."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote

from rich.table import Table

from dashboard.access.audit_log import AuditLog
from dashboard.access.token_book import TokenBook
from dashboard.access.token_entries import lifetime_of, token_entry
from dashboard.data_dir import lock_data_dir
from dashboard.model.audit import Change
from dashboard.model.identity import LOCAL, Role, TokenLimits
from dashboard.services import DATABASE
from dashboard.settings import Settings
from dashboard.store.store import Store
from dashboard.terminal.backends import TERMINAL, RemoteBackend, find_remote_backend
from dashboard.terminal.console import open_console
from dashboard.terminal.output import echo, echo_json


class TokenClient(Protocol):
    """Where tokens are created, listed and revoked."""

    def create(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Create a token from the fields of `POST /tokens`, and return the response."""

    def listed(self) -> list[dict[str, Any]]:
        """Return the response of `GET /tokens`."""

    def revoke(self, name: str) -> None:
        """Revoke a token."""


class RemoteTokens:
    """The tokens of the live server."""

    def __init__(self, server: RemoteBackend) -> None:
        self._server = server

    def create(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        created: dict[str, Any] = self._server.call("POST", "/tokens", dict(fields))
        return created

    def listed(self) -> list[dict[str, Any]]:
        tokens: list[dict[str, Any]] = self._server.call("GET", "/tokens")
        return tokens

    def revoke(self, name: str) -> None:
        self._server.call("DELETE", f"/tokens/{quote(name, safe='')}")


class LocalTokens:
    """The tokens of a data folder that no server uses."""

    def __init__(self, book: TokenBook, audit: AuditLog) -> None:
        self._book, self._audit = book, audit

    def create(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        token, text = self._book.create(
            fields["name"],
            Role(fields["role"]),
            created_by=LOCAL.who,
            lifetime=lifetime_of(fields["expires"]),
            limits=TokenLimits(
                targets=tuple(fields.get("targets", ())),
                environments=tuple(fields.get("environments", ())),
                max_vus=fields.get("max_vus"),
                max_rate=fields.get("max_rate"),
            ),
        )
        entry = token_entry(token, datetime.now(UTC))
        self._audit.record(LOCAL, TERMINAL, Change(action="token.create", object=token.name, after=entry))
        return entry | {"token": text}

    def listed(self) -> list[dict[str, Any]]:
        return [token_entry(token, datetime.now(UTC)) for token in self._book.listed()]

    def revoke(self, name: str) -> None:
        entry = token_entry(self._book.revoke(name), datetime.now(UTC))
        self._audit.record(LOCAL, TERMINAL, Change(action="token.revoke", object=name, before=entry))


@contextmanager
def choose_tokens(settings: Settings) -> Iterator[TokenClient]:
    """Yield the live server's tokens, else those of the data folder.

    Raises DataDirInUse, DataDirUnusable, StoreError.
    """
    folder = settings.path(settings.data_dir)
    server = find_remote_backend(folder)
    if server is not None:
        yield RemoteTokens(server)
        return
    lock = lock_data_dir(folder)

    def now() -> datetime:
        return datetime.now(UTC)

    try:
        store = Store(folder / DATABASE)
        try:
            audit = AuditLog(store, now, settings.audit_retention_days)
            yield LocalTokens(TokenBook(store, now), audit)
        finally:
            store.close()
    finally:
        lock.release()


def create(tokens: TokenClient, fields: Mapping[str, Any]) -> None:
    """Create a token. Its text goes to standard output, all else to standard error."""
    created = tokens.create(fields)
    until = f"until {created['expires_at']}" if created["expires_at"] else "forever"
    echo(
        f"Created {created['name']} ({created['role']}), accepted {until}. The token, printed only once:",
        err=True,
    )
    echo(created["token"])


def print_all(tokens: TokenClient, *, as_json: bool) -> None:
    """Print all tokens."""
    listed = tokens.listed()
    if as_json:
        echo_json(listed)
        return
    table = Table(box=None)
    for title in ("Name", "Role", "Created", "Expires", "Last use", "Limits"):
        table.add_column(title, overflow="fold")
    for token in listed:
        expires = f"{_day(token['expires_at'])}{' (expired)' if token['has_expired'] else ''}"
        created = f"{token['created_at'][:10]} by {token['created_by']}"
        last_use = _minute(token["last_used_at"])
        table.add_row(token["name"], token["role"], created, expires, last_use, _limits_text(token))
    open_console().print(table if listed else "No tokens yet.")


def revoke(tokens: TokenClient, name: str) -> None:
    """Revoke a token."""
    tokens.revoke(name)
    echo(f"Revoked {name}.")


def _day(moment: str | None) -> str:
    return moment[:10] if moment else "never"


def _minute(moment: str | None) -> str:
    return f"{moment[:10]} {moment[11:16]}" if moment else "never"


def _limits_text(token: Mapping[str, Any]) -> str:
    parts = [", ".join(token[name]) for name in ("targets", "environments") if token[name]]
    parts += [f"{name} {token[name]}" for name in ("max_vus", "max_rate") if token[name] is not None]
    return "; ".join(parts) or "none"


COMMANDS: Mapping[str, Callable[..., None]] = {"create": create, "print_all": print_all, "revoke": revoke}
