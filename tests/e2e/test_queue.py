"""The run queue: first in, first out, limited, cancelable, and on hold after a restart."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.e2e.harness import Server, wait_for
from tests.fakes.fake_k6_factory import make_fake_k6

pytestmark = pytest.mark.k6
UNREACHABLE = "http://127.0.0.1:9"


@pytest.fixture
def busy(make_server: Callable[..., Server], tmp_path: Path) -> Server:
    """A server whose queue has room for two runs. Its runs end when a test calls `finish`."""
    server = make_server(make_fake_k6(tmp_path, "wait"), QUEUE_LIMIT="2")
    server.endpoints({"name": "ListProducts"})
    server.start()
    return server


def queued_runs(server: Server) -> list[str]:
    return [run["run_id"] for run in server.get("/run/status")["queue"]]


def test_queued_runs_start_in_order_one_after_the_other(busy: Server) -> None:
    runs = [busy.run(UNREACHABLE, queue=True, label=str(n)) for n in range(3)]
    assert busy.record(runs[0])["status"] != "queued"
    assert queued_runs(busy) == runs[1:]
    records = [busy.finish(run_id) for run_id in runs]
    assert [record["status"] for record in records] == ["finished"] * 3
    for before, after in pairwise(records):
        assert before["ended_at"] <= after["started_at"]
    assert [run["run_id"] for run in busy.get("/runs")] == runs[::-1]


def test_without_queue_a_second_start_is_rejected_and_names_the_live_run(busy: Server) -> None:
    live = busy.run(UNREACHABLE)
    response = busy.call("POST", "/run/start", {"profile": "smoke", "base_url": UNREACHABLE})
    assert response.status_code == 409
    assert live in response.json()["detail"]
    assert response.json()["run_id"] == live
    assert [run["run_id"] for run in busy.get("/runs")] == [live]
    busy.finish(live)


def test_a_full_queue_rejects_a_run_until_one_is_canceled(busy: Server) -> None:
    live, second, third = (busy.run(UNREACHABLE, queue=True) for _ in range(3))
    request = {"profile": "smoke", "base_url": UNREACHABLE, "queue": True}
    response = busy.call("POST", "/run/start", request)
    assert response.status_code == 409
    assert "The queue is full (2 of 2 runs)" in response.json()["detail"]
    assert busy.post("/run/stop", {"run_id": second})["status"] == "stopped"
    assert busy.record(second)["exit_reason"] == "canceled in the queue"
    assert busy.record(second)["total_reqs"] is None
    fourth = busy.post("/run/start", request)["run_id"]
    assert queued_runs(busy) == [third, fourth]
    assert [busy.finish(run_id)["status"] for run_id in (live, third, fourth)] == ["finished"] * 3
    assert busy.record(second)["status"] == "stopped"


@pytest.mark.parametrize("how", ["kill", "terminate"])
def test_after_a_restart_the_queue_is_on_hold(busy: Server, how: str) -> None:
    live, second = (
        busy.run(UNREACHABLE, queue=True),
        busy.run(UNREACHABLE, queue=True, auth_token="typed-for-this-run"),
    )
    getattr(busy, how)()
    busy.start()
    assert busy.finish(live)["status"] == "finished"
    status = busy.get("/run/status")
    assert (status["status"], status["queue_held"]) == ("idle", True)
    assert queued_runs(busy) == [second]
    busy.post("/run/continue")
    assert busy.get("/run/status")["queue_held"] is False
    wait_for(lambda: not queued_runs(busy), "the queue moves on")
    assert busy.finish(second)["status"] == "finished"


def test_a_queued_run_reads_the_endpoints_file_when_it_starts(busy: Server) -> None:
    first = busy.run(UNREACHABLE, queue=True)
    second = busy.run(UNREACHABLE, queue=True)
    busy.endpoints({"name": "Changed"})
    busy.finish(first)
    assert busy.finish(second)["status"] == "finished"
    assert "Changed" in busy.folder(second).path.joinpath("endpoints.json").read_text()


def test_a_queued_run_fails_if_its_endpoints_file_became_invalid(busy: Server) -> None:
    first = busy.run(UNREACHABLE, queue=True)
    second = busy.run(UNREACHABLE, queue=True)
    busy.endpoints_file.write_text("no longer JSON")
    busy.finish(first)
    record = busy.wait_until_ended(second)
    assert record["status"] == "failed"
    assert "is not valid JSON" in record["exit_reason"]


def test_the_next_run_may_start_as_soon_as_the_status_is_idle(
    make_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = make_server(make_fake_k6(tmp_path, "ok-0.1"))
    server.endpoints({"name": "ListProducts"})
    server.start()
    for _ in range(4):
        run_id = server.run(UNREACHABLE)
        wait_for(lambda: is_idle(server), "the run has ended", every_s=0)
        assert server.record(run_id)["status"] == "finished"


def is_idle(server: Server) -> bool:
    status = server.get("/run/status")
    assert (status["status"] == "idle") == (status["runs"] == [])
    return bool(status["status"] == "idle")
