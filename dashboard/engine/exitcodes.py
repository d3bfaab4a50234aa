"""Maps the exit of k6, and what the runner did to it, to the final status of a run and a reason."""

from dataclasses import dataclass

from dashboard.model.run import RunStatus

REASONS = {
    2: "k6 crashed",
    97: "the cloud run failed or was aborted",
    98: "the progress of the cloud run could not be read",
    99: "a threshold of the script failed",
    100: "setup() timed out",
    101: "teardown() timed out",
    102: "k6 timed out",
    103: "k6 was stopped through its REST API",
    104: "k6 rejected the configuration of the run",
    105: "k6 was stopped by a signal",
    106: "k6 could not listen on its REST port",
    107: "the script failed",
    108: "the script aborted the run",
    109: "k6 crashed",
    110: "the script marked the run as failed",
    255: "k6 could not start the run",
}
STOP_CODES = (103, 105)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitStatus:
    """What is known about the end of a run.

    final_push: the last push, which carries stale markers, arrived
    data_exhausted: the script's message when it ended the run because a data file had no rows left
    drained: no iteration was running when k6 was stopped
    """

    exit_code: int | None = None
    signal: int | None = None
    stop_requested: bool = False
    timed_out: bool = False
    killed: bool = False
    final_push: bool = False
    start_error: str | None = None
    spawned: bool = True
    data_exhausted: str | None = None
    drained: bool = False


def final_status(exit_status: ExitStatus) -> tuple[RunStatus, str]:
    """Return the final status of the run and its reason."""
    if exit_status.start_error:
        return RunStatus.FAILED, exit_status.start_error
    if exit_status.timed_out:
        suffix = " and had to be killed" if exit_status.killed else ""
        return RunStatus.INTERRUPTED, f"k6 was still running long after the planned end{suffix}"
    if exit_status.killed and exit_status.stop_requested:
        return (
            RunStatus.STOPPED,
            "k6 did not exit after the stop request and was killed; its last seconds are missing",
        )
    if not exit_status.spawned:
        if exit_status.stop_requested:
            return RunStatus.STOPPED, "stopped before k6 was started"
        return RunStatus.FAILED, "the run ended before k6 was started"
    if exit_status.exit_code is not None:
        return _by_code(exit_status.exit_code, exit_status)
    if exit_status.signal is not None:
        return _by_signal(exit_status.signal, exit_status)
    return _without_exit_code(exit_status)


def _by_code(code: int, exit_status: ExitStatus) -> tuple[RunStatus, str]:
    reason = REASONS.get(code, f"k6 exited with the unknown code {code}")
    if code == 0:
        return RunStatus.FINISHED, "completed as planned"
    if code in (99, 110):
        return RunStatus.FINISHED, reason
    if code in STOP_CODES:
        if exit_status.stop_requested:
            return RunStatus.STOPPED, "stopped on request"
        return RunStatus.INTERRUPTED, f"{reason}, which this dashboard did not request"
    if code == 108:
        data_exhausted = exit_status.data_exhausted
        return (RunStatus.FINISHED, data_exhausted) if data_exhausted else (RunStatus.STOPPED, reason)
    return RunStatus.FAILED, reason


def _by_signal(signal: int, exit_status: ExitStatus) -> tuple[RunStatus, str]:
    if exit_status.stop_requested:
        return RunStatus.STOPPED, "stopped on request, before k6 could write its summary"
    hint = "; it may have run out of memory" if signal == 9 else ""
    return RunStatus.FAILED, f"k6 was killed by signal {signal}{hint}"


def _without_exit_code(exit_status: ExitStatus) -> tuple[RunStatus, str]:
    if exit_status.stop_requested and exit_status.final_push:
        return RunStatus.STOPPED, "stopped on request"
    if exit_status.final_push:
        return RunStatus.FINISHED, "the run ended; its exit code was lost because its runner was killed"
    return RunStatus.INTERRUPTED, "k6 ended while no runner was watching it, before its final push"
