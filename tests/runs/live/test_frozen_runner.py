"""A runner is frozen only if it is alive but does not do what is due."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dashboard.run_folder.files import ExitFile, PidFile, RunFile, RunFolder, StopFile, StopSentFile, iso
from dashboard.runner.processes import posix
from dashboard.runs.live.frozen_runner import MARGIN_S, FrozenRunnerDetector

DRAIN_S, GRACE_S, DEADLINE_S = 30.0, 60.0, 600.0
NOW_MS = int(time.time() * 1000)
STOP = StopFile(iso(NOW_MS), "asked")
SENT = StopSentFile(iso(NOW_MS), NOW_MS, stop_requested=True, timed_out=False)


def living(started_ms: int = NOW_MS) -> PidFile:
    return PidFile(*posix.own_identity(), os.getpid(), 6565, 20_000, iso(started_ms), started_ms, 1, None)


def dead() -> PidFile:
    return living()._replace(start_ticks=1)


def late() -> PidFile:
    return living(NOW_MS - int(DEADLINE_S * 1000))


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path)
    folder.write(RunFile("r", (), {}, "/", "b", 1.0, DEADLINE_S, GRACE_S, 1 << 20, drain_s=DRAIN_S))
    return folder


@pytest.mark.parametrize(
    ("files", "allowance_s"),
    [
        ([dead], 0.0),
        ([dead, lambda: STOP], 0.0),
        ([late], 0.0),
        ([living, lambda: STOP], DRAIN_S),
        ([lambda: STOP], DRAIN_S),
        ([living, lambda: STOP._replace(immediate=True)], 0.0),
        ([living, lambda: STOP, lambda: SENT], GRACE_S),
        ([late, lambda: SENT], GRACE_S),
    ],
    ids=["k6 exited", "stopped", "deadline", "drain", "no k6 yet", "immediate", "stop sent", "timed out"],
)
def test_a_runner_is_frozen_once_its_action_is_overdue(
    folder: RunFolder, files: list[Callable[[], Any]], allowance_s: float
) -> None:
    for make_file in files:
        folder.write(make_file())
    detector = FrozenRunnerDetector(folder)
    times = [100.0, 100.0 + allowance_s + MARGIN_S - 0.1, 100.0 + allowance_s + MARGIN_S]
    assert [detector.is_frozen(now) for now in times] == [False, False, True]


@pytest.mark.parametrize("is_over", [False, True], ids=["running", "over"])
def test_a_runner_with_nothing_due_is_not_frozen(folder: RunFolder, *, is_over: bool) -> None:
    folder.write(living())
    if is_over:
        folder.write(dead())
        folder.write(
            ExitFile(0, None, None, iso(NOW_MS), False, None, False, False, None, 1, 0, 0, None, None, False)
        )
    detector = FrozenRunnerDetector(folder)
    assert [detector.is_frozen(now) for now in (0.0, 1e6)] == [False, False]


def test_the_time_starts_anew_with_each_action(folder: RunFolder) -> None:
    folder.write(living())
    folder.write(STOP)
    detector = FrozenRunnerDetector(folder)
    assert not detector.is_frozen(0.0)
    folder.write(SENT)
    assert not detector.is_frozen(DRAIN_S + MARGIN_S)
    assert not detector.is_frozen(DRAIN_S + GRACE_S + MARGIN_S)
    assert detector.is_frozen(DRAIN_S + GRACE_S + 2 * MARGIN_S)
