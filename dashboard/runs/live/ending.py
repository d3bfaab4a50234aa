"""How a run ended: its status and the most specific reason for it."""

import re
from dataclasses import dataclass, replace

from dashboard.engine.exitcodes import ExitStatus, final_status
from dashboard.engine.summary import K6Summary
from dashboard.model.run import Run, RunStatus
from dashboard.model.slo import join_messages
from dashboard.run_folder.files import ExitFile, PidFile, RunFolder, StopFile
from dashboard.run_folder.validation import UnreadableFile
from dashboard.runs.live.aggregator import Aggregator
from dashboard.runs.live.observations import RunObservations
from dashboard.runs.live.slo_watch import SLO_ABORT_PREFIX

_DATA_EXHAUSTED = re.compile(r"data file [A-Za-z][A-Za-z0-9_-]{0,63}: all rows were used")
MAX_QUOTED_CHARACTERS = 600


@dataclass(frozen=True, slots=True)
class RunEnding:
    """How a run ended. `slo_abort_reason` is the breached SLO for which the dashboard stopped it."""

    exit_status: ExitStatus
    status: RunStatus
    reason: str | None
    slo_abort_reason: str | None


def read_ending(
    run: Run,
    folder: RunFolder,
    exit_file: ExitFile | None,
    aggregator: Aggregator | None,
    observations: RunObservations,
) -> RunEnding:
    """Return how the run ended, with the most specific reason."""
    final_push = aggregator is not None and aggregator.final_push
    exit_status = read_exit_status(run, folder, exit_file, final_push=final_push)
    exit_status = replace(exit_status, data_exhausted=_data_exhausted_message(observations))
    status, reason = final_status(exit_status)
    if not folder.path.is_dir():
        reason = "the run folder is missing"
    slo_abort_reason = _find_slo_abort_reason(folder) if status is RunStatus.STOPPED else None
    if slo_abort_reason:
        reason = f"stopped by the dashboard: {slo_abort_reason}"
    if status is RunStatus.FAILED:
        reason = with_first_error(reason, observations)
    return RunEnding(exit_status, status, reason, slo_abort_reason)


def _find_slo_abort_reason(folder: RunFolder) -> str | None:
    """Return the breached SLO for which the dashboard requested the stop."""
    try:
        stop = folder.read(StopFile)
    except UnreadableFile:
        return None
    return stop.reason if stop and stop.reason.startswith(SLO_ABORT_PREFIX) else None


def read_exit_status(
    run: Run, folder: RunFolder, exit_file: ExitFile | None, *, final_push: bool
) -> ExitStatus:
    """Return k6's exit status as the run folder records it. Infer it if exit.json is missing."""
    if exit_file is None:
        spawned = folder.has(PidFile) or run.started_at is not None
        return ExitStatus(final_push=final_push, spawned=spawned, stop_requested=folder.has(StopFile))
    return ExitStatus(
        exit_code=exit_file.exit_code,
        signal=exit_file.signal,
        stop_requested=exit_file.stop_requested,
        timed_out=exit_file.timed_out,
        killed=exit_file.killed,
        final_push=final_push,
        start_error=exit_file.start_error,
        spawned=exit_file.started_at is not None,
        drained=exit_file.drained is True,
    )


def name_breached(reason: str | None, summary: K6Summary | None) -> str | None:
    """Append the breached thresholds of the script to k6's reason for failing."""
    breached = (
        [threshold.message for threshold in summary.thresholds if not threshold.passed] if summary else []
    )
    return f"{reason}: {join_messages(breached)}" if breached else reason


def _data_exhausted_message(observations: RunObservations) -> str | None:
    """Return the message of k6/lib/data/data-files.js if the run ended because a data file had no rows left."""
    matches = (_DATA_EXHAUSTED.search(message) for message in observations.errors)
    return next((match[0] for match in matches if match), None)


def with_first_error(reason: str, observations: RunObservations) -> str:
    """Append k6's own first error to the reason, since it is the most specific."""
    error = next(iter(observations.errors), None) or observations.last_output
    return f"{reason}: {error[:MAX_QUOTED_CHARACTERS]}" if error and error not in reason else reason
