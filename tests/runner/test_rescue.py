"""A runner is killed at any moment and another one takes over: no push is lost or duplicated."""

import random
import signal
import subprocess
import sys
import time

import pytest

from dashboard.run_folder.files import (
    PidFile,
    RunnerFile,
    SecretsFile,
    StopFile,
    StopSentFile,
    iso,
)
from dashboard.runner import ports
from dashboard.runner.processes import posix
from tests.fakes.fake_k6_factory import make_fake_k6
from tests.runner.conftest import RunnerHarness, seconds_between, wait_until

STOP_REQUEST = StopFile("2026-11-21T10:15:00.000Z", "asked")


def count_acknowledged(harness: RunnerHarness) -> int:
    """Count the pushes that a runner has acknowledged."""
    return [entry["status"] for entry in harness.k6_events("push")].count(204)


def test_the_next_runner_receives_pushes_on_the_same_port(harness: RunnerHarness) -> None:
    harness.fake("ok-3")
    harness.start()
    wait_until(lambda: harness.k6_events("push"))
    harness.kill_runner()
    wait_until(lambda: any(entry["status"] == 0 for entry in harness.k6_events("push")))
    before = count_acknowledged(harness)
    port = harness.pid.receiver_port
    ended = harness.finish()
    assert (ended.exit_code, ended.signal, ended.rescued) == (None, None, True)
    assert harness.pid.receiver_port == port
    assert count_acknowledged(harness) > before
    assert harness.record_numbers() == list(range(1, count_acknowledged(harness) + 1))
    assert ended.records == count_acknowledged(harness)
    assert len(harness.k6_events("run")) == 1
    assert (ended.cpu_s or 0) > 0
    assert (ended.max_rss_bytes or 0) > 0


@pytest.mark.parametrize("seed", range(8))
def test_a_runner_killed_at_any_moment_loses_no_acknowledged_push(harness: RunnerHarness, seed: int) -> None:
    rng = random.Random(seed)
    harness.fake("ok-1.5")
    while True:
        runner = harness.start()
        try:
            runner.wait(rng.choice([rng.uniform(0.02, 0.12), rng.uniform(0.1, 1.0)]))
        except subprocess.TimeoutExpired:
            harness.kill_runner()
            continue
        break
    assert harness.exit.start_error is None
    assert len(harness.k6_events("run")) == 1
    numbers = harness.record_numbers()
    assert numbers == list(range(1, len(numbers) + 1))
    # each killed runner may have stored at most one push without acknowledging it
    assert count_acknowledged(harness) <= len(numbers) <= count_acknowledged(harness) + len(harness.runners)
    assert harness.exit.records == len(numbers)
    assert harness.k6_pids() == []


def test_the_run_of_a_k6_that_died_with_its_runner_is_finished(harness: RunnerHarness) -> None:
    harness.fake("ok-60")
    harness.start()
    wait_until(lambda: harness.k6_events("push"))
    harness.kill_runner()
    posix.send(posix.find_all(f"run_id={harness.run_id}")[0], signal.SIGKILL)
    wait_until(lambda: not harness.k6_pids())
    ended = harness.finish()
    assert (ended.exit_code, ended.rescued, ended.attempts) == (None, True, 1)
    assert ended.records == len(harness.record_numbers()) >= 1


def test_a_k6_without_pid_json_is_found_by_its_tag(harness: RunnerHarness) -> None:
    harness.fake("ok-2")
    receiver, rest = ports.free_port(), ports.free_port()
    harness.folder.write(RunnerFile(1, 1, "boot", receiver, rest, rescued=False, started_at=iso(0)))
    harness.folder.console_log.touch()
    k6 = subprocess.Popen(
        [make_fake_k6(harness.path, "ok-2"), "run", "--tag", f"run_id={harness.run_id}"],
        cwd=harness.path,
        env={
            "K6_PROMETHEUS_RW_SERVER_URL": f"http://127.0.0.1:{receiver}/push",
            "K6_PROMETHEUS_RW_BEARER_TOKEN": harness.bearer,
        },
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    wait_until(lambda: harness.k6_events("run"))
    ended = harness.finish()
    k6.wait(10)
    assert ended.rescued
    assert (harness.pid.pid, harness.pid.rest_port, harness.pid.receiver_port) == (k6.pid, rest, receiver)
    assert abs(harness.pid.started_ms - time.time() * 1000) < 10_000
    assert ended.records == count_acknowledged(harness) > 0
    assert len(harness.k6_events("run")) == 1


def test_traces_of_an_earlier_k6_prevent_a_second_start(harness: RunnerHarness) -> None:
    harness.fake("ok")
    harness.folder.console_log.write_text('{"level": "info", "msg": "an earlier run"}\n')
    ended = harness.finish()
    assert (ended.exit_code, ended.start_error, ended.rescued) == (None, None, True)
    assert harness.k6_events("run") == []


def test_a_rescued_run_can_be_stopped(harness: RunnerHarness) -> None:
    harness.fake("ok-60")
    harness.start()
    wait_until(lambda: harness.k6_events("push"))
    harness.kill_runner()
    harness.folder.write(STOP_REQUEST)
    ended = harness.finish()
    assert (ended.stop_requested, ended.killed, ended.rescued) == (True, False, True)
    assert [entry["number"] for entry in harness.k6_events("signal")] == [signal.SIGTERM]
    assert harness.folder.summary.exists()


def test_two_runners_send_only_one_sigterm(harness: RunnerHarness) -> None:
    harness.fake("ignore-term-60", stop_grace_s=2.0)
    harness.start()
    wait_until(lambda: harness.k6_events("push"))
    harness.folder.write(STOP_REQUEST)
    wait_until(lambda: harness.folder.has(StopSentFile) and harness.k6_events("signal"))
    harness.kill_runner()
    ended = harness.finish()
    assert (ended.stop_requested, ended.killed, ended.rescued) == (True, True, True)
    assert [entry["number"] for entry in harness.k6_events("signal")] == [signal.SIGTERM]
    assert harness.k6_pids() == []


def test_the_deadline_counts_from_the_start_of_k6_after_a_takeover(harness: RunnerHarness) -> None:
    harness.fake("ok-60", deadline_s=2.0)
    harness.start()
    wait_until(lambda: harness.k6_events("push"))
    harness.kill_runner()
    wait_until(lambda: time.time() * 1000 > harness.pid.started_ms + 1500)
    ended = harness.finish()
    assert (ended.timed_out, ended.stop_requested, ended.rescued) == (True, False, True)
    assert 1.9 <= seconds_between(ended.started_at, ended.stop_sent_at) < 3.4


def test_the_grandchildren_of_a_dead_k6_are_killed(harness: RunnerHarness) -> None:
    harness.fake("fork")
    harness.start()
    wait_until(lambda: harness.k6_events("forked"))
    harness.kill_runner()
    k6 = harness.pid
    wait_until(lambda: posix.identify(k6.pid) is None or not posix.is_alive(identity_of(k6)))
    assert len(harness.living_grandchildren()) == 3
    harness.finish()
    wait_until(lambda: not harness.living_grandchildren())


def test_a_takeover_deletes_the_secrets(harness: RunnerHarness) -> None:
    harness.fake("hang")
    harness.folder.write(SecretsFile({"AUTH_TOKEN": "secret"}))
    harness.start()
    assert harness.pid
    harness.kill_runner()
    assert harness.folder.has(SecretsFile)
    harness.start()
    wait_until(lambda: not harness.folder.has(SecretsFile))


@pytest.mark.parametrize("change", [{"start_ticks": 1}, {"boot_id": "another boot"}])
def test_an_unrelated_process_with_the_same_pid_is_never_signaled(
    harness: RunnerHarness, change: dict[str, object]
) -> None:
    harness.fake("ok")
    code = "import signal, time; signal.signal(signal.SIGTERM, lambda *_: exit(3)); time.sleep(600)"
    unrelated = subprocess.Popen([sys.executable, "-c", code], process_group=0)
    try:
        identity = posix.identify(unrelated.pid)
        assert identity is not None
        pid_file = PidFile(*identity, unrelated.pid, 1, ports.free_port(), iso(0), 0, 1, None)
        harness.folder.write(pid_file._replace(**change))  # type: ignore[arg-type]
        harness.folder.write(STOP_REQUEST)
        started = time.monotonic()
        ended = harness.finish()
        assert time.monotonic() - started < 2
        assert (ended.rescued, ended.stop_sent_at) == (True, None)
        assert unrelated.poll() is None
    finally:
        unrelated.kill()
        unrelated.wait()


def identity_of(pid_file: PidFile) -> posix.ProcessIdentity:
    return posix.ProcessIdentity(pid_file.pid, pid_file.start_ticks, pid_file.boot_id)
