"""Named access tokens."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dashboard.model.identity import NamedToken, Role, TokenLimits
from dashboard.model.run import from_iso, iso
from dashboard.store.connection import SqlConnection
from dashboard.store.errors import TokenExists
from dashboard.store.repository import Repository
from dashboard.store.text import to_storable

_COLUMNS = (
    *("token_id", "name", "sha256", "role", "created_at", "created_by", "expires_at", "last_used_at"),
    *("targets", "environments", "max_vus", "max_rate"),
)
_ALL = f"SELECT {', '.join(_COLUMNS)} FROM tokens ORDER BY name"  # noqa: S608 - constants
_INSERT = f"""
    INSERT INTO tokens ({", ".join(_COLUMNS)}) VALUES ({", ".join(f":{name}" for name in _COLUMNS)})
"""  # noqa: S608 - constants
_USED = "UPDATE tokens SET last_used_at = ? WHERE token_id = ?"


class TokenRepository(Repository):
    """Named tokens."""

    def all(self) -> list[NamedToken]:
        """Return all tokens by name."""
        with self._database.reading() as db:
            return [_token_of(dict(zip(_COLUMNS, row, strict=True))) for row in db.execute(_ALL)]

    def insert(self, token: NamedToken) -> None:
        """Store a new token. Raises TokenExists."""
        self._database.write(lambda db: _insert(db, token))

    def delete(self, token_id: str) -> None:
        """Delete a token."""
        sql = "DELETE FROM tokens WHERE token_id = ?"
        self._database.write(lambda db: db.execute(sql, (token_id,)).rowcount)

    def record_uses(self, uses: Mapping[str, datetime]) -> None:
        """Store when tokens were last used, by their id."""
        rows = [(iso(at), token_id) for token_id, at in uses.items()]
        self._database.write(lambda db: db.executemany(_USED, rows).rowcount)


def _insert(db: SqlConnection, token: NamedToken) -> None:
    if db.execute("SELECT 1 FROM tokens WHERE name = ?", (token.name,)).fetchone():
        raise TokenExists(f'A token with the name "{token.name}" exists. Choose another name, or revoke it.')
    db.execute(_INSERT, _row_of(token))


def _row_of(token: NamedToken) -> dict[str, Any]:
    limits = token.limits
    return {
        "token_id": token.token_id,
        "name": token.name,
        "sha256": token.sha256,
        "role": token.role.value,
        "created_at": iso(token.created_at),
        "created_by": to_storable(token.created_by),
        "expires_at": iso(token.expires_at),
        "last_used_at": iso(token.last_used_at),
        "targets": json.dumps(limits.targets),
        "environments": json.dumps(limits.environments),
        "max_vus": limits.max_vus,
        "max_rate": limits.max_rate,
    }


def _token_of(row: dict[str, Any]) -> NamedToken:
    return NamedToken(
        token_id=row["token_id"],
        name=row["name"],
        sha256=row["sha256"],
        role=Role(row["role"]),
        created_at=from_iso(row["created_at"]),
        created_by=row["created_by"],
        expires_at=_moment(row["expires_at"]),
        last_used_at=_moment(row["last_used_at"]),
        limits=TokenLimits(
            targets=tuple(json.loads(row["targets"])),
            environments=tuple(json.loads(row["environments"])),
            max_vus=row["max_vus"],
            max_rate=row["max_rate"],
        ),
    )


def _moment(text: str | None) -> datetime | None:
    return from_iso(text) if text else None
