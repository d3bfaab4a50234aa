"""The demo service as a process: it reports when it is ready, and it never outlives its parent."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from dashboard.demo.launcher import DemoProcess, DemoStartError, start_demo
from tests.demo.test_connection import wait_for


def measure_seconds_to_exit(demo: DemoProcess) -> float:
    started = time.monotonic()
    demo.process.wait(timeout=5)
    return time.monotonic() - started


@pytest.fixture
def hanging_client(demo: DemoProcess) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", demo.port), timeout=5)
    client.sendall(b"GET /api/products?delay_ms=30000 HTTP/1.1\r\nHost: x\r\n\r\n")
    return client


def test_sigterm_stops_the_service_within_a_second(demo: DemoProcess, hanging_client: socket.socket) -> None:
    with hanging_client:
        os.kill(demo.pid, signal.SIGTERM)
        assert measure_seconds_to_exit(demo) < 1
    assert demo.process.returncode == 0


def test_the_service_exits_when_its_parent_closes_the_pipe(demo: DemoProcess) -> None:
    assert demo.process.stdin is not None
    demo.process.stdin.close()
    assert measure_seconds_to_exit(demo) < 1


def test_the_service_exits_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys, time; from dashboard.demo.launcher import start_demo;"
        "print(start_demo(None, pathlib.Path(sys.argv[1])).url, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "demo.log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        assert requests.get(url + "/health", timeout=5).ok
        parent.kill()
    wait_for(lambda: not is_up(url))


def is_up(url: str) -> bool:
    try:
        return requests.get(url + "/health", timeout=5).ok
    except requests.ConnectionError:
        return False


def test_stop_can_be_called_twice(demo: DemoProcess) -> None:
    demo.stop()
    demo.stop()
    assert not demo.alive


def test_a_port_in_use_is_reported(demo: DemoProcess, tmp_path: Path) -> None:
    with pytest.raises(DemoStartError, match=f"port {demo.port} cannot be used: Address already in use"):
        start_demo(demo.port, tmp_path / "second.log")


@pytest.mark.parametrize(
    "argument", ["--error-rate=2", "--port=70000", "--latency-scale=-1", "--hang=Nothing"]
)
def test_an_invalid_argument_is_reported(tmp_path: Path, argument: str) -> None:
    with pytest.raises(DemoStartError, match=argument.split("=")[0]):
        start_demo(None, tmp_path / "demo.log", [argument])
