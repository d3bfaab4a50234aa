"""Stops: on request, at the deadline, of an unresponsive k6, before the start; one SIGTERM and no orphan."""

import os
import signal
from pathlib import Path

import pytest

from dashboard.run_folder.files import PidFile, SecretsFile, StopFile, StopSentFile
from tests.runner.conftest import RunnerHarness, wait_until

STOP_REQUEST = StopFile("2026-11-21T10:15:00.000Z", "asked")


def wait_for_start(harness: RunnerHarness) -> None:
    """Wait until k6 has installed its signal handlers."""
    wait_until(lambda: harness.k6_events("run") and harness.folder.has(PidFile))
    wait_until(lambda: harness.k6_events("push") or harness.folder.console_log.stat().st_size)


def test_a_stop_request_ends_a_run_gracefully(harness: RunnerHarness) -> None:
    harness.fake("ok-60")
    harness.start()
    wait_for_start(harness)
    harness.folder.write(STOP_REQUEST)
    ended = harness.wait()
    assert (ended.exit_code, ended.stop_requested, ended.killed, ended.timed_out) == (105, True, False, False)
    assert ended.stop_sent_at is not None
    assert [entry["number"] for entry in harness.k6_events("signal")] == [signal.SIGTERM]
    assert harness.folder.summary.exists()


def test_sigterm_to_the_runner_is_a_stop_request(harness: RunnerHarness) -> None:
    harness.fake("ok-60")
    runner = harness.start()
    wait_for_start(harness)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGTERM):
        os.kill(runner.pid, number)
    ended = harness.wait()
    assert (ended.exit_code, ended.stop_requested) == (105, True)
    assert [entry["number"] for entry in harness.k6_events("signal")] == [signal.SIGTERM]


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_the_runner_ignores_terminal_signals(harness: RunnerHarness, number: signal.Signals) -> None:
    harness.fake("ok-1")
    runner = harness.start()
    wait_for_start(harness)
    os.kill(runner.pid, number)
    assert harness.wait().exit_code == 0
    assert harness.k6_events("signal") == []


def test_k6_inherits_no_ignored_signal(harness: RunnerHarness) -> None:
    harness.fake("slow-start-60")
    harness.start()
    wait_until(lambda: harness.k6_events("run"))
    ignored = read_signals(harness.pid.pid, "SigIgn")
    assert ignored & {signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGCHLD} == set()


def test_a_stop_before_the_start_prevents_the_start(harness: RunnerHarness) -> None:
    harness.fake("ok")
    harness.folder.write(SecretsFile({"AUTH_TOKEN": "secret"}))
    harness.folder.write(STOP_REQUEST)
    ended = harness.finish()
    assert (ended.exit_code, ended.start_error, ended.stop_requested, ended.attempts) == (None, None, True, 0)
    assert harness.k6_events("run") == []
    assert not harness.folder.has(SecretsFile)


def test_a_stop_during_the_start_kills_k6_with_sigterm(harness: RunnerHarness) -> None:
    harness.fake("slow-start-60")
    harness.start()
    wait_until(lambda: harness.k6_events("run"))
    harness.folder.write(STOP_REQUEST)
    ended = harness.wait()
    assert (ended.exit_code, ended.signal, ended.stop_requested) == (None, signal.SIGTERM, True)


def test_an_unresponsive_k6_is_killed_after_its_grace_period(harness: RunnerHarness) -> None:
    harness.fake("hang", stop_grace_s=0.5)
    harness.start()
    wait_until(lambda: harness.k6_events("run"))
    wait_until(lambda: signal.SIGTERM in read_signals(harness.pid.pid, "SigCgt"))
    harness.folder.write(STOP_REQUEST)
    ended = harness.wait()
    assert (ended.exit_code, ended.signal, ended.killed) == (None, signal.SIGKILL, True)
    assert [entry["number"] for entry in harness.k6_events("signal")] == [signal.SIGTERM]
    assert harness.k6_pids() == []


def test_a_k6_that_exits_within_its_grace_period_is_not_killed(harness: RunnerHarness) -> None:
    harness.fake("ignore-term-1")
    harness.start()
    wait_for_start(harness)
    harness.folder.write(STOP_REQUEST)
    ended = harness.wait()
    assert (ended.exit_code, ended.stop_requested, ended.killed) == (0, True, False)
    assert [entry["number"] for entry in harness.k6_events("signal")] == [signal.SIGTERM]


def test_a_run_is_stopped_at_its_deadline(harness: RunnerHarness) -> None:
    harness.fake("ok-60", deadline_s=1.0)
    ended = harness.finish()
    assert (ended.exit_code, ended.timed_out, ended.stop_requested, ended.killed) == (105, True, False, False)


def test_an_unresponsive_k6_is_killed_after_its_deadline(harness: RunnerHarness) -> None:
    harness.fake("hang", deadline_s=2.0, stop_grace_s=0.5)
    ended = harness.finish()
    assert (ended.signal, ended.timed_out, ended.killed) == (signal.SIGKILL, True, True)
    assert harness.k6_pids() == []


def test_a_stop_that_cannot_be_recorded_is_still_sent(harness: RunnerHarness) -> None:
    harness.fake("ok-60")
    harness.start()
    # once the runner has acknowledged a push, it has already looked for stop-sent.json
    wait_until(lambda: harness.k6_events("push"))
    harness.folder.path_of(StopSentFile).mkdir()  # the rename fails
    harness.folder.write(STOP_REQUEST)
    ended = harness.wait()
    assert (ended.exit_code, ended.stop_sent_at is not None) == (105, True)


def read_signals(pid: int, mask: str) -> set[int]:
    """Read the signals of one mask in /proc/<pid>/status."""
    text = Path(f"/proc/{pid}/status").read_text()
    bits = int(text.partition(f"{mask}:")[2].split()[0], 16)
    return {number for number in range(1, 65) if bits >> (number - 1) & 1}
