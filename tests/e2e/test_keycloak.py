"""Tokens of a real Keycloak are requested, used and renewed in time. All users share one token."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.runner.ports import free_port
from tests.e2e.harness import Server
from tests.e2e.keycloak import REALM, Keycloak
from tests.fakes.token_server import CLIENT, SECRET, FakeTokenServer

pytestmark = [pytest.mark.k6, pytest.mark.timeout(240)]
LIFETIME_S = 6


@pytest.fixture(scope="module")
def keycloak(keycloak_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keycloak]:
    keycloak = Keycloak(keycloak_home, tmp_path_factory.mktemp("keycloak"), free_port())
    try:
        print(f"\nKeycloak started in {keycloak.start():.0f} s")
        keycloak.make_realm(LIFETIME_S)
        yield keycloak
    finally:
        keycloak.stop()


@pytest.fixture
def target(keycloak: Keycloak) -> Iterator[FakeTokenServer]:
    """A service that checks each new token with Keycloak."""
    target = FakeTokenServer()
    target.valid_until = keycloak.valid_until
    yield target
    target.close()


def start_run(
    server: Server,
    keycloak: Keycloak,
    target: FakeTokenServer,
    *,
    vus: int,
    duration: str,
    secret: str = SECRET,
) -> str:
    server.endpoints({"name": "Account", "path": "/account"}, pacing="200ms")
    return server.run(
        target.url,
        vus=vus,
        duration=duration,
        auth_mode="keycloak",
        auth_host=keycloak.url,
        auth_realm=REALM,
        auth_client_id=CLIENT,
        auth_client_secret=secret,
    )


def test_a_wrong_secret_is_reported_with_keycloaks_error(
    server: Server, keycloak: Keycloak, target: FakeTokenServer
) -> None:
    record = server.wait_until_ended(
        start_run(server, keycloak, target, vus=2, duration="3s", secret="wrong")
    )
    assert record["status"] == "failed"
    assert "rejects the credentials (401: unauthorized_client" in record["exit_reason"]
    assert not target.statuses


@pytest.mark.parametrize(
    ("vus", "seconds"), [(20, 12), *(pytest.param(vus, 60, marks=pytest.mark.long) for vus in (20, 200))]
)
def test_tokens_of_six_seconds_are_renewed_before_they_expire(
    server: Server, keycloak: Keycloak, target: FakeTokenServer, vus: int, seconds: int
) -> None:
    began_s = time.monotonic()
    record = server.wait_until_ended(
        start_run(server, keycloak, target, vus=vus, duration=f"{seconds}s"), within_s=seconds + 40
    )
    # requests during the start and the end of k6 do not count
    logins = sum(began_s <= at_s <= target.last_served_s for at_s in keycloak.logins())
    max_logins = math.ceil(seconds / (0.6 * LIFETIME_S)) + 1
    print(f"\n{vus} users, {seconds} s: {logins} logins (at most {max_logins}), {dict(target.statuses)}")
    assert record["status"] == "finished", record["exit_reason"]
    assert target.statuses[401] == 0
    assert record["total_reqs"] == target.statuses[200] > 2 * vus
    assert max_logins - 2 <= logins <= max_logins
