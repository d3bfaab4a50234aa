from __future__ import annotations

import json
import os
import socket
import sys

import pytest

from dashboard.setup import doctor as module
from dashboard.setup.doctor import Trouble, doctor
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


def lines(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What was said, by the name of the check."""
    said = capsys.readouterr().out.splitlines()
    return {line[9:].partition(":")[0]: line for line in said}


def test_a_healthy_checkout_is_ok_in_every_line(healthy: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(healthy, ["--port", "0"]) == 0
    said = lines(capsys)
    assert len(said) == 10
    assert {line[:9] for line in said.values()} == {"ok       "}
    assert said["k6"].endswith("k6, version 2.2.0")


def test_an_empty_checkout_is_told_to_set_up(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(place, []) == 1
    said = lines(capsys)
    for name in ("environment", "packages", "k6"):
        assert said[name].startswith("problem  ")
        assert said[name].endswith("start bin/dashboard once: it sets this up")


def test_a_broken_environment_is_told_what_to_do(healthy: Place, capsys: pytest.CaptureFixture[str]) -> None:
    healthy.python.unlink()
    healthy.python.write_text("#!/bin/sh\nexit 1\n")
    healthy.python.chmod(0o755)
    assert doctor(healthy, []) == 1
    assert "delete the folder .venv" in lines(capsys)["environment"]


def test_a_bad_k6_bin_is_named(healthy: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(healthy.root, {**healthy.environ, "K6_BIN": "/nowhere/k6"})
    assert doctor(place, []) == 1
    assert "K6_BIN is /nowhere/k6, which does not start" in lines(capsys)["k6"]


def test_a_taken_port_is_told_with_what_to_do(healthy: Place, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert doctor(healthy, [f"--port={port}"]) == 1
    words = f"problem  port: 127.0.0.1:{port} is not to be had (Address already in use); name another with"
    assert lines(capsys)["port"].startswith(words)


def test_the_own_servers_port_is_no_problem(healthy: Place, capsys: pytest.CaptureFixture[str]) -> None:
    (healthy.root / "data").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (healthy.root / "data/server.json").write_text(json.dumps({"pid": os.getpid(), "port": port}))
        assert doctor(healthy, [f"--port={port}"]) == 0
    said = lines(capsys)
    assert said["port"].endswith(f"{port} is this dashboard's own")
    assert f"process {os.getpid()}, port {port}" in said["server"]


@pytest.mark.parametrize("port", ["x", "65536", "-1"])
def test_a_port_that_is_none_is_a_problem(
    healthy: Place, capsys: pytest.CaptureFixture[str], port: str
) -> None:
    assert doctor(healthy, ["--port", port]) == 1
    assert f"{port} is no port" in lines(capsys)["port"]


def test_a_file_where_the_data_folder_should_be_is_a_problem(
    healthy: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    (healthy.root / "taken").touch()
    assert doctor(healthy, ["--data-dir", "taken/data", "--port", "0"]) == 1
    assert "taken is not a folder" in lines(capsys)["data folder"]


def test_a_data_folder_that_cannot_be_written_is_a_problem(
    healthy: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """/proc takes no files, not even root's."""
    assert doctor(healthy, ["--data-dir", "/proc", "--port", "0"]) == 1
    assert "/proc cannot be written" in lines(capsys)["data folder"]


def test_too_little_disk_is_a_problem(healthy: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(healthy.root, {**healthy.environ, "MIN_FREE_DISK": str(1 << 60)})
    assert doctor(place, ["--port", "0"]) == 1
    assert "1073741824.0 GiB are needed to start a run" in lines(capsys)["disk"]


def test_too_few_open_files_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.resource, "getrlimit", lambda _: (256, 256))
    with pytest.raises(Trouble, match="only 256 may be open at once; raise it with `ulimit -n 1024`"):
        module.open_files()


def test_a_dead_servers_note_is_not_believed(healthy: Place, capsys: pytest.CaptureFixture[str]) -> None:
    (healthy.root / "data").mkdir()
    (healthy.root / "data/server.json").write_text('{"pid": 4194999, "port": 5656}')
    assert doctor(healthy, ["--port", "0"]) == 0
    assert "none is running" in lines(capsys)["server"]
