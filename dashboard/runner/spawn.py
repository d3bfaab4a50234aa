"""Starts k6: placeholders of run.json are filled in, secrets go through pipes, output goes to a file."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from dashboard.run_folder.files import RunFile, RunFolder
from dashboard.runner import channel, ports
from dashboard.runner.processes.child import ChildProcess

# Only these arguments, spelled exactly like this, and these variables contain placeholders. Any other text comes from
# a user or from the environment, so it reaches k6 unchanged even when it contains the same characters.
_SECRETS: Final = "--secret-source=file=default,filename=@SECRETS@"
_CHANNEL: Final = "--secret-source=url=name=ctl,config=@CHANNEL@"
_ADDRESS: Final = "127.0.0.1:@REST_PORT@"
TOKEN_VARIABLE: Final = "K6_PROMETHEUS_RW_BEARER_TOKEN"
_VARIABLES: Final = {
    "K6_PROMETHEUS_RW_SERVER_URL": "@RECEIVER_PORT@",
    TOKEN_VARIABLE: "@BEARER@",
    "HTTP_PROXY": "@PROXY_PASSWORD@",
    "HTTPS_PROXY": "@PROXY_PASSWORD@",
}
_NO_LIMIT: Final = {"requestsPerMinuteLimit": 600_000, "requestsBurst": 10_000}


class StartError(Exception):
    """k6 cannot be started; the message gives the reason for the user."""


def spawn_k6(
    folder: RunFolder, run: RunFile, secrets: Mapping[str, str], *, rest_port: int, receiver_port: int
) -> ChildProcess:
    """Start k6 in its own process group. Raises StartError."""
    pipes: dict[str, int] = {}
    try:
        if secrets:
            pipes[_SECRETS] = open_secrets_pipe(secrets)
        if run.channel_key is not None:
            pipes[_CHANNEL] = open_channel_pipe(run.channel_key, receiver_port)
        argv = fill_argv(run.argv, rest_port, pipes)
        password = quote(secrets.get("PROXY_PASSWORD", ""), safe="")
        values = {"@RECEIVER_PORT@": str(receiver_port), "@BEARER@": run.bearer, "@PROXY_PASSWORD@": password}
        env = fill_env(run.env, values)
        return _spawn(folder, argv, env, run.cwd, tuple(pipes.values()))
    finally:
        for pipe in pipes.values():
            os.close(pipe)


def fill_argv(argv: tuple[str, ...], rest_port: int, pipes: Mapping[str, int]) -> list[str]:
    """Fill in the port and the pipes, and drop an argument whose pipe does not exist.

    Secrets are never filled in here: every user can read argv.
    """
    filled = {_ADDRESS: f"127.0.0.1:{rest_port}", _SECRETS: None, _CHANNEL: None}
    for argument, pipe in pipes.items():
        filled[argument] = f"{argument[: argument.index('@')]}/dev/fd/{pipe}"
    return [text for text in (filled.get(argument, argument) for argument in argv) if text is not None]


def fill_env(env: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Fill in the one placeholder of each variable that has one."""
    placeholders = {name: _VARIABLES[name] for name in env if name in _VARIABLES}
    filled = {name: env[name].replace(text, values[text], 1) for name, text in placeholders.items()}
    return {**env, **filled}


def open_secrets_pipe(secrets: Mapping[str, str]) -> int:
    """Return the reading end of a pipe with KEY=value lines, the format of k6's file secret source."""
    for name, value in secrets.items():
        if "\n" in value or "\r" in value:
            raise StartError(f"The secret {name} contains a line break, which k6 does not accept.")
        if not name or "=" in name or "\n" in name or "\r" in name:
            raise StartError(f"{name!r} is not a valid name for a secret.")
    try:
        data = "".join(f"{name}={value}\n" for name, value in secrets.items()).encode()
    except UnicodeEncodeError:
        raise StartError("A secret contains characters that are not valid Unicode.") from None
    return _open_filled_pipe(data, "The secrets have")


def open_channel_pipe(key: str, port: int) -> int:
    """Return the reading end of a pipe with the configuration of k6's url secret source.

    The timeout is short and retries are off, because a user blocks during each request.
    """
    config = {
        "urlTemplate": f"http://{ports.HOST}:{port}{channel.PATH}{{key}}",
        "headers": {"Authorization": f"Bearer {key}"},
        "timeout": "500ms",
        "maxRetries": 0,
        **_NO_LIMIT,
    }
    return _open_filled_pipe(json.dumps(config).encode(), "The configuration of the channel has")


def _open_filled_pipe(data: bytes, subject: str) -> int:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        written = os.write(writing, data)
    except BlockingIOError:
        written = 0
    finally:
        os.close(writing)
    if written < len(data):
        os.close(reading)
        raise StartError(f"{subject} {len(data)} bytes; the pipe to k6 holds only {written}.")
    return reading


def _spawn(
    folder: RunFolder, argv: list[str], env: dict[str, str], cwd: str, pass_fds: tuple[int, ...]
) -> ChildProcess:
    console, progress = _open_output(folder.console_log), _open_output(folder.progress_log)
    try:
        return ChildProcess(
            subprocess.Popen(
                argv,
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=progress,
                stderr=console,
                pass_fds=pass_fds,
                process_group=0,
            )
        )
    except (OSError, ValueError, IndexError) as error:
        raise StartError(_error_message(argv, cwd, error)) from error
    finally:
        os.close(console)
        os.close(progress)


def _open_output(path: Path) -> int:
    # k6 appends to a file: a pipe would break when its reader dies, and k6 would die with it
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o600)
    except OSError as error:
        raise StartError(f"The output of k6 cannot be written to {path.name}: {error.strerror}.") from error


def _error_message(argv: list[str], cwd: str, error: Exception) -> str:
    if not argv:
        return "k6 cannot be started: run.json has an empty command."
    if not os.path.isdir(cwd):
        return f"k6 cannot be started: the folder {cwd} does not exist."
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"k6 cannot be started from {argv[0]}: {reason}."
