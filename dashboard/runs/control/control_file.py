"""Steering a live run: wishes go to control.json in its folder, the runner tells in channel.json what k6 has got."""

from dataclasses import replace

from dashboard.model.control import Control, DesiredState, ControlRequest, change, control_of
from dashboard.model.errors import Conflict, Unavailable
from dashboard.model.run import Run, RunStatus
from dashboard.run_folder.files import AuthFile, ChannelFile, ControlFile, RunFolder, StopFile, UnreadableFile

NOTHING = ControlFile(seq=0, at_ms=0, paused=False, vus=None, share=None, refresh=0)
STEERED = (RunStatus.STARTING, RunStatus.RUNNING)


def refuse_unless_steerable(run: Run, folder: RunFolder) -> None:
    """Raises Conflict that says why this run cannot be steered, or not now."""
    name = f"run {run.run_id} ({run.config.profile})"
    if run.status.has_ended:
        raise Conflict(f"{name} has ended: it is {run.status.value}")
    if run.status is RunStatus.QUEUED:
        raise Conflict(f"{name} waits for its turn")
    if run.config.control_variable is None:
        raise Conflict(
            f"{name} cannot be steered: that is chosen at the start, with steerable, for constant users or a rate"
        )
    if run.status not in STEERED or folder.has(StopFile):
        raise Conflict(f"{name} is being stopped")


def steer(run: Run, folder: RunFolder, wish: ControlRequest, now_ms: int) -> Control:
    """Leave the wish for the runner. Raises Conflict, InvalidRequest, Unavailable; then nothing has changed."""
    refuse_unless_steerable(run, folder)
    before = _read_control(folder)
    wanted = change(_control(run, before), wish)
    asked = before._replace(
        seq=before.seq + 1, at_ms=now_ms, paused=wanted.paused, vus=wanted.vus, share=wanted.share
    )
    _leave(folder, asked)
    return replace(_control(run, asked), seq=asked.seq, taken=False)


def request_token(run: Run, folder: RunFolder, now_ms: int) -> None:
    """Let the runner get a fresh token for all users. Raises Conflict, Unavailable."""
    name = f"run {run.run_id} ({run.config.profile})"
    if run.status not in STEERED or folder.has(StopFile):
        raise Conflict(f"{name} is not live")
    try:
        order = folder.read(AuthFile)
    except UnreadableFile as error:
        raise Unavailable(str(error)) from None
    if order is None or not order.renews:
        why = "is not renewed" if order else "does not come from a server"
        raise Conflict(f"{name} cannot get a fresh token: its {run.config.auth_mode} authentication {why}")
    before = _read_control(folder)
    _leave(folder, before._replace(seq=before.seq + 1, at_ms=now_ms, refresh=before.refresh + 1))


def read_control(run: Run, folder: RunFolder) -> Control | None:
    """What is wanted of a live run and how far that is; None for one that cannot be steered."""
    if run.config.control_variable is None or run.status.has_ended or run.status is RunStatus.QUEUED:
        return None
    wanted = _read_control(folder)
    try:
        told = folder.read(ChannelFile) or ChannelFile(None, None, None)
    except UnreadableFile:
        told = ChannelFile(None, None, None)
    return replace(
        _control(run, wanted),
        seq=wanted.seq,
        taken=wanted.seq == 0 or (told.taken_seq or 0) >= wanted.seq,
        waiting=told.draining_since_ms is not None,
        running=told.running,
    )


def last_request_ms(folder: RunFolder) -> int:
    """When the newest wish was made."""
    return _read_control(folder).at_ms


def _leave(folder: RunFolder, asked: ControlFile) -> None:
    try:
        folder.write(asked)
    except OSError as error:
        raise Unavailable(f"the wish cannot be written to {folder.path}: {error.strerror}") from None


def _control(run: Run, wanted: ControlFile) -> Control:
    steering_variable = run.config.control_variable or "vus"
    rates = {target for _, target in run.context.stages} if run.context.plan_unit == "rate" else set()
    rate = (
        float(rates.pop()) if len(rates) == 1 else None
    )  # of a rate that changes by plan only a share is wanted
    asked = DesiredState(paused=wanted.paused, vus=wanted.vus, share=wanted.share)
    return replace(control_of(steering_variable, run.vus_max, rate, asked), renews_token=run.config.renews_token)


def _read_control(folder: RunFolder) -> ControlFile:
    try:
        return folder.read(ControlFile) or NOTHING
    except UnreadableFile:
        return NOTHING
