"""`kill -9` of k6, the runner, the server, or all: the run ends with everything that was written to disk."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Any

import psutil
import pytest

from dashboard.engine.remote_write import decode, labels_of
from dashboard.run_folder.files import ExitFile, PidFile, RunFolder, SecretsFile
from dashboard.run_folder.push_log import LogPosition, read_from
from dashboard.runs.live.frozen_runner import MARGIN_S
from tests.e2e.figures import answered_by_op, assert_counts_agree, counts, counts_by_op
from tests.e2e.harness import Server, Shop, kill_all, processes_of, wait_for

pytestmark = pytest.mark.k6
END_TIMEOUT_S = 15.0
STOP_GRACE_S = 30.0
EARLY = 0
SEEDS = (EARLY, 2, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 20)))
moments = pytest.mark.parametrize("seed", SEEDS)
LOST_WITH_RUNNER = "the run ended; its exit code was lost because its runner was killed"
UNWATCHED = "k6 ended while no runner was watching it, before its final push"
KILLED = "k6 was killed by signal 9; it may have run out of memory"
NEVER_STARTED = "the run ended before k6 was started"


def find(server: Server, run_id: str, name: str) -> list[psutil.Process]:
    """Return the running k6 or runner of a run."""
    arguments = {"k6": f"run_id={run_id}", "runner": "dashboard.runner"}
    return [p for p in processes_of(server.folder(run_id).path) if arguments[name] in p.info["cmdline"]]


def kill(server: Server, run_id: str, victims: Sequence[str], seed: int) -> None:
    """Kill the `victims` that are running, in this order: with the seed EARLY as soon as the first one is running,
    otherwise at a random moment."""
    first = next(victim for victim in victims if victim != "server")
    wait_for(lambda: find(server, run_id, first), f"the {first} is running", every_s=0.001)
    if seed != EARLY:
        time.sleep(random.Random(seed).uniform(0.1, 4.5))
    for victim in victims:
        if victim == "server":
            server.kill()
        else:
            kill_all(find(server, run_id, victim))


def wait_for_end(server: Server, run_id: str) -> dict[str, Any]:
    """Return the final record. Asserts that no process or secret is left and that all figures agree."""
    record = server.wait_until_ended(run_id, within_s=END_TIMEOUT_S)
    folder = server.folder(run_id)
    wait_for(lambda: not processes_of(folder.path), "runner and k6 have exited", within_s=5)
    assert not folder.has(SecretsFile)
    recorded = counts([record])
    if record["total_reqs"]:
        assert assert_counts_agree(server, run_id) == recorded
    assert recorded.get("requests", 0) == count_requests_on_disk(folder)
    return record


def count_requests_on_disk(folder: RunFolder) -> int:
    """Count the requests in the push log: the sum of the newest counts of all duration series."""
    newest: dict[bytes, int] = {}
    position = LogPosition()
    while (batch := read_from(folder.path, position, ended=True)).records:
        position = batch.position
        for record in batch.records:
            for point in decode(record.body):
                if point.histogram and labels_of(point.raw)["__name__"] == "k6_http_req_duration_seconds":
                    newest[point.key] = point.histogram.count
    return sum(newest.values())


@moments
def test_a_killed_k6_fails_the_run_with_the_reason(server: Server, shop: Shop, seed: int) -> None:
    run_id = server.run(shop.url, duration="60s", auth_token="demo-token")
    kill(server, run_id, ["k6"], seed)
    record = wait_for_end(server, run_id)
    assert (record["status"], record["exit_reason"]) == ("failed", KILLED)
    assert record["samples_lost"] is True


@moments
def test_a_killed_runner_is_replaced_and_no_request_is_lost(server: Server, shop: Shop, seed: int) -> None:
    run_id = server.run(shop.url, duration="6s", auth_token="demo-token")
    kill(server, run_id, ["runner"], seed)
    record = wait_for_end(server, run_id)
    if not server.folder(run_id).has(PidFile):
        assert (record["status"], record["exit_reason"]) == ("failed", NEVER_STARTED)
        assert shop.counters()["received"] == 0
        return
    assert (record["status"], record["exit_code"]) == ("finished", None)
    assert record["exit_reason"] == LOST_WITH_RUNNER
    assert record["samples_lost"] is False
    assert counts_by_op(server, run_id) == answered_by_op(shop)
    assert "run.runner_rescued" in server.events(run_id)


@moments
@pytest.mark.parametrize("victims", [("runner", "k6"), ("k6", "runner")], ids="-".join)
def test_without_k6_and_runner_the_run_is_interrupted(
    server: Server, shop: Shop, victims: tuple[str, ...], seed: int
) -> None:
    run_id = server.run(shop.url, duration="60s", auth_token="demo-token")
    kill(server, run_id, victims, seed)
    assert_reason_matches_files(server, wait_for_end(server, run_id))


@moments
@pytest.mark.parametrize("victims", [("server", "runner", "k6"), ("k6", "server", "runner")], ids="-".join)
def test_when_everything_is_killed_the_next_start_completes_the_run(
    server: Server, shop: Shop, victims: tuple[str, ...], seed: int
) -> None:
    run_id = server.run(shop.url, duration="60s", auth_token="demo-token")
    kill(server, run_id, victims, seed)
    server.start()
    assert_reason_matches_files(server, wait_for_end(server, run_id))


def assert_reason_matches_files(server: Server, record: dict[str, Any]) -> None:
    """Check the reason. The runner may have been killed before it started k6, or after it recorded how k6 ended."""
    folder = server.folder(record["run_id"])
    exit_file = folder.read(ExitFile)
    if not folder.has(PidFile):
        assert (record["status"], record["exit_reason"]) == ("failed", NEVER_STARTED)
    elif exit_file and exit_file.signal:
        assert (record["status"], record["exit_reason"]) == ("failed", KILLED)
    else:
        assert (record["status"], record["exit_reason"]) == ("interrupted", UNWATCHED)
    assert record["samples_lost"] is not False


@pytest.mark.parametrize(
    ("frozen", "status"),
    [(["runner"], "stopped"), (["runner", "k6"], "interrupted")],
    ids=["runner", "runner and k6"],
)
def test_a_run_can_be_stopped_while_its_runner_is_frozen(
    server: Server, shop: Shop, frozen: list[str], status: str
) -> None:
    run_id = server.run(shop.url, duration="60s", auth_token="demo-token")
    server.wait_for_snapshots(run_id)
    processes = [process for name in frozen for process in find(server, run_id, name)]
    for process in processes:
        process.suspend()
    server.post("/run/stop")
    record = server.wait_until_ended(run_id, within_s=MARGIN_S + STOP_GRACE_S + END_TIMEOUT_S)
    assert record["status"] == status
    assert not processes_of(server.folder(run_id).path)
