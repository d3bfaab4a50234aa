"""A runner is killed at any moment and another one takes over: nothing lost, nothing twice, nobody else hurt."""

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
from tests.runner.conftest import Stage, seconds_between, wait_until

ASKED = StopFile("2026-11-21T10:15:00.000Z", "asked")


def kept(stage: Stage) -> int:
    return [entry["status"] for entry in stage.diary("push")].count(204)


def test_the_next_runner_takes_pushes_on_the_same_port(stage: Stage) -> None:
    stage.fake("ok-3")
    stage.start()
    wait_until(lambda: stage.diary("push"))
    stage.kill_runner()
    wait_until(lambda: any(entry["status"] == 0 for entry in stage.diary("push")))
    before = kept(stage)
    port = stage.pid.receiver_port
    ended = stage.finish()
    assert (ended.exit_code, ended.signal, ended.rescued) == (None, None, True)
    assert stage.pid.receiver_port == port
    assert kept(stage) > before
    assert stage.numbers() == list(range(1, kept(stage) + 1))
    assert ended.records == kept(stage)
    assert len(stage.diary("run")) == 1
    assert (ended.cpu_s or 0) > 0
    assert (ended.max_rss_bytes or 0) > 0


@pytest.mark.parametrize("seed", range(8))
def test_a_runner_killed_at_any_moment_loses_no_push_that_it_answered(stage: Stage, seed: int) -> None:
    rng = random.Random(seed)
    stage.fake("ok-1.5")
    while True:
        runner = stage.start()
        try:
            runner.wait(rng.choice([rng.uniform(0.02, 0.12), rng.uniform(0.1, 1.0)]))
        except subprocess.TimeoutExpired:
            stage.kill_runner()
            continue
        break
    assert stage.exit.start_error is None
    assert len(stage.diary("run")) == 1
    numbers = stage.numbers()
    assert numbers == list(range(1, len(numbers) + 1))
    # one push at most may be on the disk without its answer, for each runner that was killed
    assert kept(stage) <= len(numbers) <= kept(stage) + len(stage.runners)
    assert stage.exit.records == len(numbers)
    assert stage.k6_pids() == []


def test_a_k6_that_died_with_its_runner_is_brought_to_an_end(stage: Stage) -> None:
    stage.fake("ok-60")
    stage.start()
    wait_until(lambda: stage.diary("push"))
    stage.kill_runner()
    posix.send(posix.find_all(f"run_id={stage.run_id}")[0], signal.SIGKILL)
    wait_until(lambda: not stage.k6_pids())
    ended = stage.finish()
    assert (ended.exit_code, ended.rescued, ended.attempts) == (None, True, 1)
    assert ended.records == len(stage.numbers()) >= 1


def test_a_k6_that_was_never_recorded_is_found_by_its_tag(stage: Stage) -> None:
    stage.fake("ok-2")
    receiver, rest = ports.free_port(), ports.free_port()
    stage.folder.write(RunnerFile(1, 1, "boot", receiver, rest, rescued=False, started_at=iso(0)))
    stage.folder.console_log.touch()
    k6 = subprocess.Popen(
        [make_fake_k6(stage.path, "ok-2"), "run", "--tag", f"run_id={stage.run_id}"],
        cwd=stage.path,
        env={
            "K6_PROMETHEUS_RW_SERVER_URL": f"http://127.0.0.1:{receiver}/push",
            "K6_PROMETHEUS_RW_BEARER_TOKEN": "0123456789abcdef0123456789abcdef",
        },
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    wait_until(lambda: stage.diary("run"))
    ended = stage.finish()
    k6.wait(10)
    assert ended.rescued
    assert (stage.pid.pid, stage.pid.rest_port, stage.pid.receiver_port) == (k6.pid, rest, receiver)
    assert abs(stage.pid.started_ms - time.time() * 1000) < 10_000
    assert ended.records == kept(stage) > 0
    assert len(stage.diary("run")) == 1


def test_traces_of_an_earlier_k6_are_enough_to_start_none(stage: Stage) -> None:
    stage.fake("ok")
    stage.folder.console_log.write_text('{"level": "info", "msg": "once upon a time"}\n')
    ended = stage.finish()
    assert (ended.exit_code, ended.start_error, ended.rescued) == (None, None, True)
    assert stage.diary("run") == []


def test_a_rescued_run_can_be_stopped(stage: Stage) -> None:
    stage.fake("ok-60")
    stage.start()
    wait_until(lambda: stage.diary("push"))
    stage.kill_runner()
    stage.folder.write(ASKED)
    ended = stage.finish()
    assert (ended.stop_requested, ended.killed, ended.rescued) == (True, False, True)
    assert [entry["number"] for entry in stage.diary("signal")] == [signal.SIGTERM]
    assert stage.folder.summary.exists()


def test_a_stop_is_sent_once_even_by_two_runners(stage: Stage) -> None:
    stage.fake("ignore-term-60", stop_grace_s=2.0)
    stage.start()
    wait_until(lambda: stage.diary("push"))
    stage.folder.write(ASKED)
    wait_until(lambda: stage.folder.has(StopSentFile) and stage.diary("signal"))
    stage.kill_runner()
    ended = stage.finish()
    assert (ended.stop_requested, ended.killed, ended.rescued) == (True, True, True)
    assert [entry["number"] for entry in stage.diary("signal")] == [signal.SIGTERM]
    assert stage.k6_pids() == []


def test_the_watchdog_goes_on_from_the_start_of_k6(stage: Stage) -> None:
    stage.fake("ok-60", deadline_s=2.0)
    stage.start()
    wait_until(lambda: stage.diary("push"))
    stage.kill_runner()
    wait_until(lambda: time.time() * 1000 > stage.pid.started_ms + 1500)
    ended = stage.finish()
    assert (ended.timed_out, ended.stop_requested, ended.rescued) == (True, False, True)
    assert 1.9 <= seconds_between(ended.started_at, ended.stop_sent_at) < 3.4


def test_the_grandchildren_of_a_dead_k6_are_gone_too(stage: Stage) -> None:
    stage.fake("fork")
    stage.start()
    wait_until(lambda: stage.diary("forked"))
    stage.kill_runner()
    k6 = stage.pid
    wait_until(lambda: posix.identify(k6.pid) is None or not posix.is_alive(identity_of(k6)))
    assert len(stage.forked()) == 2
    stage.finish()
    wait_until(lambda: not stage.forked())


def test_a_rescue_deletes_the_secrets(stage: Stage) -> None:
    stage.fake("hang")
    stage.folder.write(SecretsFile({"AUTH_TOKEN": "secret"}))
    stage.start()
    assert stage.pid
    stage.kill_runner()
    assert stage.folder.has(SecretsFile)
    stage.start()
    wait_until(lambda: not stage.folder.has(SecretsFile))


@pytest.mark.parametrize("change", [{"start_ticks": 1}, {"boot_id": "another boot"}])
def test_a_stranger_with_the_same_pid_is_never_signalled(stage: Stage, change: dict[str, object]) -> None:
    stage.fake("ok")
    code = "import signal, time; signal.signal(signal.SIGTERM, lambda *_: exit(3)); time.sleep(600)"
    stranger = subprocess.Popen([sys.executable, "-c", code], process_group=0)
    try:
        identity = posix.identify(stranger.pid)
        assert identity is not None
        pid_file = PidFile(*identity, stranger.pid, 1, ports.free_port(), iso(0), 0, 1, None)
        stage.folder.write(pid_file._replace(**change))  # type: ignore[arg-type]
        stage.folder.write(ASKED)
        started = time.monotonic()
        ended = stage.finish()
        assert time.monotonic() - started < 2
        assert (ended.rescued, ended.stop_sent_at) == (True, None)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def identity_of(pid_file: PidFile) -> posix.ProcessIdentity:
    return posix.ProcessIdentity(pid_file.pid, pid_file.start_ticks, pid_file.boot_id)
