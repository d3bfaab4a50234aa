"""Starting k6: the placeholders of run.json filled in, what is secret in pipes, the output in a file."""

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from dashboard.run_folder.files import RunFile, RunFolder
from dashboard.runner import channel, ports
from dashboard.runner.processes.child import Child

_SECRETS: Final = "@SECRETS@"
_CHANNEL: Final = "@CHANNEL@"
_NO_LIMIT: Final = {"requestsPerMinuteLimit": 600_000, "requestsBurst": 10_000}


class StartError(Exception):
    """k6 cannot be started; the text says why, for people."""


def launch(
    folder: RunFolder, run: RunFile, secrets: Mapping[str, str], *, rest_port: int, receiver_port: int
) -> Child:
    """Start k6 in a process group of its own."""
    chosen = {"@REST_PORT@": str(rest_port), "@RECEIVER_PORT@": str(receiver_port)}
    pipes: dict[str, int] = {}
    try:
        if secrets:
            pipes[_SECRETS] = secrets_pipe(secrets)
        if run.channel_key is not None:
            pipes[_CHANNEL] = channel_pipe(run.channel_key, receiver_port)
        argv = fill_argv(run.argv, chosen, pipes)
        password = quote(secrets.get("PROXY_PASSWORD", ""), safe="")
        env = fill_env(run.env, {**chosen, "@BEARER@": run.bearer, "@PROXY_PASSWORD@": password})
        return _spawn(folder, argv, env, run.cwd, tuple(pipes.values()))
    finally:
        for pipe in pipes.values():
            os.close(pipe)


def fill_argv(argv: tuple[str, ...], values: Mapping[str, str], pipes: Mapping[str, int]) -> list[str]:
    """An argument whose pipe there is not is dropped. Keys have no place here: everybody can read argv."""
    missing = [name for name in (_SECRETS, _CHANNEL) if name not in pipes]
    kept = [argument for argument in argv if not any(name in argument for name in missing)]
    paths = {name: f"/dev/fd/{pipe}" for name, pipe in pipes.items()}
    return [_fill(argument, {**values, **paths}) for argument in kept]


def fill_env(env: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    return {name: _fill(value, values) for name, value in env.items()}


def secrets_pipe(secrets: Mapping[str, str]) -> int:
    """The reading end of a pipe that holds the secrets as k6's file source wants them: KEY=value lines."""
    for name, value in secrets.items():
        if "\n" in value or "\r" in value:
            raise StartError(f"The secret {name} has a line break in it, which k6 cannot take.")
        if not name or "=" in name or "\n" in name or "\r" in name:
            raise StartError(f"{name!r} cannot be the name of a secret.")
    try:
        data = "".join(f"{name}={value}\n" for name, value in secrets.items()).encode()
    except UnicodeEncodeError:
        raise StartError("A secret has characters in it that are no text.") from None
    return _pipe_of(data, "The secrets have")


def channel_pipe(key: str, port: int) -> int:
    """The same for k6's url source: short waits and no repeats, for a user waits with each of them."""
    config = {
        "urlTemplate": f"http://{ports.HOST}:{port}{channel.PATH}{{key}}",
        "headers": {"Authorization": f"Bearer {key}"},
        "timeout": "500ms",
        "maxRetries": 0,
        **_NO_LIMIT,
    }
    return _pipe_of(json.dumps(config).encode(), "The configuration of the channel has")


def _pipe_of(data: bytes, what: str) -> int:
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
        raise StartError(f"{what} {len(data)} bytes, more than the {written} that the pipe to k6 takes.")
    return reading


def _spawn(
    folder: RunFolder, argv: list[str], env: dict[str, str], cwd: str, pass_fds: tuple[int, ...]
) -> Child:
    # a file that k6 itself appends to: a pipe would die with its reader, and k6 with the pipe
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    try:
        console = os.open(folder.console_log, flags, 0o600)
    except OSError as error:
        raise StartError(f"The console log cannot be written: {error.strerror}.") from error
    try:
        return Child(
            subprocess.Popen(
                argv,
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                pass_fds=pass_fds,
                process_group=0,
            )
        )
    except (OSError, ValueError, IndexError) as error:
        raise StartError(_words(argv, cwd, error)) from error
    finally:
        os.close(console)


def _words(argv: list[str], cwd: str, error: Exception) -> str:
    if not argv:
        return "k6 cannot be started: run.json has an empty command."
    if not os.path.isdir(cwd):
        return f"k6 cannot be started: the folder {cwd} does not exist."
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"k6 cannot be started from {argv[0]}: {reason}."


def _fill(text: str, values: Mapping[str, str]) -> str:
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text
