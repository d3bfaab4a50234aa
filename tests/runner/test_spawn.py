"""The command line, the environment and the pipe that k6 is started with."""

import os

import pytest

from dashboard.runner.spawn import StartError, fill_argv, fill_env, secrets_pipe

PORTS = {"@REST_PORT@": "21000", "@RECEIVER_PORT@": "21001"}


def test_placeholders_are_filled_in() -> None:
    argv = ("k6", "--address", "127.0.0.1:@REST_PORT@", "--secret-source=file=@SECRETS@")
    assert fill_argv(argv, PORTS, {"@SECRETS@": 7}) == [
        "k6",
        "--address",
        "127.0.0.1:21000",
        "--secret-source=file=/dev/fd/7",
    ]


def test_without_secrets_their_argument_is_dropped() -> None:
    assert fill_argv(("k6", "--secret-source=file=@SECRETS@", "x.js"), PORTS, {}) == ["k6", "x.js"]


def test_the_bearer_never_gets_into_the_arguments() -> None:
    assert fill_argv(("k6", "-e", "T=@BEARER@"), PORTS, {}) == ["k6", "-e", "T=@BEARER@"]


def test_the_environment_is_filled_in() -> None:
    env = {"URL": "http://127.0.0.1:@RECEIVER_PORT@/push", "TOKEN": "@BEARER@"}
    filled = fill_env(env, {**PORTS, "@BEARER@": "b"})
    assert filled == {"URL": "http://127.0.0.1:21001/push", "TOKEN": "b"}


def test_a_placeholder_in_what_is_filled_in_stays_as_it_is() -> None:
    env = {"HTTP_PROXY": "http://ann:@PROXY_PASSWORD@@a:1"}
    filled = fill_env(env, {"@BEARER@": "b", "@PROXY_PASSWORD@": "%40BEARER%40"})
    assert filled == {"HTTP_PROXY": "http://ann:%40BEARER%40@a:1"}


def test_secrets_come_out_of_the_pipe_line_by_line() -> None:
    pipe = secrets_pipe({"AUTH_TOKEN": "a=b c", "AUTH_BASIC_USER": "ä"})
    with os.fdopen(pipe, "rb") as file:
        assert file.read().decode() == "AUTH_TOKEN=a=b c\nAUTH_BASIC_USER=ä\n"


def test_as_much_as_a_pipe_holds_is_taken() -> None:
    os.close(secrets_pipe({"K": "x" * (65_536 - 3)}))


@pytest.mark.parametrize(
    ("secrets", "words"),
    [
        ({"K": "x" * 65_534}, "65537 bytes, more than the 65536"),
        ({"A": "x" * 65_536, "B": "y" * 65_536}, "bytes, more than"),
        ({"AUTH_TOKEN": "two\nlines"}, "AUTH_TOKEN has a line break"),
        ({"AUTH_TOKEN": "end\r"}, "AUTH_TOKEN has a line break"),
        ({"A=B": "c"}, "'A=B' cannot be the name"),
        ({"": "c"}, "cannot be the name"),
        ({"A": "\ud800"}, "no text"),
    ],
)
def test_what_k6_cannot_take_is_refused_in_words(secrets: dict[str, str], words: str) -> None:
    with pytest.raises(StartError, match=words):
        secrets_pipe(secrets)
