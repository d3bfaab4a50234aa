"""The command line, the environment and the secrets pipe of k6."""

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


def test_the_secrets_argument_is_dropped_without_secrets() -> None:
    assert fill_argv(("k6", "--secret-source=file=@SECRETS@", "x.js"), PORTS, {}) == ["k6", "x.js"]


def test_the_bearer_is_never_filled_into_arguments() -> None:
    assert fill_argv(("k6", "-e", "T=@BEARER@"), PORTS, {}) == ["k6", "-e", "T=@BEARER@"]


def test_the_environment_is_filled_in() -> None:
    env = {"URL": "http://127.0.0.1:@RECEIVER_PORT@/push", "TOKEN": "@BEARER@"}
    filled = fill_env(env, {**PORTS, "@BEARER@": "b"})
    assert filled == {"URL": "http://127.0.0.1:21001/push", "TOKEN": "b"}


def test_a_placeholder_inside_a_value_is_not_replaced() -> None:
    env = {"HTTP_PROXY": "http://ann:@PROXY_PASSWORD@@a:1"}
    filled = fill_env(env, {"@BEARER@": "b", "@PROXY_PASSWORD@": "%40BEARER%40"})
    assert filled == {"HTTP_PROXY": "http://ann:%40BEARER%40@a:1"}


def test_the_secrets_pipe_holds_one_line_per_secret() -> None:
    pipe = secrets_pipe({"AUTH_TOKEN": "a=b c", "AUTH_BASIC_USER": "ä"})
    with os.fdopen(pipe, "rb") as file:
        assert file.read().decode() == "AUTH_TOKEN=a=b c\nAUTH_BASIC_USER=ä\n"


def test_secrets_may_fill_the_whole_pipe() -> None:
    os.close(secrets_pipe({"K": "x" * (65_536 - 3)}))


@pytest.mark.parametrize(
    ("secrets", "reason"),
    [
        ({"K": "x" * 65_534}, "65537 bytes; the pipe to k6 holds only 65536"),
        ({"A": "x" * 65_536, "B": "y" * 65_536}, "bytes; the pipe to k6 holds only"),
        ({"AUTH_TOKEN": "two\nlines"}, "AUTH_TOKEN contains a line break"),
        ({"AUTH_TOKEN": "end\r"}, "AUTH_TOKEN contains a line break"),
        ({"A=B": "c"}, "'A=B' is not a valid name"),
        ({"": "c"}, "is not a valid name"),
        ({"A": "\ud800"}, "not valid Unicode"),
    ],
)
def test_secrets_that_k6_does_not_accept_are_rejected(secrets: dict[str, str], reason: str) -> None:
    with pytest.raises(StartError, match=reason):
        secrets_pipe(secrets)
