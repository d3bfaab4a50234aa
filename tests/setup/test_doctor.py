from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable, Iterator

import pytest

from dashboard import data_dir
from dashboard.file_lock import FileLock, wait_for_lock
from dashboard.setup import doctor as module
from dashboard.setup.checkout import Checkout
from dashboard.setup.doctor import LOCK, SERVER_FILE, CheckFailed, doctor
from dashboard.setup.packages import PythonPackagesStep
from tests.setup.conftest import FakeTool


@pytest.fixture
def healthy(checkout: Checkout, fake_tool: FakeTool) -> Checkout:
    (checkout.venv / "bin").mkdir(parents=True)
    checkout.python.symlink_to(sys.executable)
    packages = PythonPackagesStep(checkout)
    packages.stamp.write(packages.input_fingerprint(dev=False))
    fake_tool("k6", 'echo "k6 v2.2.0 (go1.26.8, linux/amd64)"')
    return Checkout(checkout.root, {**checkout.environ, "MIN_FREE_DISK": "1"})


Lines = Callable[[], dict[str, str]]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Lines:
    """The printed lines by the name of the check."""
    output: list[str] = []

    def read() -> dict[str, str]:
        output.extend(capsys.readouterr().out.splitlines())
        return {line[9:].partition(":")[0]: line for line in output}

    return read


@pytest.fixture
def lock(healthy: Checkout) -> Iterator[FileLock]:
    """The lock of the data folder, held as a server holds it."""
    (healthy.root / "data").mkdir()
    held = wait_for_lock(healthy.root / "data" / LOCK)
    yield held
    held.release()


@pytest.fixture
def running(healthy: Checkout, lock: FileLock) -> Iterator[int]:
    """The port of a server that has recorded itself in the data folder."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        recorded = {"pid": os.getpid(), "url": f"http://127.0.0.1:{port}", "token": None}
        (healthy.root / "data" / SERVER_FILE).write_text(json.dumps(recorded))
        yield int(port)


def test_every_check_of_a_healthy_checkout_passes(healthy: Checkout, printed: Lines) -> None:
    assert doctor(healthy, ["--port", "0"]) == 0
    lines = printed()
    assert len(lines) == 10
    assert {line[:9] for line in lines.values()} == {"ok       "}
    assert lines["k6"].endswith("k6, version 2.2.0")


def test_an_unknown_option_is_rejected(healthy: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(healthy, ["--prot", "8080"]) == 2
    assert capsys.readouterr().err == "bin/dashboard: doctor accepts --host, --port, --data-dir, not --prot\n"


def test_an_empty_checkout_needs_the_setup(checkout: Checkout, printed: Lines) -> None:
    assert doctor(checkout, []) == 1
    lines = printed()
    for name in ("environment", "packages", "k6"):
        assert lines[name].startswith("problem  ")
        assert lines[name].endswith("run bin/dashboard setup")


def test_a_broken_environment_is_reported_with_advice(healthy: Checkout, printed: Lines) -> None:
    healthy.python.unlink()
    healthy.python.write_text("#!/bin/sh\nexit 1\n")
    healthy.python.chmod(0o755)
    assert doctor(healthy, []) == 1
    assert "delete the folder .venv" in printed()["environment"]


def test_an_unsuitable_k6_bin_is_reported(healthy: Checkout, printed: Lines) -> None:
    checkout = Checkout(healthy.root, {**healthy.environ, "K6_BIN": "/nowhere/k6"})
    assert doctor(checkout, []) == 1
    assert "K6_BIN is /nowhere/k6, which does not start" in printed()["k6"]


def test_a_port_in_use_is_reported_with_advice(healthy: Checkout, printed: Lines) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert doctor(healthy, [f"--port={port}"]) == 1
    message = f"problem  port: 127.0.0.1:{port} cannot be used (Address already in use); set another"
    assert printed()["port"].startswith(message)


def test_a_port_used_by_this_dashboard_passes(running: int, healthy: Checkout, printed: Lines) -> None:
    assert doctor(healthy, [f"--port={running}"]) == 0
    assert printed()["port"].endswith(f"{running} belongs to this dashboard")
    assert printed()["server"].endswith(f"running at http://127.0.0.1:{running}, process {os.getpid()}")


@pytest.mark.parametrize("port", ["x", "65536", "-1"])
def test_an_invalid_port_is_reported(healthy: Checkout, printed: Lines, port: str) -> None:
    assert doctor(healthy, ["--port", port]) == 1
    assert f"{port} is not a port" in printed()["port"]


def test_a_file_instead_of_the_data_folder_is_reported(healthy: Checkout, printed: Lines) -> None:
    (healthy.root / "taken").touch()
    assert doctor(healthy, ["--data-dir", "taken/data", "--port", "0"]) == 1
    assert "taken is not a folder" in printed()["data folder"]


def test_a_data_folder_that_is_not_writable_is_reported(healthy: Checkout, printed: Lines) -> None:
    """Not even root can create files in /proc."""
    assert doctor(healthy, ["--data-dir", "/proc", "--port", "0"]) == 1
    assert "/proc is not writable" in printed()["data folder"]


def test_too_little_free_disk_is_reported(healthy: Checkout, printed: Lines) -> None:
    checkout = Checkout(healthy.root, {**healthy.environ, "MIN_FREE_DISK": str(1 << 60)})
    assert doctor(checkout, ["--port", "0"]) == 1
    assert "but a run requires 1073741824.0 GiB" in printed()["disk"]


def test_a_low_limit_of_open_files_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (256, 256))
    with pytest.raises(CheckFailed, match="the limit is 256; raise it with `ulimit -n 1024`"):
        module.check_open_files()


def test_the_file_of_a_dead_server_is_ignored(
    running: int, lock: FileLock, healthy: Checkout, printed: Lines
) -> None:
    lock.release()
    assert doctor(healthy, [f"--port={running}"]) == 1
    assert "not running" in printed()["server"]
    assert printed()["port"].startswith("problem")


def test_a_run_in_a_terminal_is_reported(running: int, healthy: Checkout, printed: Lines) -> None:
    (healthy.root / "data" / SERVER_FILE).unlink()
    doctor(healthy, ["--port", "0"])
    assert printed()["server"].endswith("a run in a terminal uses the data folder")


def test_the_doctor_uses_the_servers_file_names() -> None:
    assert (module.LOCK, module.SERVER_FILE) == (data_dir.LOCK, data_dir.SERVER_FILE)
