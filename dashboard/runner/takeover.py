"""The k6 that an earlier runner of this folder started: read from pid.json, or found by its run tag."""

from dashboard.run_folder.files import PidFile, RunFile, RunFolder, RunnerFile, UnreadableFile, iso
from dashboard.run_folder.push_log import list_segments
from dashboard.runner.cores import usable_cores
from dashboard.runner.log import Log, unix_ms
from dashboard.runner.processes import posix
from dashboard.runner.processes.posix import ProcessIdentity


def earlier_k6(folder: RunFolder, run: RunFile, log: Log) -> PidFile | None:
    """It may be dead; None when none was ever recorded and none lives."""
    try:
        found = folder.read(PidFile)
    except UnreadableFile as error:
        log.line(str(error))
        found = None
    return found or _unrecorded(folder, run)


def has_traces(folder: RunFolder) -> bool:
    """Something started a k6 here that is gone: another one would be load that nobody asked for."""
    log = folder.console_log
    printed = log.exists() and log.stat().st_size > 0
    return printed or folder.has(PidFile) or bool(list_segments(folder.path))


def describe(
    identity: ProcessIdentity, run: RunFile, *, started_ms: int, rest_port: int, receiver_port: int, attempt: int
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


def _unrecorded(folder: RunFolder, run: RunFile) -> PidFile | None:
    """The runner died between the start of k6 and pid.json, but it wrote down its ports before."""
    identity = posix.find_leader(f"run_id={run.run_id}")
    runner = folder.read(RunnerFile)
    if identity is None:
        return None
    age_s = posix.age_s(identity) or 0.0
    found = describe(
        identity,
        run,
        started_ms=unix_ms() - round(age_s * 1000),
        rest_port=runner.rest_port if runner else 0,
        receiver_port=runner.receiver_port if runner else 0,
        attempt=1,
    )
    folder.write(found)
    return found
