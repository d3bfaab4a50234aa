"""Control requests go to control.json in the run folder. The runner reports in channel.json what k6 received."""

from dataclasses import replace

from dashboard.model.control import Control, ControlRequest, DesiredState, control_of, requested_state
from dashboard.model.errors import Conflict, Unavailable
from dashboard.model.run import Run, RunStatus
from dashboard.run_folder.files import AuthFile, ChannelFile, ControlFile, RunFolder, StopFile
from dashboard.run_folder.validation import UnreadableFile

NO_REQUEST = ControlFile(seq=0, at_ms=0, paused=False, vus=None, share=None, refresh=0)
STEERABLE_STATUSES = (RunStatus.STARTING, RunStatus.RUNNING)


def check_steerable(run: Run, folder: RunFolder) -> None:
    """Raise Conflict with the reason when the run cannot be steered now."""
    name = _name(run)
    if run.status.has_ended:
        raise Conflict(f"{name} has already ended ({run.status.value}).")
    if run.status is RunStatus.QUEUED:
        raise Conflict(f"{name} is still in the queue.")
    if run.config.control_variable is None:
        raise Conflict(
            f'{name} cannot be steered. Start it with "steerable": true; constant users and rates support it.'
        )
    if run.status not in STEERABLE_STATUSES or folder.has(StopFile):
        raise Conflict(f"{name} is stopping.")


def steer(run: Run, folder: RunFolder, request: ControlRequest, now_ms: int) -> Control:
    """Write the request for the runner. Raises Conflict, InvalidRequest, Unavailable; then nothing has changed."""
    after = _steered_file(run, folder, request)._replace(at_ms=now_ms)
    _write(folder, after)
    return replace(_control(run, after), seq=after.seq, taken=False)


def steered_control(run: Run, folder: RunFolder, request: ControlRequest) -> Control:
    """Return the control state that `steer` would lead to. Raises Conflict, InvalidRequest, Unavailable."""
    return _control(run, _steered_file(run, folder, request))


def request_token(run: Run, folder: RunFolder, now_ms: int) -> None:
    """Ask the runner to get a new token for all users. Raises Conflict, Unavailable."""
    name = _name(run)
    if run.status not in STEERABLE_STATUSES or folder.has(StopFile):
        raise Conflict(f"{name} is not live.")
    try:
        token_request = folder.read(AuthFile)
    except UnreadableFile as error:
        raise Unavailable(str(error)) from None
    if token_request is None or not token_request.renews:
        reason = "is not renewed" if token_request else "uses no token server"
        raise Conflict(f"{name} cannot refresh its token: {run.config.auth_mode} authentication {reason}.")
    before = _read_control_file(folder)
    _write(folder, before._replace(seq=before.seq + 1, at_ms=now_ms, refresh=before.refresh + 1))


def read_control(run: Run, folder: RunFolder) -> Control | None:
    """Return the desired state of a live run, and whether k6 has received it; None when the run cannot be steered."""
    if run.config.control_variable is None or run.status.has_ended or run.status is RunStatus.QUEUED:
        return None
    desired = _read_control_file(folder)
    try:
        channel = folder.read(ChannelFile) or ChannelFile(None, None, None)
    except UnreadableFile:
        channel = ChannelFile(None, None, None)
    return replace(
        _control(run, desired),
        seq=desired.seq,
        taken=desired.seq == 0 or (channel.taken_seq or 0) >= desired.seq,
        waiting=channel.draining_since_ms is not None,
        running=channel.running,
    )


def read_last_request_ms(folder: RunFolder) -> int:
    """Return the Unix time of the newest control request."""
    return _read_control_file(folder).at_ms


def _steered_file(run: Run, folder: RunFolder, request: ControlRequest) -> ControlFile:
    check_steerable(run, folder)
    before = _read_control_file(folder)
    desired = requested_state(_control(run, before), request)
    return before._replace(seq=before.seq + 1, paused=desired.paused, vus=desired.vus, share=desired.share)


def _name(run: Run) -> str:
    return f"Run {run.run_id} ({run.config.profile})"


def _write(folder: RunFolder, file: ControlFile) -> None:
    try:
        folder.write(file)
    except OSError as error:
        raise Unavailable(
            f"The control request cannot be written to {folder.path}: {error.strerror}."
        ) from None


def _control(run: Run, file: ControlFile) -> Control:
    desired = DesiredState(paused=file.paused, vus=file.vus, share=file.share)
    variable = run.config.control_variable or "vus"
    control = control_of(variable, run.vus_max, _constant_rate(run), desired)
    return replace(control, renews_token=run.config.renews_token)


def _constant_rate(run: Run) -> float | None:
    """Return the planned rate; None when the plan changes it, because such a run is steered only by its share."""
    rates = {target for _, target in run.context.stages} if run.context.plan_unit == "rate" else set()
    return float(rates.pop()) if len(rates) == 1 else None


def _read_control_file(folder: RunFolder) -> ControlFile:
    try:
        return folder.read(ControlFile) or NO_REQUEST
    except UnreadableFile:
        return NO_REQUEST
