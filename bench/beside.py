"""Runs of k6 that go on at the same time, each beside a real runner: what disturbs the machine disturbs all of them."""

import json
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import psutil

from bench.arms import LOOK_EVERY_S, PATIENCE_S, counted
from bench.server import BenchError, cpu_s
from dashboard.engine.command import CHANNEL, REST_PORT
from dashboard.run_folder.files import AuthFile, PidFile, RunFile, RunFolder, StopFile
from dashboard.runs.start.launcher import Launcher
from dashboard.settings import ROOT

SETTLE_S = 1.5
POLL_MS = 1_000
LIFE_S = 6.0  # a short one: tokens change in every measurement
TOKEN = "t" * 600
ORDER = AuthFile(
    *("", "POST", {}, "", "", ""),
    renews=True,
    interval_s=None,
    verify_tls=True,
    hidden=(),
    token="",
    epoch=0,
    obtained_ms=0,
    life_s=None,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a run is started: with a channel, with tokens of the runner, with one that is fixed, or plainly."""

    channel: bool = False
    tokens: bool = False
    fixed_token: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What all of them do."""

    k6: Path
    target: str
    users: int
    delay_ms: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Run:
    """One of them: its runner's folder and process, and what it asks the target for."""

    folder: RunFolder
    runner_pid: int
    path: str


def cpu_per_request(load: Load, folder: Path, ways: Sequence[Way], turn: int) -> list[float]:
    """k6's CPU seconds for each request in the order of `ways`, over the same seconds for all.

    The clock starts when all are at work, so that no start is in it; `turn` says who is started first.
    """
    folder.mkdir()
    runs: dict[int, _Run] = {}
    with _token_server() as tokens, counted(load.target):
        try:
            for number in range(turn, turn + len(ways)):
                index = number % len(ways)
                runs[index] = _start(load, folder, ways[index], index, tokens)
            return _compared(load, [runs[index] for index in range(len(ways))])
        finally:
            for run in runs.values():
                run.folder.write(StopFile(requested_at="", reason="measured", immediate=True))
            for run in runs.values():
                os.waitpid(run.runner_pid, 0)


def _compared(load: Load, runs: Sequence[_Run]) -> list[float]:
    deadline = time.monotonic() + PATIENCE_S
    while not all(_received(load, runs)):
        if time.monotonic() > deadline:
            raise BenchError("a run did not begin: " + " ".join(_last_words(run.folder) for run in runs))
        time.sleep(LOOK_EVERY_S)
    processes = [psutil.Process(pid.pid) for run in runs if (pid := run.folder.read(PidFile))]
    time.sleep(SETTLE_S)
    used, had = [cpu_s(process) for process in processes], _received(load, runs)
    time.sleep(load.seconds)
    uses, has = [cpu_s(process) for process in processes], _received(load, runs)
    if not all(after > before for before, after in zip(had, has, strict=True)):
        raise BenchError("a run came to a stop")
    return [(uses[i] - used[i]) / (has[i] - had[i]) for i in range(len(runs))]


def _start(load: Load, folder: Path, way: Way, index: int, tokens: str) -> _Run:
    path = f"/op/{index}"
    launcher = Launcher(folder, ROOT)
    made = launcher.make_folder(
        f"20261121-101500-{index:08}", {}, ORDER._replace(url=tokens) if way.tokens else None
    )
    endpoint = {"name": "Op", "group": "g", "type": "rest", "path": f"{path}?delay_ms={load.delay_ms}"}
    (made.path / "endpoints.json").write_text(json.dumps({"endpoints": [endpoint]}))
    made.write(
        RunFile(
            run_id=made.path.name,
            argv=_argv(load, made.path, way),
            env={"HOME": str(made.path), "K6_AUTO_EXTENSION_RESOLUTION": "false"},
            cwd=str(made.path),
            bearer="bench",
            planned_s=3600.0,
            deadline_s=3600.0,
            stop_grace_s=5.0,
            console_limit_bytes=1 << 20,
            channel_key="bench" if way.channel else None,
            poll_ms=POLL_MS if way.channel else None,
        )
    )
    return _Run(made, launcher.start_runner(made), path)


def _argv(load: Load, folder: Path, way: Way) -> tuple[str, ...]:
    users = {"executor": "constant-vus", "vus": load.users, "duration": "1h"}
    seen = {
        "BASE_URL": load.target,
        "LOAD_PROFILE": "custom",
        "SCENARIOS": json.dumps({"load": users}),
        "ENDPOINTS_FILE": folder / "endpoints.json",
        "CHECKS": "trend",
        "SAMPLES": "failures",
        **({"CHANNEL": "ctl"} if way.channel else {}),
        **({"TOKENS": "channel"} if way.tokens else {}),
        **({"AUTH_MODE": "bearer", "AUTH_TOKEN": TOKEN} if way.fixed_token else {}),
    }
    argv = [str(load.k6), "run", "--quiet", "--no-usage-report", "--no-thresholds", "--summary-mode=disabled"]
    argv += ["--address", f"127.0.0.1:{REST_PORT}", "--include-system-env-vars=false"]
    argv += [f"--secret-source=url=name=ctl,config={CHANNEL}"]  # the runner drops it where there is none
    argv += [f"-e{name}={value}" for name, value in seen.items()]
    return (*argv, str(ROOT / "k6" / "main.js"))


def _received(load: Load, runs: Sequence[_Run]) -> list[int]:
    with urlopen(f"{load.target}/_counters", timeout=PATIENCE_S) as answer:  # noqa: S310 - our own target
        told = json.loads(answer.read())["operations"]
    return [int(told[run.path]["received"]) if run.path in told else 0 for run in runs]


def _last_words(folder: RunFolder) -> str:
    logs = [folder.console_log, folder.runner_log]
    return "".join(log.read_text(errors="replace")[-500:] for log in logs if log.exists())


@contextmanager
def _token_server() -> Iterator[str]:
    """The address of a token endpoint whose tokens are as long as real ones."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Tokens)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/token"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Tokens(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        token = f"{TOKEN}{time.monotonic_ns()}"
        body = json.dumps({"access_token": token, "expires_in": LIFE_S}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing: what is measured is k6."""
