"""Steering of a live run: what can change, the desired state, and the state that a request leads to."""

from dataclasses import dataclass

from dashboard.model.errors import InvalidRequest
from dashboard.model.number_text import format_number, setting_text
from dashboard.model.plan import ControlVariable


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredState:
    """The load that k6 should produce. None for `vus` or `share` means as planned."""

    paused: bool = False
    vus: int | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The control state of a live run, for display.

    `vus` is set when users are steered, `share` and `rate` when the rate is; neither when the run can only be paused.

    taken: k6 has received the desired state
    running: number of iterations that a stop waits for; None while no stop waits or the number is unknown
    renews_token: the run can request a new access token
    """

    steering_variable: ControlVariable
    paused: bool
    vus: int | None
    share: float | None
    rate: float | None
    planned_vus: int
    planned_rate: float | None
    seq: int = 0
    taken: bool = True
    waiting: bool = False
    running: int | None = None
    renews_token: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRequest:
    """A requested change. None leaves a value unchanged."""

    paused: bool | None = None
    vus: int | None = None
    share: float | None = None
    rate: float | None = None


def control_of(
    steering_variable: ControlVariable, planned_vus: int, planned_rate: float | None, state: DesiredState
) -> Control:
    """Return the control state of a run with the desired `state`."""
    steers_users, steers_rate = steering_variable == "vus", steering_variable == "share"
    share = 1.0 if state.share is None else state.share
    return Control(
        steering_variable=steering_variable,
        paused=state.paused,
        vus=(planned_vus if state.vus is None else state.vus) if steers_users else None,
        share=share if steers_rate else None,
        rate=round(planned_rate * share, 3) if steers_rate and planned_rate is not None else None,
        planned_vus=planned_vus,
        planned_rate=planned_rate,
    )


def requested_state(control: Control, request: ControlRequest) -> DesiredState:
    """Return the desired state after `request`. Raises InvalidRequest with the field that does not fit the plan."""
    given = [name for name in ("vus", "share", "rate") if getattr(request, name) is not None]
    if len(given) > 1:
        raise InvalidRequest.field(given[1], f"set either {given[0]} or {given[1]}, not both")
    if not given and request.paused is None:
        raise InvalidRequest.field("paused", "nothing to change: set vus, share, rate or paused")
    paused = control.paused if request.paused is None else request.paused
    if control.steering_variable == "pause":
        if given:
            raise InvalidRequest.field(
                given[0], "this run can only be paused, because it was not started as a steerable run"
            )
        return DesiredState(paused=paused)
    if control.steering_variable == "vus":
        vus = _requested_vus(control, request, given)
        return DesiredState(paused=paused, vus=None if vus == control.planned_vus else vus)
    share = _requested_share(control, request)
    return DesiredState(paused=paused, share=None if share == 1 else share)


def load_text(control: Control) -> str:
    """Return the desired load as text."""
    if control.steering_variable == "pause":
        return "load paused" if control.paused else "as planned"
    if control.steering_variable == "vus":
        load = f"{control.vus} of {control.planned_vus} users"
    else:
        load = f"{format_number(100 * (control.share or 0.0))}% of the rate"
        if control.planned_rate is not None:
            load += (
                f", {setting_text(control.rate or 0.0)} of {setting_text(control.planned_rate)} per second"
            )
    return f"load paused; resumes with {load}" if control.paused else load


def _requested_vus(control: Control, request: ControlRequest, given: list[str]) -> int | None:
    if given and request.vus is None:
        raise InvalidRequest.field(given[0], "this run has a number of users, not a rate: set vus")
    if request.vus is not None and request.vus > control.planned_vus:
        raise InvalidRequest.field(
            "vus", f"must be at most {control.planned_vus}, the planned number of users"
        )
    return control.vus if request.vus is None else request.vus


def _requested_share(control: Control, request: ControlRequest) -> float | None:
    if request.vus is not None:
        raise InvalidRequest.field("vus", "this run has a rate, not a number of users: set share or rate")
    if request.rate is None:
        return control.share if request.share is None else request.share
    if control.planned_rate is None:
        raise InvalidRequest.field("rate", "the planned rate of this run varies: set a share of it")
    if request.rate > control.planned_rate:
        raise InvalidRequest.field(
            "rate", f"must be at most {setting_text(control.planned_rate)}, the planned rate"
        )
    return request.rate / control.planned_rate
