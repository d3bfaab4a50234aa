"""The broker: one request for many users, tokens before they expire, and retries after failures."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.run_folder.files import AuthFile, RunFolder
from dashboard.runner.channel import DEFAULT_CONTROL
from dashboard.runner.events import RunnerEventLog
from dashboard.runner.log import RunnerLog
from dashboard.runner.tokens.broker import PENDING, TokenBroker
from dashboard.runner.tokens.response import TokenError
from tests.factories import an_auth_file
from tests.fakes.token_server import TOKEN_PATH, FakeTokenServer
from tests.runner.conftest import wait_until

Start = Callable[..., TokenBroker]


@pytest.fixture
def token_server() -> Iterator[FakeTokenServer]:
    server = FakeTokenServer()
    yield server
    server.close()


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


@pytest.fixture
def start(token_server: FakeTokenServer, folder: RunFolder) -> Iterator[Start]:
    brokers = []

    def start_broker(auth: AuthFile | None = None, **changes: Any) -> TokenBroker:
        auth = auth or an_auth_file(token_server.url + TOKEN_PATH, **changes)
        broker = TokenBroker(folder, auth, RunnerEventLog(folder, RunnerLog()), RunnerLog())
        brokers.append(broker)
        broker.start()
        return broker

    yield start_broker
    for broker in brokers:
        broker.close()


def events_in(folder: RunFolder) -> list[dict[str, Any]]:
    return (
        [json.loads(line) for line in folder.runner_events.read_text().splitlines()]
        if folder.runner_events.exists()
        else []
    )


def request_refresh(folder: RunFolder, count: int) -> None:
    """Write control.json as the dashboard does when a user requests a fresh token."""
    folder.write(DEFAULT_CONTROL._replace(seq=count, refresh=count))


def wait_for_token(broker: TokenBroker, epoch: int) -> bytes:
    """Poll as a user does while the token is pending."""
    deadline = time.monotonic() + 5
    while (token := broker.token(epoch)) == PENDING and time.monotonic() < deadline:
        time.sleep(0.05)
    return token or b""


def test_the_first_token_is_available_after_start(start: Start, token_server: FakeTokenServer) -> None:
    broker = start()
    assert broker.token(1) == token_server.issued[0].encode()
    assert broker.epoch == 1
    assert len(token_server.requests) == 1


def test_a_missing_first_token_is_an_error(start: Start, token_server: FakeTokenServer) -> None:
    token_server.behavior = "wrong"
    with pytest.raises(TokenError, match="rejects the credentials"):
        start()


def test_an_entered_token_is_the_first_one(start: Start, token_server: FakeTokenServer) -> None:
    broker = start(token="entered")
    assert (broker.epoch, broker.token(1)) == (1, b"entered")
    assert token_server.requests == []


def test_fifty_rejected_users_cause_one_request(
    start: Start, token_server: FakeTokenServer, folder: RunFolder
) -> None:
    token_server.delay_s = 0.2
    broker, received = start(), []
    threads = [threading.Thread(target=lambda: received.append(wait_for_token(broker, 2))) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert received == [token_server.issued[1].encode()] * 50
    assert len(token_server.requests) == 2
    wait_until(lambda: events_in(folder))
    assert [(event["kind"], event["cause"], event["epoch"]) for event in events_in(folder)] == [
        ("token_refreshed", "refused", 2)
    ]


def test_tokens_are_renewed_before_they_expire(
    start: Start, token_server: FakeTokenServer, folder: RunFolder
) -> None:
    token_server.life_s = token_server.reported_life_s = 2.0
    start()
    wait_until(lambda: len(events_in(folder)) == 2)
    gaps = [
        later.at_s - sooner.at_s
        for sooner, later in zip(token_server.requests, token_server.requests[1:], strict=False)
    ]
    assert all(1.1 < gap < 1.9 for gap in gaps)
    assert {event["cause"] for event in events_in(folder)} == {"due"}


def test_a_lifetime_of_zero_causes_no_renewals(start: Start, token_server: FakeTokenServer) -> None:
    token_server.reported_life_s = 0
    broker = start()
    assert broker._schedule.seconds_until_due(time.monotonic()) is None
    assert len(token_server.requests) == 1


def test_requests_to_an_unavailable_server_are_retried(
    start: Start, token_server: FakeTokenServer, folder: RunFolder
) -> None:
    broker = start()
    token_server.behavior = "down"
    # The second token stays pending for a second after the first one.
    wait_until(lambda: broker.token(2) is None)
    wait_until(lambda: len(events_in(folder)) == 2)
    assert broker.token(1) == token_server.issued[0].encode()
    token_server.behavior = ""
    wait_until(lambda: broker.epoch == 2)
    first = events_in(folder)[0]
    assert (first["kind"], first["failures"]) == ("token_refused", 1)
    assert "503" in first["reason"]


def test_a_refresh_request_gets_a_fresh_token_immediately(
    start: Start, token_server: FakeTokenServer, folder: RunFolder
) -> None:
    start()
    request_refresh(folder, 1)
    wait_until(lambda: events_in(folder))
    assert events_in(folder)[0]["cause"] == "requested"
    assert len(token_server.requests) == 2


def test_without_renewal_only_the_first_token_is_requested(
    start: Start, token_server: FakeTokenServer, folder: RunFolder
) -> None:
    broker = start(renews=False)
    request_refresh(folder, 1)
    wait_until(lambda: broker._refresh_count == 1)
    assert broker.token(2) is None
    assert broker._schedule.seconds_until_due(time.monotonic()) is None
    assert len(token_server.requests) == 1


def test_an_epoch_far_ahead_is_unavailable(start: Start, token_server: FakeTokenServer) -> None:
    assert start().token(7) is None
    assert len(token_server.requests) == 1


def test_a_runner_that_takes_over_continues_with_the_same_token(
    start: Start, token_server: FakeTokenServer, folder: RunFolder
) -> None:
    start()
    broker = start(folder.read(AuthFile))
    assert (broker.epoch, broker.token(1)) == (1, token_server.issued[0].encode())
    assert len(token_server.requests) == 1
    assert folder.path_of(AuthFile).stat().st_mode & 0o777 == 0o600


def test_after_close_no_token_is_requested_and_no_file_written(
    start: Start, token_server: FakeTokenServer, folder: RunFolder
) -> None:
    token_server.delay_s = 0.3
    broker = start()
    request_refresh(folder, 1)
    wait_until(lambda: len(token_server.requests) == 2)
    broker.close()
    folder.remove(AuthFile)
    wait_until(lambda: all(thread.name != "broker" for thread in threading.enumerate()))
    assert not folder.has(AuthFile)
    assert broker.epoch == 1
