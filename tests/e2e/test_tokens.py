"""Tokens that expire while a run lasts: one request for all users, none of whom is refused."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.harness import Server
from tests.fakes.token_world import CLIENT, SECRET, TokenWorld

pytestmark = pytest.mark.k6
LIFE_S = 6.0


@pytest.fixture
def world() -> Iterator[TokenWorld]:
    made = TokenWorld()
    yield made
    made.close()


def by_keycloak(world: TokenWorld) -> dict[str, Any]:
    return {
        "auth_mode": "keycloak",
        "auth_host": world.url,
        "auth_realm": "shop",
        "auth_client_id": CLIENT,
        "auth_client_secret": SECRET,
    }


def load(server: Server, world: TokenWorld, *, vus: int, duration: str, **more: Any) -> str:
    server.endpoints({"name": "Account", "path": "/account"}, pacing="200ms")
    return server.run(world.url, vus=vus, duration=duration, **{**by_keycloak(world), **more})


def told(server: Server, run_id: str, kind: str) -> list[dict[str, Any]]:
    return [event for event in server.get(f"/runs/{run_id}")["events"] if event["kind"] == kind]


@pytest.mark.parametrize(
    ("vus", "seconds"),
    [(20, 15), pytest.param(20, 60, marks=pytest.mark.long), pytest.param(200, 60, marks=pytest.mark.long)],
)
def test_no_user_is_refused_though_tokens_expire_every_few_seconds(
    server: Server, world: TokenWorld, vus: int, seconds: int
) -> None:
    world.life_s = world.told_life = LIFE_S
    run_id = load(server, world, vus=vus, duration=f"{seconds}s")
    record = server.ended(run_id, within_s=seconds + 40)
    most = math.ceil(seconds / (0.6 * LIFE_S)) + 1
    print(f"\n{vus} users, {seconds} s: {len(world.asked)} token requests (at most {most}), {world.statuses}")
    assert record["status"] == "finished", record["exit_reason"]
    assert world.statuses[401] == 0
    assert record["total_reqs"] == world.statuses[200] > vus * seconds
    assert most - 2 <= len(world.asked) <= most
