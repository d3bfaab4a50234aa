"""Custom stages: the curve, the text for k6, and rejected stages with their path."""

import json
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.model.custom import CustomStage, format_stages, parse_stages, plan_stages
from dashboard.model.plan import ParameterError, PlanPoint, sum_of_curves
from dashboard.model.profile import Parameters, plan
from dashboard.model.profile_data import load_profiles
from dashboard.settings import ROOT

CUSTOM = load_profiles(json.loads((ROOT / "k6/config/profiles.json").read_bytes()))["custom"]
STAGES = (CustomStage(10, 20), CustomStage(0, 50), CustomStage(5.5, 0))


def test_stages_of_users_start_at_zero() -> None:
    planned = plan(CUSTOM, Parameters(stages=STAGES, vus=3))
    assert planned.stages == ((0, 0), (10, 20), (10, 50), (15.5, 0))
    assert (planned.unit, planned.peak_vus, planned.peak_rate) == ("vus", 50, None)
    assert planned.variables == {"LOAD_PROFILE": "custom", "UNIT": "vus", "STAGES": "10s:20,0s:50,5s500ms:0"}


def test_stages_of_a_rate_have_a_number_of_users() -> None:
    planned = plan(CUSTOM, Parameters(unit="rate", stages=STAGES, vus=3))
    assert (planned.unit, planned.peak_vus, planned.peak_rate) == ("rate", 3, 50)
    assert planned.iterations == floor(10 * 20 / 2 + 5.5 * 50 / 2)
    assert planned.variables["VUS"] == "3"


@pytest.mark.parametrize(
    ("stages", "field"),
    [
        ((), "stages"),
        ((CustomStage(1, 1),) * 101, "stages"),
        ((CustomStage(10, 0),), "stages"),
        ((CustomStage(0.5, 1),), "stages"),
        ((CustomStage(10, 1), CustomStage(10, -1)), "stages[1].target"),
        ((CustomStage(10, 1_000_001),), "stages[0].target"),
    ],
)
def test_invalid_stages_are_rejected_with_their_path(stages: tuple[CustomStage, ...], field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        plan_stages("custom", "vus", stages, 1)
    assert caught.value.field == field


def test_a_rate_needs_its_stages() -> None:
    with pytest.raises(ParameterError, match="stages: are required for a rate"):
        plan(CUSTOM, Parameters(unit="rate"))


@pytest.mark.parametrize(
    ("text", "field"),
    [("", "stages[0]"), ("30s", "stages[0]"), ("30s:1,x:2", "stages[1].duration"), ("30s:-1", "stages[0]")],
)
def test_malformed_stage_texts_are_rejected_with_their_path(text: str, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        parse_stages(text)
    assert caught.value.field == field


@given(
    st.lists(
        st.tuples(st.integers(0, 10_000_000).map(lambda ms: ms / 1000), st.integers(0, 999_999)), min_size=1
    )
)
def test_formatted_stages_parse_to_the_same_stages(stages: list[tuple[float, int]]) -> None:
    given_stages = tuple(CustomStage(*stage) for stage in stages)
    assert parse_stages(format_stages(given_stages)) == given_stages


def test_the_sum_of_curves_keeps_their_jumps() -> None:
    level, later = (PlanPoint(0, 3), PlanPoint(10, 3)), (PlanPoint(5, 2), PlanPoint(15, 4))
    assert sum_of_curves([level, later]) == ((0, 3), (5, 3), (5, 5), (10, 6), (10, 3), (15, 4))


def test_a_curve_is_zero_before_its_start() -> None:
    assert sum_of_curves([(PlanPoint(5, 2), PlanPoint(6, 2))]) == ((0, 0), (5, 0), (5, 2), (6, 2))
