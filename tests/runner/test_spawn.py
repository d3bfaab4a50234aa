"""The command line, the environment and the secrets pipe of k6."""

import os
from pathlib import Path

import pytest

from dashboard.engine.command import build_command
from dashboard.runner.spawn import StartError, fill_argv, fill_env, open_secrets_pipe
from tests.factories import a_run

ADDRESS = "127.0.0.1:@REST_PORT@"
SECRETS = "--secret-source=file=default,filename=@SECRETS@"
CHANNEL = "--secret-source=url=name=ctl,config=@CHANNEL@"
PLACEHOLDERS = ("@REST_PORT@", "@RECEIVER_PORT@", "@BEARER@", "@SECRETS@", "@CHANNEL@", "@PROXY_PASSWORD@")
VALUES = {"@RECEIVER_PORT@": "21001", "@BEARER@": "b", "@PROXY_PASSWORD@": "%40BEARER%40"}


def test_placeholders_are_filled_in() -> None:
    argv = ("k6", "--address", ADDRESS, SECRETS, CHANNEL)
    assert fill_argv(argv, 21000, {SECRETS: 7, CHANNEL: 8}) == [
        "k6",
        "--address",
        "127.0.0.1:21000",
        "--secret-source=file=default,filename=/dev/fd/7",
        "--secret-source=url=name=ctl,config=/dev/fd/8",
    ]


def test_an_argument_is_dropped_without_its_pipe() -> None:
    assert fill_argv(("k6", SECRETS, CHANNEL, "x.js"), 21000, {}) == ["k6", "x.js"]


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
@pytest.mark.parametrize("text", ["{}", "T={}", "T={} {}", f"T={ADDRESS}{{}}", f"{SECRETS}{{}}", "T=a{}b"])
@pytest.mark.parametrize("pipes", [{}, {SECRETS: 7, CHANNEL: 8}], ids=["no pipes", "pipes"])
def test_a_placeholder_in_user_text_is_unchanged(placeholder: str, text: str, pipes: dict[str, int]) -> None:
    argv = ("k6", "-e", text.format(placeholder, placeholder))
    assert fill_argv(argv, 21000, pipes) == list(argv)
    env = {"REGION": placeholder, "K6_PROMETHEUS_RW_STALE_MARKERS": placeholder}
    assert fill_env(env, VALUES) == env


def test_the_runner_knows_every_placeholder_of_a_command() -> None:
    network = {"proxy": "http://proxy:1", "proxy_user": "ann"}
    run = a_run(network=network, has_token_request=True)
    command = build_command(
        run,
        k6=Path("k6"),
        script=Path("main.js"),
        folder=Path("/runs/1"),
        secret_names=("AUTH_TOKEN",),
        environment={},
    )
    texts = [
        *fill_argv(command.argv, 21000, {SECRETS: 7, CHANNEL: 8}),
        *fill_env(command.env, VALUES).values(),
    ]
    assert [text for text in texts if any(placeholder in text for placeholder in PLACEHOLDERS)] == []
    assert {"127.0.0.1:21000", "http://127.0.0.1:21001/push", "b", "http://ann:%40BEARER%40@proxy:1"} <= {
        *texts
    }


def test_the_secrets_pipe_holds_one_line_per_secret() -> None:
    pipe = open_secrets_pipe({"AUTH_TOKEN": "a=b c", "AUTH_BASIC_USER": "ä"})
    with os.fdopen(pipe, "rb") as file:
        assert file.read().decode() == "AUTH_TOKEN=a=b c\nAUTH_BASIC_USER=ä\n"


def test_secrets_may_fill_the_whole_pipe() -> None:
    os.close(open_secrets_pipe({"K": "x" * (65_536 - 3)}))


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
        open_secrets_pipe(secrets)
