"""Every kind of exit maps to a status and a reason."""

import pytest

from dashboard.engine.exitcodes import ExitStatus, final_status
from dashboard.model.run import RunStatus

FINISHED, FAILED = RunStatus.FINISHED, RunStatus.FAILED
STOPPED, INTERRUPTED = RunStatus.STOPPED, RunStatus.INTERRUPTED


@pytest.mark.parametrize(
    ("exit_status", "status", "text"),
    [
        (ExitStatus(exit_code=0), FINISHED, "completed as planned"),
        (ExitStatus(exit_code=99), FINISHED, "threshold"),
        (ExitStatus(exit_code=110), FINISHED, "marked"),
        (ExitStatus(exit_code=105, stop_requested=True), STOPPED, "on request"),
        (ExitStatus(exit_code=105), INTERRUPTED, "did not request"),
        (ExitStatus(exit_code=103), INTERRUPTED, "REST"),
        (ExitStatus(exit_code=108), STOPPED, "aborted"),
        *(
            (ExitStatus(exit_code=code), FAILED, "")
            for code in (97, 98, 100, 101, 102, 104, 106, 107, 109, 255)
        ),
        (ExitStatus(exit_code=42), FAILED, "code 42"),
        (ExitStatus(exit_code=2), FAILED, "k6 crashed"),
        (ExitStatus(signal=9), FAILED, "out of memory"),
        (ExitStatus(signal=15, stop_requested=True), STOPPED, "on request"),
        (ExitStatus(killed=True, stop_requested=True, signal=9), STOPPED, "killed"),
        (ExitStatus(timed_out=True, killed=True), INTERRUPTED, "planned end"),
        (ExitStatus(start_error="no such file"), FAILED, "no such file"),
        (ExitStatus(spawned=False, stop_requested=True), STOPPED, "before k6"),
        (ExitStatus(spawned=False), FAILED, "before k6"),
        (ExitStatus(final_push=True), FINISHED, "exit code was lost"),
        (ExitStatus(final_push=True, stop_requested=True), STOPPED, "on request"),
        (ExitStatus(), INTERRUPTED, "no runner was watching"),
    ],
)
def test_every_exit_has_a_status_and_a_reason(exit_status: ExitStatus, status: RunStatus, text: str) -> None:
    found, reason = final_status(exit_status)
    assert found is status
    assert text in reason
