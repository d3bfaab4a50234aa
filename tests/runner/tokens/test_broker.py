"""The broker: one request however many ask, tokens before they expire, and patience with a server that fails."""

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
from dashboard.runner.log import Log
from dashboard.runner.tokens.answer import TokenError
from dashboard.runner.tokens.broker import NOT_YET, TokenBroker
from tests.factories import an_auth_file
from tests.fakes.token_world import TOKEN_PATH, TokenWorld
from tests.runner.conftest import wait_until

Begin = Callable[..., TokenBroker]


@pytest.fixture
def world() -> Iterator[TokenWorld]:
    made = TokenWorld()
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


@pytest.fixture
def begin(world: TokenWorld, folder: RunFolder) -> Iterator[Begin]:
    brokers = []

    def begun(order: AuthFile | None = None, **changes: Any) -> TokenBroker:
        order = order or an_auth_file(world.url + TOKEN_PATH, **changes)
        broker = TokenBroker(folder, order, RunnerEventLog(folder, Log()), Log())
        brokers.append(broker)
        broker.begin()
        return broker

    yield begun
    for broker in brokers:
        broker.close()


def facts_of(folder: RunFolder) -> list[dict[str, Any]]:
    return (
        [json.loads(line) for line in folder.facts.read_text().splitlines()] if folder.facts.exists() else []
    )


def wish(folder: RunFolder, refresh: int) -> None:
    """What the dashboard writes when somebody wants a fresh token."""
    folder.write(DEFAULT_CONTROL._replace(seq=refresh, refresh=refresh))


def until_given(broker: TokenBroker, epoch: int) -> bytes:
    """Ask as a user does: again while the token is on its way."""
    deadline = time.monotonic() + 5
    while (answer := broker.answer(epoch)) == NOT_YET and time.monotonic() < deadline:
        time.sleep(0.05)
    return answer or b""


def test_the_first_token_is_there_before_k6_is(begin: Begin, world: TokenWorld) -> None:
    broker = begin()
    assert broker.answer(1) == world.issued[0].encode()
    assert broker.epoch == 1
    assert len(world.asked) == 1


def test_no_first_token_is_an_error(begin: Begin, world: TokenWorld) -> None:
    world.manner = "wrong"
    with pytest.raises(TokenError, match="refuses the credentials"):
        begin()


def test_a_typed_token_is_the_first_one(begin: Begin, world: TokenWorld) -> None:
    broker = begin(token="typed")
    assert (broker.epoch, broker.answer(1)) == (1, b"typed")
    assert world.asked == []


def test_fifty_users_who_were_refused_cause_one_request(
    begin: Begin, world: TokenWorld, folder: RunFolder
) -> None:
    world.delay_s = 0.2
    broker, given = begin(), []
    threads = [threading.Thread(target=lambda: given.append(until_given(broker, 2))) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert given == [world.issued[1].encode()] * 50
    assert len(world.asked) == 2
    wait_until(lambda: facts_of(folder))
    assert [(fact["kind"], fact["cause"], fact["epoch"]) for fact in facts_of(folder)] == [
        ("token_refreshed", "refused", 2)
    ]


def test_tokens_are_renewed_before_they_expire(begin: Begin, world: TokenWorld, folder: RunFolder) -> None:
    world.life_s = world.told_life = 2.0
    begin()
    wait_until(lambda: len(facts_of(folder)) == 2)
    gaps = [later.at_s - sooner.at_s for sooner, later in zip(world.asked, world.asked[1:], strict=False)]
    assert all(1.1 < gap < 1.9 for gap in gaps)
    assert {fact["cause"] for fact in facts_of(folder)} == {"due"}


def test_a_life_of_nothing_does_not_make_it_ask_without_end(begin: Begin, world: TokenWorld) -> None:
    world.told_life = 0
    begin()
    time.sleep(1.5)
    assert len(world.asked) == 1


def test_a_server_that_is_away_is_asked_again_and_users_are_refused_meanwhile(
    begin: Begin, world: TokenWorld, folder: RunFolder
) -> None:
    broker = begin()
    world.manner = "down"
    wait_until(lambda: broker.answer(2) is None)  # within the second after the first token it is on its way
    wait_until(lambda: len(facts_of(folder)) == 2)
    assert broker.answer(1) == world.issued[0].encode()
    world.manner = ""
    wait_until(lambda: broker.epoch == 2)
    first = facts_of(folder)[0]
    assert (first["kind"], first["failures"]) == ("token_refused", 1)
    assert "503" in first["reason"]


def test_a_wish_brings_a_fresh_token_at_once(begin: Begin, world: TokenWorld, folder: RunFolder) -> None:
    begin()
    wish(folder, 1)
    wait_until(lambda: facts_of(folder))
    assert facts_of(folder)[0]["cause"] == "asked"
    assert len(world.asked) == 2


def test_without_renewal_the_first_token_must_do(begin: Begin, world: TokenWorld, folder: RunFolder) -> None:
    broker = begin(renews=False)
    wish(folder, 1)
    time.sleep(0.5)
    assert broker.answer(2) is None
    assert len(world.asked) == 1


def test_an_epoch_far_ahead_is_refused(begin: Begin, world: TokenWorld) -> None:
    assert begin().answer(7) is None
    assert len(world.asked) == 1


def test_a_runner_that_takes_over_goes_on_with_the_same_token(
    begin: Begin, world: TokenWorld, folder: RunFolder
) -> None:
    begin()
    broker = begin(folder.read(AuthFile))
    assert (broker.epoch, broker.answer(1)) == (1, world.issued[0].encode())
    assert len(world.asked) == 1
    assert folder.path_of(AuthFile).stat().st_mode & 0o777 == 0o600


def test_after_the_end_nothing_is_asked_and_nothing_written(
    begin: Begin, world: TokenWorld, folder: RunFolder
) -> None:
    world.delay_s = 0.3
    broker = begin()
    wish(folder, 1)
    wait_until(lambda: len(world.asked) == 2)
    broker.close()
    folder.remove(AuthFile)
    time.sleep(0.5)
    assert not folder.has(AuthFile)
    assert broker.epoch == 1
