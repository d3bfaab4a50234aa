"""A k6 that misbehaves, end to end: the run is bounded in time and space and leaves no process behind."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from dashboard.runs.start.launcher import CONSOLE_LIMIT_BYTES
from tests.e2e.harness import Server, processes_of, wait_for
from tests.fakes.fake_k6_factory import make_fake_k6, read_events

pytestmark = pytest.mark.k6
UNREACHABLE = "http://127.0.0.1:9"
StartWith = Callable[..., Server]


@pytest.fixture
def start_with(make_server: Callable[..., Server], tmp_path: Path) -> StartWith:
    """Starts a server whose fake k6 has this behavior."""

    def start(behavior: str, **settings: str) -> Server:
        server = make_server(make_fake_k6(tmp_path, behavior), **settings)
        server.endpoints({"name": "ListProducts"})
        server.start()
        return server

    return start


def wait_until_finished(server: Server, run_id: str, *, within_s: float = 20) -> dict[str, Any]:
    """Wait for the end of the run and of its processes. Returns the record."""
    record = server.wait_until_ended(run_id, within_s=within_s)
    wait_for(
        lambda: not processes_of(server.folder(run_id).path),
        "the processes of the run have exited",
        within_s=3,
    )
    return record


def test_a_k6_that_exits_immediately_fails_the_run_with_its_own_message(start_with: StartWith) -> None:
    server = start_with("die")
    began = time.monotonic()
    run_id = server.run(UNREACHABLE)
    record = wait_until_finished(server, run_id)
    failed_s = time.monotonic() - began
    print(f"failed {failed_s:.2f} s after the start request")
    assert (record["status"], record["exit_code"]) == ("failed", 107)
    assert record["exit_reason"] == "the script failed: SyntaxError: file:///main.js: Unexpected token (3:1)"
    assert record["samples_lost"] is None
    assert failed_s < 5
    wait_for(lambda: server.events(run_id)[-1] == "run.ended", "the end is reported")
    events = server.get(f"/runs/{run_id}")["events"]
    assert seconds_between(record["ended_at"], events[-1]["at"]) < 1
    lines = [entry["message"] for entry in server.get(f"/runs/{run_id}/log")["entries"]]
    assert "could not initialize the test: script exception" in lines


def seconds_between(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


@pytest.mark.parametrize("behavior", ["hang", "ignore-term-60"])
def test_a_k6_that_ignores_the_stop_is_killed_after_its_grace_period(
    start_with: StartWith, behavior: str
) -> None:
    server = start_with(behavior, K6_STOP_GRACE="1s")
    run_id = server.run(UNREACHABLE)
    wait_for(lambda: server.record(run_id)["status"] == "running", "the run is running")
    began = time.monotonic()
    assert server.post("/run/stop", {"run_id": run_id})["status"] == "stopping"
    record = wait_until_finished(server, run_id)
    assert record["status"] == "stopped"
    assert record["exit_reason"].startswith("k6 did not exit after the stop request and was killed")
    assert record["samples_lost"] is True
    assert record["requests_cut"] is not None
    assert 1 < time.monotonic() - began < 6
    signals = [entry["number"] for entry in read_events(server.folder(run_id).path, "signal")]
    assert signals == [15]


def test_grandchildren_of_k6_do_not_outlive_the_run(start_with: StartWith) -> None:
    server = start_with("fork")
    record = wait_until_finished(server, server.run(UNREACHABLE))
    assert (record["status"], record["exit_code"]) == ("finished", 0)
    assert record["samples_lost"] is True
    assert record["samples_lost_reason"] == "k6's final push never arrived"


def test_100_megabytes_of_output_are_bounded_on_disk_and_in_responses(start_with: StartWith) -> None:
    server = start_with("spew")
    run_id = server.run(UNREACHABLE)
    record = wait_until_finished(server, run_id, within_s=60)
    assert (record["status"], record["exit_code"]) == ("finished", 0)
    page = server.get(f"/runs/{run_id}/log?limit=10")
    size = server.folder(run_id).console_log.stat().st_size
    assert page["entries"][-1]["message"] == "the last line"
    assert page["dropped_bytes"] > 0
    # bytes that k6 writes between the two system calls of a truncation are not counted
    assert page["size"] == page["dropped_bytes"] + size > 90 * 1024 * 1024
    assert size <= CONSOLE_LIMIT_BYTES


@pytest.mark.parametrize(
    ("behavior", "message"),
    [("wrong-version", "is k6 1.3.0; version 2.2 or newer is required"), ("", "cannot be run")],
)
def test_without_a_supported_k6_a_start_is_rejected_and_nothing_is_stored(
    make_server: Callable[..., Server], tmp_path: Path, behavior: str, message: str
) -> None:
    server = make_server(make_fake_k6(tmp_path, behavior) if behavior else tmp_path / "no-k6")
    server.endpoints({"name": "ListProducts"})
    server.start()
    response = server.call("POST", "/run/start", {"profile": "smoke", "base_url": UNREACHABLE})
    assert response.status_code == 503
    assert message in response.json()["detail"]
    assert server.get("/runs") == []
    assert not list(server.data_dir.glob("runs/*"))


def test_an_occupied_rest_port_causes_another_attempt(start_with: StartWith) -> None:
    server = start_with("port-clash-2")
    run_id = server.run(UNREACHABLE)
    record = wait_until_finished(server, run_id)
    assert (record["status"], record["exit_code"], record["samples_lost"]) == ("finished", 0, False)
    assert len(read_events(server.folder(run_id).path, "run")) == 3
    assert record["total_reqs"] > 0


def test_three_occupied_rest_ports_fail_the_run(start_with: StartWith) -> None:
    server = start_with("port-clash-9")
    run_id = server.run(UNREACHABLE)
    record = wait_until_finished(server, run_id)
    assert (record["status"], record["exit_code"]) == ("failed", 106)
    assert record["exit_reason"].startswith("k6 could not listen on its REST port")
    assert len(read_events(server.folder(run_id).path, "run")) == 3
