"""Every kind of client that a request can come from, for tests that apply to all routes."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from pydantic import SecretStr

from dashboard.access.access import Access
from dashboard.access.token_book import TokenBook
from dashboard.app import create_app
from dashboard.model.identity import NO_LIMITS, Role, TokenLimits
from dashboard.services import Services
from dashboard.store.store import Store

MAIN_TOKEN = "main-token-of-all-tests"


@dataclass
class TokenedApp:
    """An application that requires a token, with one named token for each role, an expired and a revoked one."""

    app: Flask
    services: Services
    tokens: dict[str, str] = field(default_factory=dict)

    def headers(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[name]}"}

    def create(self, name: str, role: Role, limits: TokenLimits = NO_LIMITS) -> dict[str, str]:
        """Create a token. Return its headers."""
        self.tokens[name] = self.services.tokens.create(
            name, role, created_by="test", lifetime=timedelta(days=1), limits=limits
        )[1]
        return self.headers(name)


@contextmanager
def tokened_app(base: Services, folder: Path, **settings: str) -> Iterator[TokenedApp]:
    """An application with the services of `base` and changed settings that requires a token."""
    services = copy.copy(base)
    services.settings = base.settings.model_copy(
        update={"auth": "always", "dashboard_token": SecretStr(MAIN_TOKEN), **settings}
    )
    clock = _MovableClock()
    store = Store(folder / "tokens.db")
    services.tokens = TokenBook(store, clock)
    services.access = Access(services.settings, services.tokens)
    made = TokenedApp(create_app(services, static=folder), services, {"main": MAIN_TOKEN, "wrong": "k6d_x_y"})
    clock.offset = timedelta(days=-2)
    made.create("expired", Role.ADMIN)
    clock.offset = timedelta()
    for role in (Role.VIEWER, Role.RUNNER):
        made.create(role.value, role)
    made.create("boss", Role.ADMIN)
    made.tokens["admin"] = made.tokens["boss"]
    made.create("revoked", Role.ADMIN)
    services.tokens.revoke("revoked")
    try:
        yield made
    finally:
        store.close()


class _MovableClock:
    """The time with an offset."""

    offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset
