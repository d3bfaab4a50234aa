"""The files of a run folder. JSON files are typed values, validated when read and written atomically."""

import time
from pathlib import Path
from typing import Annotated, Final, NamedTuple, TypeVar

from dashboard.durable import write_json
from dashboard.file_lock import FileLock, try_lock
from dashboard.run_folder.secret_fields import SECRET, field_types
from dashboard.run_folder.validation import FORMAT, validate


class RunFile(NamedTuple):
    """run.json: how to start k6. The dashboard writes it before the runner starts.

    `argv` may contain variables of the environment that the endpoints file uses.
    """

    run_id: str
    argv: Annotated[tuple[str, ...], SECRET]
    env: Annotated[dict[str, str], SECRET]
    cwd: str
    bearer: Annotated[str, SECRET]
    planned_s: float
    deadline_s: float
    stop_grace_s: float
    console_limit_bytes: int
    channel_key: Annotated[str | None, SECRET] = None
    poll_ms: int | None = None
    drain_s: float | None = None


class SecretsFile(NamedTuple):
    """secrets.json: the runner passes the secrets to k6 through a pipe, then deletes the file."""

    secrets: Annotated[dict[str, str], SECRET]


class AuthFile(NamedTuple):
    """auth.json: how to request a token, and the newest token. Deleted when the run ends.

    The dashboard creates the file. The runner then updates it, so that a runner that takes over continues with the
    same token. `@TOKEN@` in a header stands for the current token; texts in `hidden` must never be quoted.
    `own_port` is the port of the dashboard, to which no request is sent.
    """

    url: str
    method: str
    headers: Annotated[dict[str, str], SECRET]
    body: Annotated[str, SECRET]
    token_path: str
    expires_path: str
    renews: bool
    interval_s: float | None
    verify_tls: bool
    hidden: Annotated[tuple[str, ...], SECRET]
    token: Annotated[str, SECRET]
    epoch: int
    obtained_ms: int
    life_s: float | None
    own_port: int | None = None


class StopFile(NamedTuple):
    """stop.json: a request to stop the run, immediately or after running iterations have finished."""

    requested_at: str
    reason: str
    immediate: bool | None = None


class ControlFile(NamedTuple):
    """control.json: the desired state of a running k6; None means as planned. The dashboard may rewrite it at any time.

    `refresh` is incremented to request a fresh token.
    """

    seq: int
    at_ms: int
    paused: bool
    vus: int | None
    share: float | None
    refresh: int


class ChannelFile(NamedTuple):
    """channel.json: the control state that k6 has received, and the progress of a drain. Written by the runner.

    `running` is the number of iterations that a stop waits for; None while it is unknown.
    """

    taken_seq: int | None
    draining_since_ms: int | None
    running: int | None


class PidFile(NamedTuple):
    """pid.json: the k6 process. While the file exists, no runner starts another k6 in this folder."""

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
    """runner.json: the runner process, and the ports that it has chosen for the k6 that it will start."""

    pid: int
    start_ticks: int
    boot_id: str
    receiver_port: int
    rest_port: int
    rescued: bool
    started_at: str


class StopSentFile(NamedTuple):
    """stop-sent.json: the single SIGTERM to k6. Written just before it is sent, so that no later runner repeats it."""

    sent_at: str
    sent_ms: int
    stop_requested: bool
    timed_out: bool
    drained: bool | None = None


class ConsoleFile(NamedTuple):
    """console.json: the number of bytes that were dropped from the start of console.log.

    `dropped_bytes` plus an offset in console.log is a position in k6's whole output.
    """

    dropped_bytes: int


class ExitFile(NamedTuple):
    """exit.json: how the run ended. Written last: once the file exists, the runner changes nothing more.

    `iterations_ended` and `iterations_cut` are k6's own final counts; None if k6 was killed before it printed them.
    """

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
    iterations_ended: int | None = None
    iterations_cut: int | None = None


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
    """The folder of one run, `data/runs/<run_id>/`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.console_log = path / "console.log"
        self.progress_log = path / "progress.log"
        self.runner_log = path / "runner.log"
        self.runner_events = path / "runner-events.jsonl"
        self.summary = path / "summary.json"
        self.data = path / "data"

    def path_of(self, shape: type) -> Path:
        return self.path / NAMES[shape]

    def has(self, shape: type) -> bool:
        return self.path_of(shape).exists()

    def read(self, shape: type[JsonFile]) -> JsonFile | None:
        """Return the content of the file; None when it does not exist. Raises UnreadableFile or NewerFormat."""
        path = self.path_of(shape)
        try:
            text = path.read_bytes()
        except FileNotFoundError:
            return None
        return shape(**validate(path.name, text, field_types(shape)))

    def write(self, value: JsonFile) -> None:
        write_json(self.path_of(type(value)), {"format": FORMAT, **value._asdict()})

    def remove(self, shape: type) -> None:
        self.path_of(shape).unlink(missing_ok=True)

    def lock(self) -> FileLock | None:
        """Lock the folder for the life of this process; None when another runner holds the lock."""
        return try_lock(self.path / "runner.lock")


def iso(unix_ms: int) -> str:
    """Return the time in ISO 8601: UTC with milliseconds and `Z`."""
    seconds, millis = divmod(unix_ms, 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{millis:03d}Z"
