"""Runs several k6 processes at the same time, each with a real runner, so that disturbances affect all alike."""

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

from bench.paired_runs import POLL_INTERVAL_S, WAIT_TIMEOUT_S, request_counter
from bench.server import BenchError, cpu_s
from dashboard.engine.command import CHANNEL, REST_PORT
from dashboard.run_folder.files import AuthFile, PidFile, RunFile, RunFolder, StopFile
from dashboard.runs.start.launcher import Launcher
from dashboard.settings import ROOT

SETTLE_S = 1.5
CHANNEL_POLL_MS = 1_000
TOKEN_LIFETIME_S = 6.0  # short, so that tokens change during every measurement
TOKEN = "t" * 600
AUTH = AuthFile(
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
class RunVariant:
    """Options of a run: the control channel, tokens from the runner, or one fixed token."""

    channel: bool = False
    tokens: bool = False
    fixed_token: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLoad:
    """The load of every run."""

    k6: Path
    target: str
    users: int
    delay_ms: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Run:
    """One run: its folder, its runner and the path that it requests."""

    folder: RunFolder
    runner_pid: int
    path: str


def cpu_per_request(
    load: UserLoad, folder: Path, variants: Sequence[RunVariant], round_number: int
) -> list[float]:
    """Return k6's CPU seconds per request for each of `variants`, which all run at the same time.

    The measurement starts once all runs send requests, so it excludes their starts.
    `round_number` selects the variant that starts first.
    """
    folder.mkdir()
    runs: dict[int, _Run] = {}
    with _token_server() as token_url, request_counter(load.target):
        try:
            for number in range(round_number, round_number + len(variants)):
                index = number % len(variants)
                runs[index] = _start(load, folder, variants[index], index, token_url)
            return _measure(load, [runs[index] for index in range(len(variants))])
        finally:
            for run in runs.values():
                run.folder.write(StopFile(requested_at="", reason="measured", immediate=True))
            for run in runs.values():
                os.waitpid(run.runner_pid, 0)


def _measure(load: UserLoad, runs: Sequence[_Run]) -> list[float]:
    deadline = time.monotonic() + WAIT_TIMEOUT_S
    while not all(_received(load, runs)):
        if time.monotonic() > deadline:
            raise BenchError("a run did not start: " + " ".join(_log_tail(run.folder) for run in runs))
        time.sleep(POLL_INTERVAL_S)
    processes = [psutil.Process(pid.pid) for run in runs if (pid := run.folder.read(PidFile))]
    time.sleep(SETTLE_S)
    cpu_before, before = [cpu_s(process) for process in processes], _received(load, runs)
    time.sleep(load.seconds)
    cpu_after, after = [cpu_s(process) for process in processes], _received(load, runs)
    if not all(new > old for old, new in zip(before, after, strict=True)):
        raise BenchError("a run stopped sending requests")
    return [(cpu_after[i] - cpu_before[i]) / (after[i] - before[i]) for i in range(len(runs))]


def _start(load: UserLoad, folder: Path, variant: RunVariant, index: int, token_url: str) -> _Run:
    path = f"/op/{index}"
    launcher = Launcher(folder, ROOT)
    run_folder = launcher.make_folder(
        f"20261121-101500-{index:08}", {}, AUTH._replace(url=token_url) if variant.tokens else None
    )
    endpoint = {"name": "Op", "group": "g", "type": "rest", "path": f"{path}?delay_ms={load.delay_ms}"}
    (run_folder.path / "endpoints.json").write_text(json.dumps({"endpoints": [endpoint]}))
    run_folder.write(
        RunFile(
            run_id=run_folder.path.name,
            argv=_argv(load, run_folder.path, variant),
            env={"HOME": str(run_folder.path), "K6_AUTO_EXTENSION_RESOLUTION": "false"},
            cwd=str(run_folder.path),
            bearer="bench",
            planned_s=3600.0,
            deadline_s=3600.0,
            stop_grace_s=5.0,
            console_limit_bytes=1 << 20,
            channel_key="bench" if variant.channel else None,
            poll_ms=CHANNEL_POLL_MS if variant.channel else None,
        )
    )
    return _Run(run_folder, launcher.start_runner(run_folder), path)


def _argv(load: UserLoad, folder: Path, variant: RunVariant) -> tuple[str, ...]:
    users = {"executor": "constant-vus", "vus": load.users, "duration": "1h"}
    variables = {
        "BASE_URL": load.target,
        "LOAD_PROFILE": "custom",
        "SCENARIOS": json.dumps({"load": users}),
        "ENDPOINTS_FILE": folder / "endpoints.json",
        "CHECKS": "trend",
        "SAMPLES": "failures",
        **({"CHANNEL": "ctl"} if variant.channel else {}),
        **({"TOKENS": "channel"} if variant.tokens else {}),
        **({"AUTH_MODE": "bearer", "AUTH_TOKEN": TOKEN} if variant.fixed_token else {}),
    }
    argv = [str(load.k6), "run", "--quiet", "--no-usage-report", "--no-thresholds", "--summary-mode=disabled"]
    argv += ["--address", f"127.0.0.1:{REST_PORT}", "--include-system-env-vars=false"]
    argv += [
        f"--secret-source=url=name=ctl,config={CHANNEL}"
    ]  # the runner removes this option if the run has no channel
    argv += [f"-e{name}={value}" for name, value in variables.items()]
    return (*argv, str(ROOT / "k6" / "main.js"))


def _received(load: UserLoad, runs: Sequence[_Run]) -> list[int]:
    with urlopen(f"{load.target}/_counters", timeout=WAIT_TIMEOUT_S) as response:  # noqa: S310 - our own target
        result = json.loads(response.read())["operations"]
    return [int(result[run.path]["received"]) if run.path in result else 0 for run in runs]


def _log_tail(folder: RunFolder) -> str:
    logs = [folder.console_log, folder.runner_log]
    return "".join(log.read_text(errors="replace")[-500:] for log in logs if log.exists())


@contextmanager
def _token_server() -> Iterator[str]:
    """Run a token server whose tokens have a realistic length, and yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _TokenHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/token"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _TokenHandler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        token = f"{TOKEN}{time.monotonic_ns()}"
        body = json.dumps({"access_token": token, "expires_in": TOKEN_LIFETIME_S}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Discard http.server's log lines."""
