"""Load profiles: the planned curve, its length and the variables for k6."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.model.k6_config import PROFILES_FILE
from dashboard.model.plan import ParameterError, target_at
from dashboard.model.profile import (
    LoadProfile,
    Parameters,
    plan,
    resolve,
)
from dashboard.model.profile_data import load_profiles
from dashboard.model.quantity import ProfileError

DATA: dict[str, Any] = json.loads(PROFILES_FILE.read_text())
NAMES = ("smoke", "ramp", "soak", "stress", "spike", "arrival", "custom")


def a_profile(name: str) -> LoadProfile:
    return load_profiles(DATA)[name]


def test_the_profiles_are_in_order() -> None:
    assert tuple(load_profiles(DATA)) == NAMES


@pytest.mark.parametrize(
    ("name", "curve"),
    [
        ("smoke", ((0, 2), (30, 2))),
        ("ramp", ((0, 0), (30, 10), (90, 10), (120, 0))),
        ("soak", ((0, 10), (7200, 10))),
        ("stress", ((0, 3), (120, 3), (120, 5), (240, 5), (240, 10), (360, 10), (360, 20), (480, 20))),
        ("spike", ((0, 10), (10, 10), (10, 50), (40, 50), (40, 10), (70, 10))),
        ("arrival", ((0, 20), (60, 20))),
        ("custom", ((0, 0), (30, 10), (90, 10), (120, 0))),
    ],
)
def test_a_profile_without_parameters_has_its_default_curve(
    name: str, curve: tuple[tuple[float, int], ...]
) -> None:
    assert plan(a_profile(name), Parameters()).stages == curve


def test_the_plan_of_a_ramp_follows_its_parameters() -> None:
    planned = plan(a_profile("ramp"), Parameters(vus=4, duration_s=10, ramp_duration_s=2.5))
    assert (planned.planned_s, planned.peak_vus, planned.vu_seconds, planned.longest_s) == (15, 4, 50, 45)
    assert planned.variables == {
        "LOAD_PROFILE": "ramp",
        "VUS": "4",
        "DURATION": "10s",
        "RAMP_DURATION": "2s500ms",
    }


def test_parameters_that_a_profile_does_not_use_are_not_passed_to_k6() -> None:
    planned = plan(
        a_profile("soak"), Parameters(vus=3, duration_s=5, soak_duration_s=600, spike_duration_s=1)
    )
    assert planned.variables == {"LOAD_PROFILE": "soak", "VUS": "3", "SOAK_DURATION": "10m"}


def test_the_plan_of_arrival_is_a_rate_with_a_number_of_users() -> None:
    planned = plan(a_profile("arrival"), Parameters(rate=300, vus=40, duration_s=90))
    assert (planned.unit, planned.peak_rate, planned.peak_vus) == ("rate", 300, 40)
    assert (planned.iterations, planned.vu_seconds, planned.longest_s) == (27_000, 0, 120)
    assert planned.variables == {"LOAD_PROFILE": "arrival", "RATE": "300", "VUS": "40", "DURATION": "1m30s"}


def test_a_plan_of_users_has_no_rate() -> None:
    planned = plan(a_profile("smoke"), Parameters())
    assert (planned.unit, planned.peak_rate, planned.iterations) == ("vus", None, None)


@pytest.mark.parametrize(
    ("at_s", "vus"), [(-1, 0), (0, 10), (5, 10), (10, 50), (39.9, 50), (40, 10), (70, 10), (70.1, 0)]
)
def test_a_spike_changes_the_users_instantly(at_s: float, vus: float) -> None:
    assert target_at(plan(a_profile("spike"), Parameters()).stages, at_s) == vus


def test_a_ramp_changes_the_users_linearly() -> None:
    planned = plan(a_profile("ramp"), Parameters())
    assert [target_at(planned.stages, at_s) for at_s in (0, 15, 30, 60, 105, 120)] == [0, 5, 10, 10, 5, 0]


@pytest.mark.parametrize(
    ("vus", "steps"), [(1, (1, 1, 1, 2)), (2, (1, 1, 2, 4)), (5, (1, 3, 5, 10)), (6, (2, 3, 6, 12))]
)
def test_users_are_rounded_half_up_and_never_to_zero(vus: int, steps: tuple[int, ...]) -> None:
    stages = plan(a_profile("stress"), Parameters(vus=vus)).stages
    assert tuple(point.target for point in stages[::2]) == steps


def test_smoke_ignores_the_settings_but_not_the_request() -> None:
    settings = Parameters(vus=500, duration_s=3600)
    assert plan(a_profile("smoke"), resolve(a_profile("smoke"), Parameters(), settings)).peak_vus == 2
    resolved = resolve(a_profile("smoke"), Parameters(vus=3, duration_s=5), settings)
    assert plan(a_profile("smoke"), resolved).variables == {
        "LOAD_PROFILE": "smoke",
        "VUS": "3",
        "DURATION": "5s",
    }


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("smoke", "DURATION"),
        ("ramp", "DURATION"),
        ("soak", "SOAK_DURATION"),
        ("stress", "STRESS_STEP_DURATION"),
        ("spike", "SPIKE_DURATION"),
        ("arrival", "DURATION"),
    ],
)
def test_the_requested_duration_sets_the_characteristic_length(name: str, variable: str) -> None:
    settings = Parameters(
        vus=7, soak_duration_s=99, stress_step_duration_s=99, spike_duration_s=99, duration_s=99
    )
    planned = plan(a_profile(name), resolve(a_profile(name), Parameters(duration_s=5), settings))
    assert planned.variables[variable] == "5s"


def test_settings_apply_where_the_request_sets_nothing() -> None:
    settings = Parameters(vus=7, duration_s=20, ramp_duration_s=3)
    resolved = resolve(a_profile("ramp"), Parameters(ramp_duration_s=1), settings)
    assert (resolved.vus, resolved.duration_s, resolved.ramp_duration_s) == (7, 20, 1)


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        (Parameters(vus=0), "vus"),
        (Parameters(vus=-1), "vus"),
        (Parameters(vus=1_000_001), "vus"),
        (Parameters(ramp_duration_s=-1), "ramp_duration_s"),
        (Parameters(duration_s=float("nan")), "duration_s"),
        (Parameters(duration_s=1e12), "duration_s"),
        (Parameters(duration_s=0, ramp_duration_s=0), "duration_s"),
    ],
)
def test_an_invalid_parameter_is_rejected_with_its_name(parameters: Parameters, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        plan(a_profile("ramp"), parameters)
    assert caught.value.field == field


def profiles_with(path: tuple[Any, ...], value: object) -> dict[str, Any]:
    data = copy.deepcopy(DATA)
    parent: Any = data
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("ramp",), []),
        (("ramp", "executor"), "shared-iterations"),
        (("ramp", "variables"), {}),
        (("ramp", "variables", "VUSES"), 1),
        (("ramp", "variables", "VUS"), True),
        (("ramp", "stages"), []),
        (("ramp", "stages", 1), 3),
        (("ramp", "stages", 1, "duration"), "soon"),
        (("ramp", "stages", 1, "target"), {"of": "SPIKE_DURATION"}),
        (("ramp", "stages", 1, "target"), {"of": "VUS", "times": -1}),
        (("ramp", "start"), None),
        (("arrival", "vus"), None),
        (("arrival", "rate"), "much"),
        (("ramp", "uses"), ["users"]),
        (("ramp", "duration_sets"), "SOAK_DURATION"),
    ],
)
def test_invalid_profile_data_is_rejected_with_its_path(path: tuple[Any, ...], value: object) -> None:
    with pytest.raises(ProfileError, match=str(path[1] if len(path) > 1 else path[0])):
        load_profiles(profiles_with(path, value))


@given(
    name=st.sampled_from(NAMES),
    vus=st.integers(min_value=1, max_value=5000),
    main_s=st.integers(min_value=1, max_value=100_000),
    ramp_s=st.integers(min_value=0, max_value=100_000),
)
def test_peak_area_and_curve_agree(name: str, vus: int, main_s: int, ramp_s: int) -> None:
    requested = Parameters(vus=vus, duration_s=main_s, ramp_duration_s=ramp_s)
    planned = plan(a_profile(name), resolve(a_profile(name), requested, Parameters()))
    peak = planned.peak_rate or planned.peak_vus
    assert (planned.iterations or planned.vu_seconds) <= peak * planned.planned_s
    assert all(target_at(planned.stages, point.at_s) <= peak for point in planned.stages)
    assert [point.at_s for point in planned.stages] == sorted(point.at_s for point in planned.stages)
