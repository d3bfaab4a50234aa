"""k6 scenarios of a start request: their plan, and invalid scenarios with their path."""

from typing import Any

import pytest

from dashboard.model.plan import ParameterError
from dashboard.model.scenarios import plan_scenarios

CONSTANT = {"executor": "constant-vus", "vus": 3, "duration": "10s"}
RATE = {
    "executor": "constant-arrival-rate",
    "rate": 90,
    "timeUnit": "1m",
    "duration": "20s",
    "preAllocatedVUs": 5,
}
PER_VU = {"executor": "per-vu-iterations", "vus": 2, "iterations": 7, "maxDuration": "1m"}


def test_the_users_of_several_scenarios_form_one_curve() -> None:
    planned = plan_scenarios("custom", {"a": CONSTANT, "b": CONSTANT | {"startTime": "5s", "vus": 1}})
    assert planned.stages == ((0, 3), (5, 3), (5, 4), (10, 4), (10, 1), (15, 1))
    assert (planned.unit, planned.planned_s, planned.peak_vus, planned.vu_seconds) == ("vus", 15, 4, 40)


def test_a_rate_is_per_second_whatever_its_time_unit() -> None:
    planned = plan_scenarios("custom", {"a": RATE})
    assert (planned.unit, planned.peak_rate, planned.iterations, planned.peak_vus) == ("rate", 1.5, 30, 5)


def test_scenarios_of_different_kinds_have_no_common_curve() -> None:
    planned = plan_scenarios("custom", {"a": CONSTANT, "b": RATE, "c": PER_VU})
    assert (planned.unit, planned.stages) == (None, ())
    assert (planned.peak_rate, planned.iterations, planned.vu_seconds) == (1.5, 30 + 14, 30)


def test_the_latest_end_includes_start_length_and_graceful_stop() -> None:
    late = CONSTANT | {"startTime": "5s", "gracefulStop": "2s"}
    planned = plan_scenarios("custom", {"a": PER_VU | {"gracefulStop": "0s"}, "b": late})
    assert (planned.planned_s, planned.longest_s) == (60, 60)
    assert plan_scenarios("custom", {"b": late}).longest_s == 17


def test_the_users_of_consecutive_scenarios_are_not_added() -> None:
    after = CONSTANT | {"startTime": "12s"}
    assert plan_scenarios("custom", {"a": CONSTANT | {"gracefulStop": "2s"}, "b": after}).peak_vus == 3
    assert plan_scenarios("custom", {"a": CONSTANT, "b": after}).peak_vus == 6


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ([], "scenarios"),
        ({}, "scenarios"),
        ({"a b": CONSTANT}, "scenarios"),
        ({str(n): CONSTANT for n in range(21)}, "scenarios"),
        ({"a": []}, "scenarios.a"),
        ({"a": {}}, "scenarios.a.executor"),
        ({"a": {"executor": ["x"]}}, "scenarios.a.executor"),
        ({"a": {"executor": "externally-controlled"}}, "scenarios.a.executor"),
        ({"a": CONSTANT | {"rate": 5}}, "scenarios.a.rate"),
        ({"a": CONSTANT | {"exec": "other"}}, "scenarios.a.exec"),
        ({"a": CONSTANT | {"env": {"BASE_URL": "http://elsewhere"}}}, "scenarios.a.env"),
        ({"a": CONSTANT | {"options": {}}}, "scenarios.a.options"),
        ({"a": CONSTANT | {"vus": 0}}, "scenarios.a.vus"),
        ({"a": CONSTANT | {"vus": True}}, "scenarios.a.vus"),
        ({"a": CONSTANT | {"vus": "3"}}, "scenarios.a.vus"),
        ({"a": CONSTANT | {"duration": 30}}, "scenarios.a.duration"),
        ({"a": CONSTANT | {"duration": "30"}}, "scenarios.a.duration"),
        ({"a": CONSTANT | {"duration": "1d"}}, "scenarios.a.duration"),
        ({"a": CONSTANT | {"duration": "500ms"}}, "scenarios.a.duration"),
        ({"a": CONSTANT | {"startTime": "-1s"}}, "scenarios.a.startTime"),
        ({"a": CONSTANT | {"tags": {"op": "x"}}}, "scenarios.a.tags"),
        ({"a": CONSTANT | {"tags": {"team": 3}}}, "scenarios.a.tags.team"),
        ({"a": CONSTANT | {"tags": {f"t{n}": "x" for n in range(11)}}}, "scenarios.a.tags"),
        ({"a": RATE | {"maxVUs": 4}}, "scenarios.a.maxVUs"),
        ({"a": {key: RATE[key] for key in RATE if key != "preAllocatedVUs"}}, "scenarios.a.preAllocatedVUs"),
        ({"a": PER_VU | {"executor": "shared-iterations", "iterations": 1}}, "scenarios.a.iterations"),
        ({"a": {"executor": "ramping-vus", "stages": []}}, "scenarios.a.stages"),
        ({"a": {"executor": "ramping-vus", "stages": [{"duration": "1s"}]}}, "scenarios.a.stages[0].target"),
        ({"a": {"executor": "ramping-vus", "stages": [{"target": 1}]}}, "scenarios.a.stages[0].duration"),
        (
            {"a": {"executor": "ramping-vus", "startVUs": 0, "stages": [{"duration": "9s", "target": 0}]}},
            "scenarios.a",
        ),
        (
            {f"a{n}": CONSTANT | {"tags": {f"t{m}": "x" * 128 for m in range(10)}} for n in range(20)},
            "scenarios",
        ),
    ],
)
def test_invalid_scenarios_are_rejected_with_their_path(given: Any, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        plan_scenarios("custom", given)
    assert caught.value.field == field
