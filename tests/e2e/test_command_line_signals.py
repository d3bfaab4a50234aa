"""SIGINT, SIGTERM and SIGHUP stop a run of the command line: nothing keeps loading the target."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import ROOT
from tests.e2e.harness import Server, Shop, kill_all, processes_of, wait_for

pytestmark = pytest.mark.k6
PASSED, STOPPED, INTERRUPTED = 0, 4, 130
LONG_RUN = ("smoke", "--duration", "60s")
started: list[subprocess.Popen[str]] = []


@pytest.fixture(params=["with a server", "without a server"])
def server(request: pytest.FixtureRequest, make_server: Callable[..., Server]) -> Iterator[Server]:
    """The data folder of the commands, with and without a running server."""
    server = make_server()
    server.endpoints({"name": "ListProducts", "path": "/api/products", "checks": {"status": 200}})
    if request.param == "with a server":
        server.start()
    yield server
    for process in started:
        process.kill()
        process.communicate()
    started.clear()
    kill_all(processes_of(server.data_dir))


def restore_signals() -> None:
    """Restore the defaults: a test process in the background may ignore signals, and its children inherit that."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def command_line(server: Server, shop: Shop, *arguments: str) -> list[str]:
    options = ["--base-url", shop.url, "--data-dir", str(server.data_dir)]
    return [sys.executable, "-m", "dashboard", "run", *arguments, *options]


def start(server: Server, command: list[str], **options: object) -> subprocess.Popen[str]:
    process: subprocess.Popen[str] = subprocess.Popen(  # type: ignore[call-overload]
        command,
        cwd=ROOT,
        env=server.environment,
        text=True,
        **{
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "preexec_fn": restore_signals,
            **options,
        },
    )
    started.append(process)
    return process


def requests_of(shop: Shop) -> int:
    return int(shop.counters()["received"])


def wait_for_load(server: Server, shop: Shop) -> None:
    wait_for(lambda: list(server.data_dir.glob("runs/*/push-*.bin")), "the run has pushed", within_s=30)
    assert requests_of(shop) > 0


def assert_stopped(server: Server, shop: Shop) -> None:
    """Check that k6 is gone, the target gets no more requests, and the run is recorded as stopped."""
    wait_for(lambda: not processes_of(server.data_dir / "runs"), "k6 and its runner have exited")
    before = requests_of(shop)
    if not server.alive:
        server.start()
    record = server.wait_until_ended()
    assert (record["status"], record["exit_reason"]) == ("stopped", "stopped on request")
    assert requests_of(shop) == before
    log = server.folder(record["run_id"]).runner_log.read_text()
    assert log.count("stopping k6") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda n: n.name)
def test_a_signal_stops_the_run_once_and_exits_with_4(
    server: Server, shop: Shop, number: signal.Signals
) -> None:
    process = start(server, command_line(server, shop, *LONG_RUN, "--json"))
    wait_for_load(server, shop)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == STOPPED, err
    assert json.loads(out)["run"]["status"] == "stopped"
    assert_stopped(server, shop)


def test_timeout_stops_the_run_and_the_next_one_starts(server: Server, shop: Shop) -> None:
    """`timeout` signals the command and its process group. The two signals count as one request to stop."""
    if shutil.which("timeout") is None:
        pytest.skip("needs timeout of coreutils")
    limited = ["timeout", "--preserve-status", "8", *command_line(server, shop, *LONG_RUN)]
    process = start(server, limited, start_new_session=True)
    _, err = process.communicate(timeout=40)
    assert process.returncode == STOPPED, err
    assert "Stopping." in err
    wait_for(lambda: not processes_of(server.data_dir / "runs"), "k6 and its runner have exited")
    after = start(server, command_line(server, shop, "smoke", "--duration", "2s"))
    _, err = after.communicate(timeout=40)
    assert after.returncode == PASSED, err


def test_a_closed_terminal_stops_the_run(server: Server, shop: Shop) -> None:
    terminal, inside = pty.openpty()

    def take_terminal() -> None:
        restore_signals()
        fcntl.ioctl(inside, termios.TIOCSCTTY, 0)

    streams = {"stdin": inside, "stdout": inside, "stderr": inside}
    process = start(
        server,
        command_line(server, shop, *LONG_RUN),
        start_new_session=True,
        preexec_fn=take_terminal,
        **streams,
    )
    os.close(inside)
    wait_for_load(server, shop)
    os.close(terminal)
    assert process.wait(timeout=30) == STOPPED
    assert_stopped(server, shop)


def test_nohup_keeps_the_run_when_the_terminal_closes(server: Server, shop: Shop) -> None:
    command = ["nohup", *command_line(server, shop, "smoke", "--duration", "6s", "--json")]
    process = start(server, command)
    wait_for_load(server, shop)
    process.send_signal(signal.SIGHUP)
    out, err = process.communicate(timeout=40)
    assert process.returncode == PASSED, err
    assert json.loads(out)["run"]["status"] == "finished"


def test_a_reader_that_goes_away_changes_nothing(server: Server, shop: Shop) -> None:
    """`bin/dashboard run … | head -1`"""
    process = start(server, command_line(server, shop, "smoke", "--duration", "3s"))
    wait_for_load(server, shop)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    process.stderr.close()
    assert process.wait(timeout=30) == PASSED


def test_a_second_signal_exits_without_waiting(server: Server, shop: Shop) -> None:
    server.endpoints(
        {"name": "ListProducts", "path": "/api/products"},
        teardown=[{"name": "Slow", "path": "/api/products?delay_ms=3000"}],
    )
    process = start(server, command_line(server, shop, *LONG_RUN))
    wait_for_load(server, shop)
    process.send_signal(signal.SIGTERM)
    lines: list[str] = []
    assert process.stderr is not None
    while "Stopping." not in "".join(lines):
        lines.append(process.stderr.readline())
    # Signals within half a second are one request.
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.6)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == INTERRUPTED
    wait_for(lambda: not processes_of(server.data_dir / "runs"), "k6 and its runner have exited", within_s=30)


def test_a_signal_before_the_start_starts_nothing(server: Server, shop: Shop) -> None:
    process = start(server, command_line(server, shop, *LONG_RUN))
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode != PASSED
    wait_for(lambda: not processes_of(server.data_dir / "runs"), "no k6 is running", within_s=30)
