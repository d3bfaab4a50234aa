"""How a run ended: k6's exit code, what we asked for and what was seen, to a status with a reason in words."""

from dataclasses import dataclass

from dashboard.model.run import RunStatus

REASONS = {
    2: "k6 crashed",
    97: "the cloud run failed or was aborted",
    98: "the progress of the cloud run could not be read",
    99: "a threshold of the script failed",
    100: "setup() took longer than its limit",
    101: "teardown() took longer than its limit",
    102: "k6 timed out",
    103: "k6 was stopped through its REST API",
    104: "k6 refuses the configuration of the run",
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
    """What is known of the end of a run. `orderly`: the final push with stale markers arrived.

    `used_up`: our script's words when it ended the run for want of rows.
    `drained`: nothing ran any more when k6 was stopped.
    """

    exit_code: int | None = None
    signal: int | None = None
    stop_requested: bool = False
    timed_out: bool = False
    killed: bool = False
    final_push: bool = False
    start_error: str | None = None
    spawned: bool = True
    used_up: str | None = None
    drained: bool = False


def final_status(ending: ExitStatus) -> tuple[RunStatus, str]:
    """The final status and its reason."""
    if ending.start_error:
        return RunStatus.FAILED, ending.start_error
    if ending.timed_out:
        how = " and had to be killed" if ending.killed else ""
        return RunStatus.INTERRUPTED, f"k6 was still running long after the planned end{how}"
    if ending.killed and ending.stop_requested:
        return RunStatus.STOPPED, "k6 did not end after the stop and was killed: its last seconds are missing"
    if not ending.spawned:
        if ending.stop_requested:
            return RunStatus.STOPPED, "stopped before k6 was started"
        return RunStatus.FAILED, "the run was ended before k6 was started"
    if ending.exit_code is not None:
        return _by_code(ending.exit_code, ending)
    if ending.signal is not None:
        return _by_signal(ending.signal, ending)
    return _unknown(ending)


def _by_code(code: int, ending: ExitStatus) -> tuple[RunStatus, str]:
    reason = REASONS.get(code, f"k6 ended with code {code}, which has no known meaning")
    if code == 0:
        return RunStatus.FINISHED, "the run came to its planned end"
    if code in (99, 110):
        return RunStatus.FINISHED, reason
    if code in STOP_CODES:
        if ending.stop_requested:
            return RunStatus.STOPPED, "stopped on request"
        return RunStatus.INTERRUPTED, f"{reason}, which this dashboard did not ask for"
    if code == 108:
        return (RunStatus.FINISHED, ending.used_up) if ending.used_up else (RunStatus.STOPPED, reason)
    return RunStatus.FAILED, reason


def _by_signal(signal: int, ending: ExitStatus) -> tuple[RunStatus, str]:
    if ending.stop_requested:
        return RunStatus.STOPPED, "stopped on request, before k6 could write its summary"
    hint = "; out of memory?" if signal == 9 else ""
    return RunStatus.FAILED, f"k6 was killed by signal {signal}{hint}"


def _unknown(ending: ExitStatus) -> tuple[RunStatus, str]:
    if ending.stop_requested and ending.final_push:
        return RunStatus.STOPPED, "stopped on request"
    if ending.final_push:
        return (
            RunStatus.FINISHED,
            "the run came to its end; its exit code was lost with the process that watched it",
        )
    return RunStatus.INTERRUPTED, "k6 ended while nobody watched it, before it could send its last figures"
