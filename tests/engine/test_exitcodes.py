"""Every way to end has a status and words."""

import pytest

from dashboard.engine.exitcodes import Ending, status_of
from dashboard.model.run import RunStatus

FINISHED, FAILED = RunStatus.FINISHED, RunStatus.FAILED
STOPPED, INTERRUPTED = RunStatus.STOPPED, RunStatus.INTERRUPTED


@pytest.mark.parametrize(
    ("ending", "status", "words"),
    [
        (Ending(exit_code=0), FINISHED, "planned end"),
        (Ending(exit_code=99), FINISHED, "threshold"),
        (Ending(exit_code=110), FINISHED, "marked"),
        (Ending(exit_code=105, stop_requested=True), STOPPED, "on request"),
        (Ending(exit_code=105), INTERRUPTED, "did not ask"),
        (Ending(exit_code=103), INTERRUPTED, "REST"),
        (Ending(exit_code=108), STOPPED, "aborted"),
        *((Ending(exit_code=code), FAILED, "") for code in (97, 98, 100, 101, 102, 104, 106, 107, 109, 255)),
        (Ending(exit_code=42), FAILED, "code 42"),
        (Ending(exit_code=2), FAILED, "k6 crashed"),
        (Ending(signal=9), FAILED, "out of memory"),
        (Ending(signal=15, stop_requested=True), STOPPED, "on request"),
        (Ending(killed=True, stop_requested=True, signal=9), STOPPED, "killed"),
        (Ending(timed_out=True, killed=True), INTERRUPTED, "planned end"),
        (Ending(start_error="no such file"), FAILED, "no such file"),
        (Ending(spawned=False, stop_requested=True), STOPPED, "before k6"),
        (Ending(spawned=False), FAILED, "before k6"),
        (Ending(orderly=True), FINISHED, "exit code was lost"),
        (Ending(orderly=True, stop_requested=True), STOPPED, "on request"),
        (Ending(), INTERRUPTED, "nobody watched"),
    ],
)
def test_status_and_words(ending: Ending, status: RunStatus, words: str) -> None:
    found, reason = status_of(ending)
    assert found is status
    assert words in reason
