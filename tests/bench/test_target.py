"""The compiled target: exact counts, and responses as requested."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from dashboard.demo.launcher import DemoProcess
from tests.conftest import skip_or_fail
from tests.support.target import build_target, go_path, start_target


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    go = go_path() or skip_or_fail("Go", "the compiled target is built with it")
    return build_target(tmp_path_factory.mktemp("target"), go)


@pytest.fixture
def target(built: Path, tmp_path: Path) -> Iterator[DemoProcess]:
    started = start_target(built, tmp_path / "target.log")
    yield started
    started.stop()


def counters(target: DemoProcess) -> Any:
    return requests.get(target.url + "/_counters", timeout=5).json()


@pytest.mark.parametrize(
    ("path", "status", "counted_as"),
    [
        ("/op/0", 200, "/op/0"),
        ("/op/999?status=503", 503, "/op/999"),
        ("/op/1000", 404, "(elsewhere)"),
        ("/op/07", 404, "(elsewhere)"),
        ("/status/503", 503, "/status/503"),
        ("/status/204", 204, "/status/204"),
        ("/status/9", 404, "(elsewhere)"),
        ("/", 404, "(elsewhere)"),
    ],
)
def test_each_path_responds_and_is_counted(
    target: DemoProcess, path: str, status: int, counted_as: str
) -> None:
    assert requests.get(target.url + path, timeout=5).status_code == status
    one = {"received": 1, "answered": 1, "statuses": {str(status): 1}}
    assert counters(target) == {"operations": {counted_as: one}, **one}


def test_a_response_has_the_requested_delay(target: DemoProcess) -> None:
    assert requests.get(target.url + "/op/1?delay_ms=120", timeout=5).elapsed.total_seconds() >= 0.12
    assert requests.get(target.url + "/op/1?median_ms=50&sigma=0", timeout=5).elapsed.total_seconds() >= 0.05


def test_the_request_of_a_lost_client_is_received_but_not_answered(target: DemoProcess) -> None:
    with socket.create_connection(("127.0.0.1", target.port), timeout=5) as client:
        client.sendall(b"GET /op/1?delay_ms=100 HTTP/1.1\r\nHost: x\r\n\r\n")
        while counters(target)["received"] == 0:
            pass
    requests.get(target.url + "/op/2?delay_ms=200", timeout=5)
    assert counters(target)["operations"]["/op/1"] == {"received": 1, "answered": 0, "statuses": {}}


def test_a_reset_clears_the_counts(target: DemoProcess) -> None:
    requests.post(target.url + "/op/1", data=b"x" * 1000, timeout=5)
    assert requests.post(target.url + "/_counters/reset", timeout=5).status_code == 204
    assert counters(target) == {"operations": {}, "received": 0, "answered": 0, "statuses": {}}


def test_a_second_build_reuses_the_first(built: Path) -> None:
    before = built.stat().st_mtime_ns
    assert build_target(built.parent, "/no/such/go") == built
    assert built.stat().st_mtime_ns == before
