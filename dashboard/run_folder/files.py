"""The run folder: its file names, and its JSON files as values, checked when read and written atomically."""

import errno
import fcntl
import json
import os
import time
from pathlib import Path
from types import UnionType
from typing import Any, Final, NamedTuple, TypeVar, get_args, get_origin

from dashboard.run_folder.durable import write_json

FORMAT: Final = 1


class UnreadableFile(Exception):
    """A JSON file of the run folder is there but is not what it should be; the text says what is wrong."""


class NewerFormat(UnreadableFile):
    """The file was written by a newer version of the program: leave the folder alone."""


class RunFile(NamedTuple):
    """run.json: what k6 is to be started with. Written by the dashboard before the runner starts."""

    run_id: str
    argv: tuple[str, ...]
    env: dict[str, str]
    cwd: str
    bearer: str
    planned_s: float
    deadline_s: float
    stop_grace_s: float
    console_limit_bytes: int
    channel_key: str | None = None
    poll_ms: int | None = None
    drain_s: float | None = None


class SecretsFile(NamedTuple):
    """secrets.json: handed to k6 through a pipe, then deleted by the runner."""

    secrets: dict[str, str]


class AuthFile(NamedTuple):
    """auth.json: how to ask for a token, and the newest one that was got; deleted when the run ends.

    Written by the dashboard, then kept by the runner, so that one that takes over goes on with the same
    token. `@TOKEN@` in a header stands for the token in force; `hidden` is never to be quoted.
    """

    url: str
    method: str
    headers: dict[str, str]
    body: str
    token_path: str
    expires_path: str
    renews: bool
    interval_s: float | None
    verify_tls: bool
    hidden: tuple[str, ...]
    token: str
    epoch: int
    obtained_ms: int
    life_s: float | None


class StopFile(NamedTuple):
    """stop.json: somebody asks for the end of the run, at once or when no iteration runs any more."""

    asked_at: str
    reason: str
    immediate: bool | None = None


class ControlFile(NamedTuple):
    """control.json: what is wanted of a running k6; None is as planned. Written by the dashboard at any time.

    `refresh` counts up when somebody wants fresh tokens.
    """

    seq: int
    at_ms: int
    paused: bool
    vus: int | None
    share: float | None
    refresh: int


class ChannelFile(NamedTuple):
    """channel.json: what k6 was told so far, and how many iterations a stop waits for. Written by the runner.

    `running` is None while that is not known.
    """

    taken_seq: int | None
    draining_since_ms: int | None
    running: int | None


class PidFile(NamedTuple):
    """pid.json: the k6 that was started. While it exists, no runner starts another one for this folder."""

    pid: int
    start_ticks: int
    boot_id: str
    pgid: int
    rest_port: int
    receiver_port: int
    started_at: str
    started_ms: int
    attempt: int
    cores: float | None


class RunnerFile(NamedTuple):
    """runner.json: the runner itself, and the ports it has chosen for the k6 that it is about to start."""

    pid: int
    start_ticks: int
    boot_id: str
    receiver_port: int
    rest_port: int
    rescued: bool
    started_at: str


class StopSentFile(NamedTuple):
    """stop-sent.json: k6's one SIGTERM is used up. Written just before, so no later runner repeats it."""

    sent_at: str
    sent_ms: int
    stop_requested: bool
    timed_out: bool
    drained: bool | None = None


class ConsoleFile(NamedTuple):
    """console.json: how much was cut from the beginning of console.log so far.

    `dropped_bytes` + an offset in console.log is a position in all that k6 ever printed.
    """

    dropped_bytes: int


class ExitFile(NamedTuple):
    """exit.json: how it ended. Written last of all: once it is there, the runner changes nothing any more."""

    exit_code: int | None
    signal: int | None
    started_at: str | None
    ended_at: str
    stop_requested: bool
    stop_sent_at: str | None
    killed: bool
    timed_out: bool
    start_error: str | None
    attempts: int
    records: int
    console_dropped_bytes: int
    cpu_s: float | None
    max_rss_bytes: int | None
    rescued: bool
    drained: bool | None = None


JsonFile = TypeVar(
    "JsonFile",
    RunFile,
    SecretsFile,
    AuthFile,
    StopFile,
    ControlFile,
    ChannelFile,
    PidFile,
    RunnerFile,
    StopSentFile,
    ConsoleFile,
    ExitFile,
)

NAMES: Final[dict[type, str]] = {
    RunFile: "run.json",
    SecretsFile: "secrets.json",
    AuthFile: "auth.json",
    StopFile: "stop.json",
    ControlFile: "control.json",
    ChannelFile: "channel.json",
    PidFile: "pid.json",
    RunnerFile: "runner.json",
    StopSentFile: "stop-sent.json",
    ConsoleFile: "console.json",
    ExitFile: "exit.json",
}


class RunFolder:
    """One run's folder, `data/runs/<run_id>/`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.console_log = path / "console.log"
        self.runner_log = path / "runner.log"
        self.facts = path / "facts.jsonl"
        self.summary = path / "summary.json"
        self.data = path / "data"

    def path_of(self, shape: type) -> Path:
        return self.path / NAMES[shape]

    def has(self, shape: type) -> bool:
        return self.path_of(shape).exists()

    def read(self, shape: type[JsonFile]) -> JsonFile | None:
        """The file's value, None when there is no such file; raises UnreadableFile or NewerFormat."""
        path = self.path_of(shape)
        try:
            text = path.read_bytes()
        except FileNotFoundError:
            return None
        return shape(**_checked(path.name, text, shape.__annotations__))

    def write(self, value: JsonFile) -> None:
        write_json(self.path_of(type(value)), {"format": FORMAT, **value._asdict()})

    def remove(self, shape: type) -> None:
        self.path_of(shape).unlink(missing_ok=True)

    def lock(self) -> int | None:
        """The descriptor that holds the folder for this process's life, None when another runner holds it."""
        descriptor = os.open(self.path / "runner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                return None
            raise
        return descriptor


def iso(unix_ms: int) -> str:
    """UTC, ISO 8601 with milliseconds and Z."""
    seconds, millis = divmod(unix_ms, 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{millis:03d}Z"


def _checked(name: str, text: bytes, hints: dict[str, Any]) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise UnreadableFile(f"{name} is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise UnreadableFile(f"{name} is not a JSON object")
    found = data.get("format")
    if not isinstance(found, int):
        raise UnreadableFile(f'{name} has no "format"')
    if found > FORMAT:
        raise NewerFormat(f"{name} has format {found}; this version of the program reads up to {FORMAT}")
    return {key: _value(name, key, data.get(key), hint) for key, hint in hints.items()}


def _value(name: str, key: str, value: object, hint: Any) -> object:
    kind = get_origin(hint) or hint
    if kind is tuple and isinstance(value, list) and _all_text(value):
        return tuple(value)
    if kind is dict and isinstance(value, dict) and _all_text([*value, *value.values()]):
        return value
    plain = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    if float in plain and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    # bool is a kind of int in Python, not in JSON, hence the exact type
    if type(value) in plain:
        return value
    missing = value is None
    raise UnreadableFile(f'{name} has no "{key}"' if missing else f'{name}: "{key}" has a wrong type')


def _all_text(values: list[object]) -> bool:
    return all(isinstance(value, str) for value in values)
