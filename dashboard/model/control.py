"""What can be changed of a running load, what is wanted of it now, and what a wish for a change comes to."""

from dataclasses import dataclass

from dashboard.model.errors import InvalidRequest
from dashboard.model.plan import ControlVariable


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredState:
    """The wanted load; None for users or share is as planned."""

    paused: bool = False
    vus: int | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A run under control, for people: `vus` of the steering_variable "vus", `share` and `rate` of the steering_variable "share", of
    "pause" neither.

    taken: k6 has got what is wanted · running: how many iterations a stop waits for, None while nobody waits
    or the number is not known · renews_token: a fresh token can be had
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
    """What somebody wants to change; None leaves it as it is."""

    paused: bool | None = None
    vus: int | None = None
    share: float | None = None
    rate: float | None = None


def control_of(
    steering_variable: ControlVariable, planned_vus: int, planned_rate: float | None, wanted: DesiredState
) -> Control:
    """The wanted load in the steering_variable's own unit."""
    of_users, of_rate = steering_variable == "vus", steering_variable == "share"
    share = 1.0 if wanted.share is None else wanted.share
    return Control(
        steering_variable=steering_variable,
        paused=wanted.paused,
        vus=(planned_vus if wanted.vus is None else wanted.vus) if of_users else None,
        share=share if of_rate else None,
        rate=round(planned_rate * share, 3) if of_rate and planned_rate is not None else None,
        planned_vus=planned_vus,
        planned_rate=planned_rate,
    )


def change(control: Control, wish: ControlRequest) -> DesiredState:
    """What is wanted after `wish`. Raises InvalidRequest naming the field that does not fit the plan."""
    given = [name for name in ("vus", "share", "rate") if getattr(wish, name) is not None]
    if len(given) > 1:
        raise InvalidRequest.field(given[1], f"give either {given[0]} or {given[1]}")
    if not given and wish.paused is None:
        raise InvalidRequest.field("paused", "nothing to change: give vus, share, rate or paused")
    paused = control.paused if wish.paused is None else wish.paused
    if control.steering_variable == "pause":
        if given:
            raise InvalidRequest.field(
                given[0], "this run was not started with steerable: it can be paused only"
            )
        return DesiredState(paused=paused)
    if control.steering_variable == "vus":
        vus = _users(control, wish, given)
        return DesiredState(paused=paused, vus=None if vus == control.planned_vus else vus)
    share = _share(control, wish)
    return DesiredState(paused=paused, share=None if share == 1 else share)


def words_for(control: Control) -> str:
    """What is wanted, for people."""
    if control.steering_variable == "pause":
        return "paused" if control.paused else "as planned"
    if control.steering_variable == "vus":
        load = f"{control.vus} of {control.planned_vus} users"
    else:
        load = f"{100 * (control.share or 0.0):.3g} % of the rate"
        if control.planned_rate is not None:
            load += f", {control.rate:g} of {control.planned_rate:g} a second"
    return f"paused ({load} when it goes on)" if control.paused else load


def _users(control: Control, wish: ControlRequest, given: list[str]) -> int | None:
    if given and wish.vus is None:
        raise InvalidRequest.field(given[0], "this run has a number of users, no rate: give vus")
    if wish.vus is not None and wish.vus > control.planned_vus:
        words = f"at most {control.planned_vus}: that many users were planned at the start"
        raise InvalidRequest.field("vus", words)
    return control.vus if wish.vus is None else wish.vus


def _share(control: Control, wish: ControlRequest) -> float | None:
    if wish.vus is not None:
        raise InvalidRequest.field("vus", "this run has a rate, no number of users: give share or rate")
    if wish.rate is None:
        return control.share if wish.share is None else wish.share
    if control.planned_rate is None:
        raise InvalidRequest.field("rate", "the rate of this run changes by plan: give the share of it")
    if wish.rate > control.planned_rate:
        words = f"at most {control.planned_rate:g} a second: that rate was planned at the start"
        raise InvalidRequest.field("rate", words)
    return wish.rate / control.planned_rate
