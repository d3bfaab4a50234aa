from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable, Iterator

import pytest
from filelock import BaseFileLock, FileLock

from dashboard import services
from dashboard.setup import doctor as module
from dashboard.setup.doctor import LOCK, SERVER_FILE, Trouble, doctor
from dashboard.setup.packages import PythonPackages
from dashboard.setup.place import Place
from tests.setup.conftest import FakeTool


@pytest.fixture
def healthy(place: Place, fake_tool: FakeTool) -> Place:
    (place.venv / "bin").mkdir(parents=True)
    place.python.symlink_to(sys.executable)
    packages = PythonPackages(place)
    packages.stamp.write(packages.made_from(dev=False))
    fake_tool("k6", 'echo "k6 v2.2.0 (go1.26.8, linux/amd64)"')
    return Place(place.root, {**place.environ, "MIN_FREE_DISK": "1"})


Said = Callable[[], dict[str, str]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """What the doctor said, by the name of the check."""
    output: list[str] = []

    def read() -> dict[str, str]:
        output.extend(capsys.readouterr().out.splitlines())
        return {line[9:].partition(":")[0]: line for line in output}

    return read


@pytest.fixture
def lock(healthy: Place) -> Iterator[BaseFileLock]:
    """The data folder's lock, held as the server holds it."""
    (healthy.root / "data").mkdir()
    with FileLock(healthy.root / "data" / LOCK) as held:
        yield held


@pytest.fixture
def running(healthy: Place, lock: BaseFileLock) -> Iterator[int]:
    """The port of a server that wrote its note into the data folder."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        noted = {"pid": os.getpid(), "url": f"http://127.0.0.1:{port}", "token": None}
        (healthy.root / "data" / SERVER_FILE).write_text(json.dumps(noted))
        yield int(port)


def test_a_healthy_checkout_is_ok_in_every_line(healthy: Place, said: Said) -> None:
    assert doctor(healthy, ["--port", "0"]) == 0
    lines = said()
    assert len(lines) == 10
    assert {line[:9] for line in lines.values()} == {"ok       "}
    assert lines["k6"].endswith("k6, version 2.2.0")


def test_an_option_that_it_does_not_know_is_refused(
    healthy: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor(healthy, ["--prot", "8080"]) == 2
    assert capsys.readouterr().err == "bin/dashboard: doctor takes --host, --port, --data-dir, not --prot\n"


def test_an_empty_checkout_is_told_to_set_up(place: Place, said: Said) -> None:
    assert doctor(place, []) == 1
    lines = said()
    for name in ("environment", "packages", "k6"):
        assert lines[name].startswith("problem  ")
        assert lines[name].endswith("start bin/dashboard once: it sets this up")


def test_a_broken_environment_is_told_what_to_do(healthy: Place, said: Said) -> None:
    healthy.python.unlink()
    healthy.python.write_text("#!/bin/sh\nexit 1\n")
    healthy.python.chmod(0o755)
    assert doctor(healthy, []) == 1
    assert "delete the folder .venv" in said()["environment"]


def test_a_bad_k6_bin_is_named(healthy: Place, said: Said) -> None:
    place = Place(healthy.root, {**healthy.environ, "K6_BIN": "/nowhere/k6"})
    assert doctor(place, []) == 1
    assert "K6_BIN is /nowhere/k6, which does not start" in said()["k6"]


def test_a_taken_port_is_told_with_what_to_do(healthy: Place, said: Said) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert doctor(healthy, [f"--port={port}"]) == 1
    words = f"problem  port: 127.0.0.1:{port} is not to be had (Address already in use); name another with"
    assert said()["port"].startswith(words)


def test_the_own_servers_port_is_no_problem(running: int, healthy: Place, said: Said) -> None:
    assert doctor(healthy, [f"--port={running}"]) == 0
    assert said()["port"].endswith(f"{running} is this dashboard's own")
    assert said()["server"].endswith(f"running at http://127.0.0.1:{running}, process {os.getpid()}")


@pytest.mark.parametrize("port", ["x", "65536", "-1"])
def test_a_port_that_is_none_is_a_problem(healthy: Place, said: Said, port: str) -> None:
    assert doctor(healthy, ["--port", port]) == 1
    assert f"{port} is no port" in said()["port"]


def test_a_file_where_the_data_folder_should_be_is_a_problem(healthy: Place, said: Said) -> None:
    (healthy.root / "taken").touch()
    assert doctor(healthy, ["--data-dir", "taken/data", "--port", "0"]) == 1
    assert "taken is not a folder" in said()["data folder"]


def test_a_data_folder_that_cannot_be_written_is_a_problem(healthy: Place, said: Said) -> None:
    """/proc takes no files, not even root's."""
    assert doctor(healthy, ["--data-dir", "/proc", "--port", "0"]) == 1
    assert "/proc cannot be written" in said()["data folder"]


def test_too_little_disk_is_a_problem(healthy: Place, said: Said) -> None:
    place = Place(healthy.root, {**healthy.environ, "MIN_FREE_DISK": str(1 << 60)})
    assert doctor(place, ["--port", "0"]) == 1
    assert "1073741824.0 GiB are needed to start a run" in said()["disk"]


def test_too_few_open_files_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.resource, "getrlimit", lambda _: (256, 256))
    with pytest.raises(Trouble, match="only 256 may be open at once; raise it with `ulimit -n 1024`"):
        module.open_files()


def test_a_dead_servers_note_is_not_believed(
    running: int, lock: BaseFileLock, healthy: Place, said: Said
) -> None:
    lock.release()
    assert doctor(healthy, [f"--port={running}"]) == 1
    assert "none is running" in said()["server"]
    assert said()["port"].startswith("problem")


def test_a_run_in_a_terminal_is_told(running: int, healthy: Place, said: Said) -> None:
    (healthy.root / "data" / SERVER_FILE).unlink()
    doctor(healthy, ["--port", "0"])
    assert said()["server"].endswith("a run in a terminal uses the data folder")


def test_the_doctor_knows_the_servers_file_names() -> None:
    assert (module.LOCK, module.SERVER_FILE) == (services.LOCK, services.SERVER_FILE)
