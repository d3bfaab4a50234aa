"""The server is killed at any moment. Its next start adopts the run, and no request is lost or counted twice."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median

import pytest
import requests

from dashboard.run_folder.files import ExitFile
from tests.e2e.figures import answered_by_op, assert_counts_agree, counts_by_op
from tests.e2e.harness import UNFINISHED, Server, Shop, wait_for
from tests.fakes.fake_k6 import REQUESTS_PER_PUSH
from tests.fakes.fake_k6_factory import make_fake_k6, read_events

pytestmark = pytest.mark.k6
SEED = 20_261_121
MAX_MEDIAN_START_S, MAX_START_S = 5.0, 15.0  # the maximum allows for a slow machine
MAX_SHUTDOWN_S = 5.0
ACCEPTED = 204


@pytest.mark.serial
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("kills", "duration"),
    [
        (5, "4s"),
        *(pytest.param(*repeated, marks=pytest.mark.long) for repeated in ((20, "12s"), (200, "45s"))),
    ],
)
def test_kills_at_random_moments_lose_and_duplicate_nothing(
    server: Server, shop: Shop, kills: int, duration: str
) -> None:
    starts_s: list[float] = []
    for seed in itertools.count(SEED):
        shop.reset()
        run_id = server.run(shop.url, vus=2, duration=duration)
        starts_s += kill_repeatedly(server, run_id, random.Random(seed))
        record = server.wait_until_ended(run_id)
        print(f"seed {seed}: {len(starts_s)} kills so far, slowest start {max(starts_s):.2f} s")
        assert (record["status"], record["exit_code"], record["samples_lost"]) == ("finished", 0, False)
        assert_counts_agree(server, run_id)
        assert counts_by_op(server, run_id) == answered_by_op(shop)
        assert median(starts_s) < MAX_MEDIAN_START_S
        assert max(starts_s) < MAX_START_S
        if len(starts_s) >= kills:
            return


def kill_repeatedly(server: Server, run_id: str, rng: random.Random) -> list[float]:
    """Kill and restart the server until the run has ended. Returns the seconds of each start."""
    starts_s: list[float] = []
    for pause_s in pauses(server, run_id, rng):
        time.sleep(pause_s)
        server.kill()
        starts_s.append(server.start())
        live = {run["run_id"] for run in server.get("/run/status")["runs"]}
        assert run_id in live or server.record(run_id)["status"] not in UNFINISHED
    return starts_s


def pauses(server: Server, run_id: str, rng: random.Random) -> Iterator[float]:
    """Pauses before the kills: before k6 has a PID, before its first push, at any time, and while the run ends."""
    yield from (rng.uniform(0, 0.03), rng.uniform(0, 0.5))
    while not server.folder(run_id).has(ExitFile):
        yield rng.uniform(0, 1.0)
    yield from (rng.uniform(0, 0.2), rng.uniform(0, 0.2))


@pytest.mark.parametrize("seed", [SEED])
def test_kills_around_checkpoints_lose_and_duplicate_nothing(
    make_server: Callable[..., Server], tmp_path: Path, seed: int
) -> None:
    """The fake k6 pushes every 0.2 s, so that a checkpoint is written every 3 s."""
    server = make_server(make_fake_k6(tmp_path, "ok-7"))
    server.endpoints({"name": "ListProducts"})
    server.start()
    run_id = server.run("http://127.0.0.1:9")
    kills = kill_repeatedly(server, run_id, random.Random(seed))
    record = server.wait_until_ended(run_id)
    pushes = read_events(server.folder(run_id).path, "push")
    print(f"seed {seed}: {len(kills)} kills within {len(pushes)} pushes")
    assert {push["status"] for push in pushes} == {ACCEPTED}
    assert (record["status"], record["samples_lost"]) == ("finished", False)
    assert assert_counts_agree(server, run_id)["requests"] == (len(pushes) - 1) * REQUESTS_PER_PUSH
    assert counts_by_op(server, run_id).keys() == {"ListProducts"}


def test_sigterm_ends_the_server_but_not_k6(server: Server, shop: Shop) -> None:
    run_id = server.run(shop.url, duration="6s")
    server.wait_for_snapshots(run_id)
    with requests.get(f"{server.url}/stream?topics=runs", stream=True, timeout=30) as stream:
        first = next(stream.iter_lines())
        shutdown_s = server.terminate()
    print(f"shut down {shutdown_s:.2f} s after SIGTERM, with an open stream")
    assert first
    assert shutdown_s < MAX_SHUTDOWN_S
    assert server.process is not None
    assert server.process.returncode == 0
    assert not (server.data_dir / "server.json").exists()
    before = shop.counters()["received"]
    wait_for(lambda: shop.counters()["received"] > before, "k6 continues")
    server.start()
    record = server.wait_until_ended(run_id)
    assert (record["status"], record["exit_code"], record["samples_lost"]) == ("finished", 0, False)
    assert "run.adopted" in server.events(run_id)
    assert_counts_agree(server, run_id)
    assert counts_by_op(server, run_id) == answered_by_op(shop)


def test_a_run_that_ended_while_no_server_was_running_is_completed(server: Server, shop: Shop) -> None:
    run_id = server.run(shop.url, duration="2s")
    server.kill()
    wait_for(lambda: server.folder(run_id).has(ExitFile), "k6 has ended", within_s=30)
    server.start()
    record = server.wait_until_ended(run_id)
    assert (record["status"], record["exit_code"], record["samples_lost"]) == ("finished", 0, False)
    assert record["percentiles_from"] == "exact"
    assert_counts_agree(server, run_id)
    assert counts_by_op(server, run_id) == answered_by_op(shop)


@pytest.mark.parametrize("restarts_during_stop", [True, False])
def test_a_stop_requested_just_before_the_server_is_killed_happens_once(
    server: Server, shop: Shop, restarts_during_stop: bool
) -> None:
    run_id = server.run(shop.url, duration="60s")
    server.wait_for_snapshots(run_id)
    server.post("/run/stop", {"run_id": run_id})
    server.kill()
    if not restarts_during_stop:
        wait_for(lambda: server.folder(run_id).has(ExitFile), "the stop was carried out", within_s=10)
    server.start()
    record = server.wait_until_ended(run_id)
    assert (record["status"], record["exit_code"]) == ("stopped", 105)
    assert count_stops(server.folder(run_id).runner_log.read_text().splitlines()) == 1
    total = assert_counts_agree(server, run_id)["requests"]
    assert total <= shop.counters()["received"] <= total + record["requests_cut"]
    assert (again := server.call("POST", "/run/stop", {"run_id": run_id})).status_code == 409, again.text


def count_stops(log: Iterable[str]) -> int:
    return sum("stopping k6" in line for line in log)
