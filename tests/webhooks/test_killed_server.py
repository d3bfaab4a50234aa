"""A server that is killed again and again delivers every event at least once, with the same ID, after its fact."""

from __future__ import annotations

import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from dashboard.store.store import Store
from tests.e2e.harness import Server, wait_for
from tests.fakes.fake_k6_factory import make_fake_k6
from tests.webhooks.receiver import OK, Received, Reply, WebhookReceiver, a_receiver
from tests.webhooks.samples import finish_run

SIZES = [
    pytest.param(150, 4, id="300 events"),
    pytest.param(5_000, 50, marks=pytest.mark.long, id="10,000 events"),
]
FAILURES = (
    Reply(500),
    Reply(503, {"Retry-After": "1"}),
    Reply(429, {"Retry-After": "0"}),
    Reply(302, {"Location": "/elsewhere"}),
)
# Each of these takes the whole time limit of an attempt.
SLOW = (Reply(hangs=True), Reply(200, drips=True))
FACT = "SELECT name, status FROM outbox_events JOIN runs USING (run_id) WHERE event_id = ?"


class StrictReceiver:
    """Fails in many ways, and checks that the fact of each event is stored when it arrives."""

    def __init__(self, database: Path) -> None:
        self.premature: list[str] = []
        self.slow: list[Reply] = []
        self._database = database
        self._chance = random.Random(5)

    def reply(self, got: Received) -> Reply:
        address = f"{self._database.as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=20)) as db:
            fact = db.execute(FACT, (got.event_id,)).fetchone()
        if fact != (got.json["event"], "finished"):
            self.premature.append(got.event_id)
        if self._chance.random() < 0.97:
            return OK
        return self.slow.pop() if self.slow else self._chance.choice(FAILURES)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path, make_fake_k6(tmp_path, "ok"))
    made.endpoints({"name": "Home"})
    yield made
    if made.alive:
        made.kill()


@pytest.fixture
def strict(server: Server) -> Iterator[tuple[StrictReceiver, WebhookReceiver]]:
    checker = StrictReceiver(server.data_dir / "dashboard.db")
    with a_receiver(checker.reply) as receiver:
        yield checker, receiver


def add_runs(server: Server, numbers: range) -> None:
    """Store runs while the server is down: two events each."""
    store = Store(server.data_dir / "dashboard.db")
    for number in numbers:
        finish_run(store, f"20261121-{number:06}-abcdefgh")
    store.close()


def stored_events(server: Server) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(server.data_dir / "dashboard.db")) as db:
        return db.execute("SELECT event_id, run_id FROM outbox_events ORDER BY number").fetchall()


@pytest.mark.timeout(1_200)
@pytest.mark.parametrize(("runs", "kills"), SIZES)
def test_no_event_is_lost_when_the_server_is_killed(
    server: Server, strict: tuple[StrictReceiver, WebhookReceiver], runs: int, kills: int
) -> None:
    checker, receiver = strict
    checker.slow = [*SLOW] * (kills // 20)
    chance = random.Random(3)
    server.start()
    events = ["run.started", "run.finished"]
    body = {"name": "ci", "url": receiver.url, "events": events, "secret": "a-long-secret"}
    webhook = requests.post(f"{server.url}/webhooks", json=body, timeout=20).json()["webhook_id"]
    for kill in range(kills):
        server.kill()
        add_runs(server, range(kill * runs // kills, (kill + 1) * runs // kills))
        before = len(receiver.received)
        server.start()
        wait_for(lambda before=before: len(receiver.received) > before, "deliveries go on")  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.3))

    def counts() -> Counter[str]:
        answer = requests.get(f"{server.url}/webhooks/{webhook}", timeout=20).json()
        return Counter(answer["deliveries"])

    wait_for(
        lambda: counts()["pending"] == 0, "all deliveries have ended", within_s=60 + runs / 5, every_s=0.5
    )
    stored = stored_events(server)
    assert len(stored) == 2 * runs
    assert counts()["dead"] == 0
    assert set(receiver.event_ids) == {event_id for event_id, _ in stored}
    assert checker.premature == []
    assert b"a-long-secret" not in server.log.read_bytes()
    first = {event_id: number for number, event_id in reversed(list(enumerate(receiver.event_ids)))}
    for (started, run_id), (finished, same_run) in zip(stored[::2], stored[1::2], strict=True):
        assert run_id == same_run
        assert first[started] < first[finished]
