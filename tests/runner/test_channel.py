"""The control channel: its keys, its encoding, and its response to a changed state."""

import json
from pathlib import Path

import pytest

from dashboard.run_folder.files import ControlFile, RunFolder
from dashboard.runner.channel import Channel, ChannelResponse

CONTROL = ControlFile(seq=1, at_ms=0, paused=False, vus=7, share=None, refresh=0)
PLANNED = {"v": 1, "p": False, "t": None, "f": None, "e": 0, "n": 1000, "d": 0}
NOW_MS = 1_795_256_698_007


class Tokens:
    """Has tokens up to its epoch."""

    epoch = 3

    def token(self, epoch: int) -> bytes | None:
        return b"token-3" if epoch <= self.epoch else None


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


@pytest.fixture
def logged() -> list[str]:
    return []


@pytest.fixture
def channel(folder: RunFolder, logged: list[str]) -> Channel:
    return Channel(folder, poll_ms=1_000, now_ms=lambda: NOW_MS, log=logged.append)


def state(channel: Channel, key: str = "ctl.1000.1795256698") -> dict[str, object]:
    response = channel.respond(key)
    assert response.status == 200
    return dict(json.loads(decode_whitespace(response.body)))


def decode_whitespace(text: bytes) -> bytes:
    bits = [b" \t\n\r".index(letter) for letter in text]
    four = zip(*(iter(bits),) * 4, strict=True)
    return bytes(a << 6 | b << 4 | c << 2 | d for a, b, c, d in four)


def test_without_control_json_the_state_is_as_planned(channel: Channel) -> None:
    assert state(channel) == PLANNED


def test_the_boot_state_holds_the_time(channel: Channel) -> None:
    assert state(channel, "ctl.boot") == {**PLANNED, "m": NOW_MS}


def test_a_state_is_blank_so_that_k6_redacts_nothing_in_its_log(channel: Channel) -> None:
    assert channel.respond("ctl.boot").body.strip() == b""


def test_a_change_is_returned_immediately_and_recorded_as_taken(channel: Channel, folder: RunFolder) -> None:
    assert channel.taken_seq is None
    folder.write(CONTROL)
    assert state(channel)["t"] == 7
    folder.write(CONTROL._replace(seq=2, paused=True, vus=None, share=0.25))
    assert state(channel) == {**PLANNED, "p": True, "f": 0.25}
    assert channel.taken_seq == 2


def test_an_unreadable_control_json_leaves_the_state_unchanged(
    channel: Channel, folder: RunFolder, logged: list[str]
) -> None:
    folder.write(CONTROL)
    state(channel)
    folder.path_of(ControlFile).write_text("{")
    assert state(channel)["t"] == 7
    folder.path_of(ControlFile).unlink()
    assert state(channel)["t"] == 7
    assert [line.partition(":")[0] for line in logged] == ["the control state stays unchanged"]


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
    assert channel.respond(key) == ChannelResponse(404)


def test_tokens_come_from_the_token_source(folder: RunFolder, channel: Channel) -> None:
    assert channel.respond("tok.1") == ChannelResponse(404)
    with_tokens = Channel(folder, poll_ms=1_000, now_ms=lambda: 0, log=print, tokens=Tokens())
    assert state(with_tokens)["e"] == 3
    assert with_tokens.respond("tok.3") == ChannelResponse(200, b"token-3")
    assert with_tokens.respond("tok.4") == ChannelResponse(409)


def test_during_a_drain_users_pause_and_each_idle_user_is_counted_once(channel: Channel) -> None:
    assert channel.respond(f"ctl.idle.{NOW_MS}.1").status == 409
    channel.start_drain()
    assert state(channel) == {**PLANNED, "p": True, "d": NOW_MS}
    for user in (1, 2, 2):
        assert channel.respond(f"ctl.idle.{NOW_MS}.{user}") == ChannelResponse(200, b" ")
    assert channel.respond(f"ctl.idle.{NOW_MS - 1}.3").status == 409
    assert channel.idle_users == 2
