"""Stopping: asked for, overdue, deaf, too early; always one SIGTERM, never an orphan."""

import os
import signal
from pathlib import Path

import pytest

from dashboard.run_folder.files import PidFile, SecretsFile, StopFile, StopSentFile
from tests.runner.conftest import Stage, wait_until

ASKED = StopFile("2026-11-21T10:15:00.000Z", "asked")


def started(stage: Stage) -> None:
    """k6 has its signal handlers."""
    wait_until(lambda: stage.diary("run") and stage.folder.has(PidFile))
    wait_until(lambda: stage.diary("push") or stage.folder.console_log.stat().st_size)


def test_a_stop_ends_a_run_in_order(stage: Stage) -> None:
    stage.fake("ok-60")
    stage.start()
    started(stage)
    stage.folder.write(ASKED)
    ended = stage.ended()
    assert (ended.exit_code, ended.stop_requested, ended.killed, ended.timed_out) == (105, True, False, False)
    assert ended.stop_sent_at is not None
    assert [entry["number"] for entry in stage.diary("signal")] == [signal.SIGTERM]
    assert stage.folder.summary.exists()


def test_sigterm_of_the_runner_is_a_stop(stage: Stage) -> None:
    stage.fake("ok-60")
    runner = stage.start()
    started(stage)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGTERM):
        os.kill(runner.pid, number)
    ended = stage.ended()
    assert (ended.exit_code, ended.stop_requested) == (105, True)
    assert [entry["number"] for entry in stage.diary("signal")] == [signal.SIGTERM]


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_the_runner_ignores_what_a_terminal_sends(stage: Stage, number: signal.Signals) -> None:
    stage.fake("ok-1")
    runner = stage.start()
    started(stage)
    os.kill(runner.pid, number)
    assert stage.ended().exit_code == 0
    assert stage.diary("signal") == []


def test_k6_inherits_no_ignored_signal(stage: Stage) -> None:
    stage.fake("slow-start-60")
    stage.start()
    wait_until(lambda: stage.diary("run"))
    ignored = signals(stage.pid.pid, "SigIgn")
    assert ignored & {signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGCHLD} == set()


def test_a_stop_before_the_start_starts_nothing(stage: Stage) -> None:
    stage.fake("ok")
    stage.folder.write(SecretsFile({"AUTH_TOKEN": "secret"}))
    stage.folder.write(ASKED)
    ended = stage.finish()
    assert (ended.exit_code, ended.start_error, ended.stop_requested, ended.attempts) == (None, None, True, 0)
    assert stage.diary("run") == []
    assert not stage.folder.has(SecretsFile)


def test_a_stop_while_k6_starts_ends_it_by_the_signal(stage: Stage) -> None:
    stage.fake("slow-start-60")
    stage.start()
    wait_until(lambda: stage.diary("run"))
    stage.folder.write(ASKED)
    ended = stage.ended()
    assert (ended.exit_code, ended.signal, ended.stop_requested) == (None, signal.SIGTERM, True)


def test_a_deaf_k6_is_killed_after_its_grace(stage: Stage) -> None:
    stage.fake("hang", stop_grace_s=0.5)
    stage.start()
    wait_until(lambda: stage.diary("run"))
    wait_until(lambda: signal.SIGTERM in signals(stage.pid.pid, "SigCgt"))
    stage.folder.write(ASKED)
    ended = stage.ended()
    assert (ended.exit_code, ended.signal, ended.killed) == (None, signal.SIGKILL, True)
    assert [entry["number"] for entry in stage.diary("signal")] == [signal.SIGTERM]
    assert stage.k6_pids() == []


def test_a_k6_that_ends_within_its_grace_is_not_killed(stage: Stage) -> None:
    stage.fake("ignore-term-1")
    stage.start()
    started(stage)
    stage.folder.write(ASKED)
    ended = stage.ended()
    assert (ended.exit_code, ended.stop_requested, ended.killed) == (0, True, False)
    assert [entry["number"] for entry in stage.diary("signal")] == [signal.SIGTERM]


def test_the_watchdog_stops_what_is_overdue(stage: Stage) -> None:
    stage.fake("ok-60", deadline_s=1.0)
    ended = stage.finish()
    assert (ended.exit_code, ended.timed_out, ended.stop_requested, ended.killed) == (105, True, False, False)


def test_the_watchdog_kills_what_is_overdue_and_deaf(stage: Stage) -> None:
    stage.fake("hang", deadline_s=0.5, stop_grace_s=0.5)
    ended = stage.finish()
    assert (ended.signal, ended.timed_out, ended.killed) == (signal.SIGKILL, True, True)
    assert stage.k6_pids() == []


def test_a_stop_that_cannot_be_recorded_is_sent_all_the_same(stage: Stage) -> None:
    stage.fake("ok-60")
    stage.start()
    started(stage)
    stage.folder.path_of(StopSentFile).mkdir()  # the rename fails
    stage.folder.write(ASKED)
    ended = stage.ended()
    assert (ended.exit_code, ended.stop_sent_at is not None) == (105, True)


def signals(pid: int, mask: str) -> set[int]:
    """The signals in one of the masks of /proc/<pid>/status."""
    text = Path(f"/proc/{pid}/status").read_text()
    bits = int(text.partition(f"{mask}:")[2].split()[0], 16)
    return {number for number in range(1, 65) if bits >> (number - 1) & 1}
