"""Finds the k6 that an earlier runner of this folder started, in pid.json or by its run tag."""

from dashboard.run_folder.files import PidFile, RunFile, RunFolder, RunnerFile, iso
from dashboard.run_folder.push_log import list_segments
from dashboard.run_folder.validation import UnreadableFile
from dashboard.runner.cores import usable_cores
from dashboard.runner.log import RunnerLog, unix_ms
from dashboard.runner.processes import posix
from dashboard.runner.processes.posix import ProcessIdentity


def find_earlier_k6(folder: RunFolder, run: RunFile, log: RunnerLog) -> PidFile | None:
    """Return the recorded k6, which may be dead, or a living unrecorded one; None when there is neither."""
    try:
        recorded = folder.read(PidFile)
    except UnreadableFile as error:
        log.line(str(error))
        recorded = None
    return recorded or _find_unrecorded(folder, run)


def has_traces(folder: RunFolder) -> bool:
    """Return whether a k6 ran here before. Starting another one would produce load that nobody requested."""
    log = folder.console_log
    has_output = log.exists() and log.stat().st_size > 0
    return has_output or folder.has(PidFile) or bool(list_segments(folder.path))


def make_pid_file(
    identity: ProcessIdentity,
    run: RunFile,
    *,
    started_ms: int,
    rest_port: int,
    receiver_port: int,
    attempt: int,
) -> PidFile:
    return PidFile(
        *identity,
        pgid=identity.pid,
        rest_port=rest_port,
        receiver_port=receiver_port,
        started_at=iso(started_ms),
        started_ms=started_ms,
        attempt=attempt,
        cores=usable_cores(run.env),
    )


def _find_unrecorded(folder: RunFolder, run: RunFile) -> PidFile | None:
    """Find the k6 of a runner that died before it wrote pid.json. runner.json contains the ports."""
    identity = posix.find_leader(f"run_id={run.run_id}")
    runner = folder.read(RunnerFile)
    if identity is None:
        return None
    age_s = posix.measure_age_s(identity) or 0.0
    pid_file = make_pid_file(
        identity,
        run,
        started_ms=unix_ms() - round(age_s * 1000),
        rest_port=runner.rest_port if runner else 0,
        receiver_port=runner.receiver_port if runner else 0,
        attempt=1,
    )
    folder.write(pid_file)
    return pid_file
