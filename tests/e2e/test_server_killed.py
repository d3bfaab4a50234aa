"""The server may die at any moment: its next start finds the run, and not one request is missing or doubled."""

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
from tests.e2e.figures import agreed, answered, operations
from tests.e2e.harness import LIVE, Server, Shop, wait_for
from tests.fakes.fake_k6 import REQUESTS_PER_PUSH
from tests.fakes.fake_k6_factory import make_fake_k6, read_events

pytestmark = pytest.mark.k6
KILLS, MANY_KILLS = 20, 200
SEED = 20_261_121
ADOPTED_S, ADOPTED_ON_A_BUSY_MACHINE_S = 5.0, 15.0
GONE_S = 5.0
ANSWERED = 204


@pytest.mark.timeout(400)
def test_kill_9_at_20_random_moments_loses_and_doubles_nothing(server: Server, shop: Shop) -> None:
    kill_in_several_runs(server, shop, kills=KILLS, duration="12s")


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_kill_9_at_200_random_moments_loses_and_doubles_nothing(server: Server, shop: Shop) -> None:
    kill_in_several_runs(server, shop, kills=MANY_KILLS, duration="45s")


def kill_in_several_runs(server: Server, shop: Shop, *, kills: int, duration: str) -> None:
    adopted: list[float] = []
    for seed in itertools.count(SEED):
        shop.reset()
        run_id = server.run(shop.url, vus=2, duration=duration)
        adopted += kill_again_and_again(server, run_id, random.Random(seed))
        record = server.wait_until_ended(run_id)
        print(f"seed {seed}: {len(adopted)} kills so far, adopted after {max(adopted):.2f} s at worst")
        assert (record["status"], record["exit_code"], record["samples_lost"]) == ("finished", 0, False)
        agreed(server, run_id)
        assert operations(server, run_id) == answered(shop)
        assert median(adopted) < ADOPTED_S
        assert max(adopted) < ADOPTED_ON_A_BUSY_MACHINE_S
        if len(adopted) >= kills:
            return


def kill_again_and_again(server: Server, run_id: str, rng: random.Random) -> list[float]:
    """From the first moment of a run to its end; the seconds of each start until the run was adopted."""
    adopted: list[float] = []
    for pause_s in moments(server, run_id, rng):
        time.sleep(pause_s)
        server.kill()
        adopted.append(server.start())
        known = {run["run_id"] for run in server.get("/run/status")["runs"]}
        assert run_id in known or server.record(run_id)["status"] not in LIVE
    return adopted


def moments(server: Server, run_id: str, rng: random.Random) -> Iterator[float]:
    """Before k6 has a pid, before its first push, any time, and while the end is taken in."""
    yield from (rng.uniform(0, 0.03), rng.uniform(0, 0.5))
    while not server.folder(run_id).has(ExitFile):
        yield rng.uniform(0, 1.0)
    yield from (rng.uniform(0, 0.2), rng.uniform(0, 0.2))


@pytest.mark.parametrize("seed", [SEED])
def test_kills_around_checkpoints_lose_and_double_nothing(
    make_server: Callable[..., Server], tmp_path: Path, seed: int
) -> None:
    """The fake k6 pushes every 0.2 s, so that a checkpoint comes every 3 s."""
    server = make_server(make_fake_k6(tmp_path, "ok-9"))
    server.endpoints({"name": "ListProducts"})
    server.start()
    run_id = server.run("http://127.0.0.1:9")
    adopted = kill_again_and_again(server, run_id, random.Random(seed))
    record = server.wait_until_ended(run_id)
    pushes = read_events(server.folder(run_id).path, "push")
    print(f"seed {seed}: {len(adopted)} kills within {len(pushes)} pushes")
    assert {push["status"] for push in pushes} == {ANSWERED}
    assert (record["status"], record["samples_lost"]) == ("finished", False)
    assert agreed(server, run_id)["requests"] == (len(pushes) - 1) * REQUESTS_PER_PUSH
    assert operations(server, run_id).keys() == {"ListProducts"}


def test_sigterm_ends_the_server_and_leaves_k6_at_work(server: Server, shop: Shop) -> None:
    run_id = server.run(shop.url, duration="6s")
    server.wait_for_snapshots(run_id)
    with requests.get(f"{server.url}/stream?topics=runs", stream=True, timeout=30) as stream:
        first = next(stream.iter_lines())
        gone_s = server.terminate()
    print(f"gone {gone_s:.2f} s after SIGTERM, with a stream open")
    assert first
    assert gone_s < GONE_S
    assert server.process is not None
    assert server.process.returncode == 0
    assert not (server.data_dir / "server.json").exists()
    before = shop.counters()["received"]
    wait_for(lambda: shop.counters()["received"] > before, "k6 goes on")
    server.start()
    record = server.wait_until_ended(run_id)
    assert (record["status"], record["exit_code"], record["samples_lost"]) == ("finished", 0, False)
    assert "run.adopted" in server.events(run_id)
    agreed(server, run_id)
    assert operations(server, run_id) == answered(shop)


def test_a_run_that_ended_while_no_server_was_there_is_completed(server: Server, shop: Shop) -> None:
    run_id = server.run(shop.url, duration="2s")
    server.kill()
    wait_for(lambda: server.folder(run_id).has(ExitFile), "k6 has ended", within_s=30)
    server.start()
    record = server.wait_until_ended(run_id)
    assert (record["status"], record["exit_code"], record["samples_lost"]) == ("finished", 0, False)
    assert record["percentiles_from"] == "exact"
    agreed(server, run_id)
    assert operations(server, run_id) == answered(shop)


@pytest.mark.parametrize("restart_at_once", [True, False])
def test_a_stop_asked_just_before_the_server_dies_happens_once(
    server: Server, shop: Shop, restart_at_once: bool
) -> None:
    run_id = server.run(shop.url, duration="60s")
    server.wait_for_snapshots(run_id)
    server.post("/run/stop", {"run_id": run_id})
    server.kill()
    if not restart_at_once:
        wait_for(lambda: server.folder(run_id).has(ExitFile), "the stop was carried out", within_s=10)
    server.start()
    record = server.wait_until_ended(run_id)
    assert (record["status"], record["exit_code"]) == ("stopped", 105)
    assert stops_of(server.folder(run_id).runner_log.read_text().splitlines()) == 1
    total = agreed(server, run_id)["requests"]
    assert total <= shop.counters()["received"] <= total + record["requests_cut"]
    assert (again := server.call("POST", "/run/stop", {"run_id": run_id})).status_code == 409, again.text


def stops_of(log: Iterable[str]) -> int:
    return sum("stopping k6" in line for line in log)
