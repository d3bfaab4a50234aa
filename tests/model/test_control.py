"""Steering: the desired state after a request, and requests that do not fit the plan."""

import pytest

from dashboard.model.control import (
    Control,
    ControlRequest,
    DesiredState,
    control_of,
    load_text,
    requested_state,
)
from dashboard.model.custom import CustomStage, plan_stages
from dashboard.model.errors import InvalidRequest
from dashboard.model.scenarios import plan_scenarios


def of_users(**state: object) -> Control:
    return control_of("vus", 20, None, DesiredState(**state))  # type: ignore[arg-type]


def of_rate(**state: object) -> Control:
    return control_of("share", 30, 80.0, DesiredState(**state))  # type: ignore[arg-type]


def test_the_initial_state_is_the_plan() -> None:
    assert (of_users().vus, of_users().share, of_users().rate) == (20, None, None)
    assert (of_rate().vus, of_rate().share, of_rate().rate) == (None, 1.0, 80.0)


@pytest.mark.parametrize(
    ("control", "change", "expected"),
    [
        (of_users(), ControlRequest(vus=5), DesiredState(vus=5)),
        (of_users(vus=5), ControlRequest(paused=True), DesiredState(vus=5, paused=True)),
        (of_users(vus=5, paused=True), ControlRequest(paused=False), DesiredState(vus=5)),
        (of_users(vus=5, paused=True), ControlRequest(vus=7), DesiredState(vus=7, paused=True)),
        (of_users(vus=5), ControlRequest(vus=20), DesiredState()),
        (of_users(), ControlRequest(vus=0), DesiredState(vus=0)),
        (of_rate(), ControlRequest(share=0.25), DesiredState(share=0.25)),
        (of_rate(), ControlRequest(rate=20), DesiredState(share=0.25)),
        (of_rate(share=0.25), ControlRequest(rate=80), DesiredState()),
        (of_rate(share=0.25), ControlRequest(paused=True), DesiredState(share=0.25, paused=True)),
    ],
)
def test_a_request_changes_only_the_fields_that_it_names(
    control: Control, change: ControlRequest, expected: DesiredState
) -> None:
    assert requested_state(control, change) == expected


@pytest.mark.parametrize(
    ("control", "change", "field", "message"),
    [
        (of_users(), ControlRequest(), "paused", "nothing to change"),
        (of_users(), ControlRequest(vus=21), "vus", "at most 20"),
        (of_users(), ControlRequest(share=0.5), "share", "set vus"),
        (of_users(), ControlRequest(vus=5, share=0.5), "share", "either vus or share"),
        (of_rate(), ControlRequest(vus=5), "vus", "set share or rate"),
        (of_rate(), ControlRequest(rate=81), "rate", "at most 80, the planned rate"),
        (control_of("share", 30, None, DesiredState()), ControlRequest(rate=5), "rate", "set a share of it"),
    ],
)
def test_a_request_that_does_not_fit_the_plan_is_rejected_with_its_field(
    control: Control, change: ControlRequest, field: str, message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message) as caught:
        requested_state(control, change)
    assert [error.field for error in caught.value.errors] == [field]


def test_the_desired_load_is_described_as_text() -> None:
    assert load_text(of_users(vus=5)) == "5 of 20 users"
    assert load_text(of_users(vus=5, paused=True)) == "load paused; resumes with 5 of 20 users"
    assert load_text(of_rate(share=0.25)) == "25% of the rate, 20 of 80 per second"


A_RATE = {"executor": "constant-arrival-rate", "rate": 5, "duration": "10s", "preAllocatedVUs": 5}
USERS = {"executor": "constant-vus", "vus": 5, "duration": "10s"}


@pytest.mark.parametrize(
    ("scenarios", "steering_variable"),
    [
        ({"a": USERS}, "vus"),
        ({"a": USERS, "b": USERS}, "vus"),
        ({"a": USERS, "b": {**USERS, "startTime": "60s"}}, "share"),
        ({"a": USERS, "b": A_RATE}, "share"),
        ({"a": A_RATE}, "share"),
        ({"a": USERS, "b": {"executor": "shared-iterations", "vus": 2, "iterations": 5}}, None),
        ({"a": {"executor": "ramping-vus", "stages": [{"duration": "5s", "target": 5}]}}, None),
    ],
)
def test_scenarios_are_steerable_if_each_of_them_is(
    scenarios: dict[str, object], steering_variable: str | None
) -> None:
    assert plan_scenarios("custom", scenarios).steering_variable == steering_variable


def test_stages_of_a_rate_are_steerable_and_stages_of_users_are_not() -> None:
    stages = [CustomStage(5.0, 10), CustomStage(5.0, 0)]
    assert plan_stages("custom", "rate", stages, 5).steering_variable == "share"
    assert plan_stages("custom", "vus", stages, 5).steering_variable is None
