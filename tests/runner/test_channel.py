"""The channel into a running k6: its keys, its coding, and what it says of a state that changes."""

import json
from pathlib import Path

import pytest

from dashboard.run_folder.files import ControlFile, RunFolder
from dashboard.runner.channel import Channel, ChannelResponse

WANTED = ControlFile(seq=1, at_ms=0, paused=False, vus=7, share=None, refresh=0)
PLANNED = {"v": 1, "p": False, "t": None, "f": None, "e": 0, "n": 1000, "d": 0}
NOW_MS = 1_795_256_698_007


class TokenBroker:
    """Has tokens up to its epoch."""

    epoch = 3

    def answer(self, epoch: int) -> bytes | None:
        return b"token-3" if epoch <= self.epoch else None


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def channel(folder: RunFolder, said: list[str]) -> Channel:
    return Channel(folder, poll_ms=1_000, now_ms=lambda: NOW_MS, say=said.append)


def state(channel: Channel, key: str = "ctl.1000.1795256698") -> dict[str, object]:
    reply = channel.answer(key)
    assert reply.status == 200
    return dict(json.loads(decoded(reply.body)))


def decoded(blanks: bytes) -> bytes:
    bits = [b" \t\n\r".index(blank) for blank in blanks]
    four = zip(*(iter(bits),) * 4, strict=True)
    return bytes(a << 6 | b << 4 | c << 2 | d for a, b, c, d in four)


def test_without_a_wish_all_is_as_planned(channel: Channel) -> None:
    assert state(channel) == PLANNED


def test_the_first_answer_tells_its_time(channel: Channel) -> None:
    assert state(channel, "ctl.boot") == {**PLANNED, "m": NOW_MS}


def test_an_answer_is_blank_so_that_k6_replaces_nothing_in_its_log(channel: Channel) -> None:
    assert channel.answer("ctl.boot").body.strip() == b""


def test_a_change_is_answered_at_once_and_remembered_as_taken(channel: Channel, folder: RunFolder) -> None:
    assert channel.taken_seq is None
    folder.write(WANTED)
    assert state(channel)["t"] == 7
    folder.write(WANTED._replace(seq=2, paused=True, vus=None, share=0.25))
    assert state(channel) == {**PLANNED, "p": True, "f": 0.25}
    assert channel.taken_seq == 2


def test_an_unreadable_wish_leaves_the_last_one_in_force(
    channel: Channel, folder: RunFolder, said: list[str]
) -> None:
    folder.write(WANTED)
    state(channel)
    folder.path_of(ControlFile).write_text("{")
    assert state(channel)["t"] == 7
    folder.path_of(ControlFile).unlink()
    assert state(channel)["t"] == 7
    assert [line.partition(":")[0] for line in said] == ["the wanted state stays as it was"]


@pytest.mark.parametrize(
    "key",
    [
        "",
        "ctl",
        "ctl.",
        "ctl.1000",
        "ctl.1000.x",
        "ctl.boot.",
        "ctl.-1.5",
        "ctl.1000.٣",
        "../run.json",
        "row.a.1",
    ],
)
def test_other_keys_are_not_found(channel: Channel, key: str) -> None:
    assert channel.answer(key) == ChannelResponse(404)


def test_tokens_come_from_their_broker(folder: RunFolder, channel: Channel) -> None:
    assert channel.answer("tok.1") == ChannelResponse(404)
    with_tokens = Channel(folder, poll_ms=1_000, now_ms=lambda: 0, say=print, tokens=TokenBroker())
    assert state(with_tokens)["e"] == 3
    assert with_tokens.answer("tok.3") == ChannelResponse(200, b"token-3")
    assert with_tokens.answer("tok.4") == ChannelResponse(409)


def test_while_a_stop_waits_nobody_begins_and_each_user_is_counted_once(channel: Channel) -> None:
    assert channel.answer(f"ctl.idle.{NOW_MS}.1").status == 409
    channel.begin_drain()
    assert state(channel) == {**PLANNED, "p": True, "d": NOW_MS}
    for user in (1, 2, 2):
        assert channel.answer(f"ctl.idle.{NOW_MS}.{user}") == ChannelResponse(200, b" ")
    assert channel.answer(f"ctl.idle.{NOW_MS - 1}.3").status == 409
    assert channel.parked == 2
