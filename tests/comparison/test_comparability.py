"""Each condition that differs between two runs gives exactly one warning."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.comparison.comparability import (
    ComparabilityWarning,
    ComparedRun,
    comparability_warnings,
    machine_text,
)
from dashboard.model.run import Run, RunStatus, Verdict
from dashboard.model.steered_load import SteeredLoad
from tests.factories import an_ended_run

CONTEXT_FIELDS = {"stages", "endpoints_sha256", "k6_version", "generator"}


def a_comparable_run(**changes: Any) -> Run:
    """Return an ended run. `changes` can set fields of the run, of its configuration and of its context."""
    context = {name: changes.pop(name) for name in CONTEXT_FIELDS & changes.keys()}
    run = an_ended_run(**({"elapsed_s": 30.0} | changes))
    return replace(run, context=replace(run.context, **({"endpoints_sha256": "a" * 64} | context)))


def warnings_between(a: Run, b: Run) -> tuple[ComparabilityWarning, ...]:
    return comparability_warnings(ComparedRun(run=a), ComparedRun(run=b))


def conditions(a: Run, b: Run) -> list[str]:
    return [warning.condition for warning in warnings_between(a, b)]


def test_two_similar_runs_are_comparable() -> None:
    other = a_comparable_run(run_id="20261122-101500-abcdefgh", label="another")
    assert conditions(a_comparable_run(), other) == []


@pytest.mark.parametrize(
    ("changes", "is_blocking"),
    [
        ({"profile": "ramp"}, True),
        ({"stages": ((0.0, 2), (30.0, 20))}, True),
        ({"planned_s": 55.0, "stages": ((55.0, 2),)}, True),
        ({"status": RunStatus.STOPPED}, True),
        ({"verdict": Verdict.INVALID}, True),
        ({"steered_load": SteeredLoad(paused_s=12.0)}, True),
        ({"status": RunStatus.RUNNING}, False),
        ({"elapsed_s": 60.0}, False),
        ({"endpoints_sha256": "b" * 64}, False),
        ({"base_url": "http://elsewhere"}, False),
        ({"k6_version": "2.3.0"}, False),
    ],
)
def test_another_load_or_an_unusable_result_blocks_the_comparison(
    changes: dict[str, Any], is_blocking: bool
) -> None:
    (warning,) = warnings_between(a_comparable_run(), a_comparable_run(**changes))
    assert warning.blocking is is_blocking


def test_a_live_ramp_blocks_the_comparison_until_it_ends() -> None:
    ramp = a_comparable_run(stages=((0.0, 1), (30.0, 4)))
    live = a_comparable_run(stages=((0.0, 1), (30.0, 4)), status=RunStatus.RUNNING, elapsed_s=4.0)
    (warning,) = warnings_between(ramp, live)
    assert (warning.condition, warning.blocking) == ("status", True)


def test_selected_ranges_are_compared_whatever_the_load_is() -> None:
    a = ComparedRun(run=a_comparable_run(), from_s=0.0, to_s=10.0)
    b = ComparedRun(
        run=a_comparable_run(profile="ramp", planned_s=90.0, stages=((90.0, 2),)), from_s=0.0, to_s=10.0
    )
    warnings = comparability_warnings(a, b)
    assert [(warning.condition, warning.blocking) for warning in warnings] == [("profile", False)]


@pytest.mark.parametrize(
    ("changes", "condition"),
    [
        ({"profile": "ramp"}, "profile"),
        ({"stages": ((0.0, 1), (30.0, 4))}, "shape"),
        ({"elapsed_s": 60.0}, "length"),
        ({"base_url": "http://elsewhere"}, "target"),
        ({"env_profile": "staging"}, "env_profile"),
        ({"endpoints_sha256": "b" * 64}, "endpoints"),
        ({"auth_mode": "bearer"}, "auth_mode"),
        ({"k6_version": "2.3.0"}, "k6_version"),
        ({"generator": {"cores": 4, "host": "here"}}, "generator"),
        ({"generator": {"cores": 2, "host": "there"}}, "generator"),
        ({"apdex_t_ms": 100.0}, "apdex_t_ms"),
        ({"percentiles_from": "exact"}, "percentiles_from"),
        ({"status": RunStatus.STOPPED}, "status"),
        ({"status": RunStatus.RUNNING}, "live"),
        ({"planned_s": 60.0, "stages": ((60.0, 2),)}, "planned_length"),
        ({"steered_load": SteeredLoad(paused_s=12.0)}, "steered"),
        ({"verdict": Verdict.INVALID}, "verdict"),
        ({"samples_lost": True}, "samples_lost"),
    ],
)
def test_each_difference_gives_one_warning(changes: dict[str, Any], condition: str) -> None:
    assert conditions(a_comparable_run(), a_comparable_run(**changes)) == [condition]
    assert conditions(a_comparable_run(**changes), a_comparable_run()) == [condition]


def test_a_warning_about_an_outcome_names_the_side_and_the_reason() -> None:
    stopped = a_comparable_run(status=RunStatus.STOPPED, exit_reason="stopped by the user")
    (warning,) = warnings_between(a_comparable_run(), stopped)

    problem = "did not finish; its status is stopped: stopped by the user"
    assert warning.message == f"B {problem}"
    assert (warning.a, warning.b) == (None, problem)


def test_small_differences_of_length_and_memory_are_tolerated() -> None:
    a = a_comparable_run(elapsed_s=30.0, generator={"memory_bytes": 8_000_000_000})
    b = a_comparable_run(elapsed_s=31.0, generator={"memory_bytes": 8_100_000_000})
    larger = a_comparable_run(elapsed_s=30.0, generator={"memory_bytes": 16_000_000_000})
    assert conditions(a, b) == []
    assert conditions(a, larger) == ["generator"]


def test_a_selected_range_is_compared_by_its_own_length() -> None:
    run = a_comparable_run()
    whole = ComparedRun(run=run)
    late = ComparedRun(run=run, from_s=10.0, to_s=20.0)
    early = ComparedRun(run=run, from_s=0.0, to_s=10.0)
    assert [warning.condition for warning in comparability_warnings(whole, late)] == ["length"]
    assert comparability_warnings(late, early) == ()


@pytest.mark.parametrize(
    ("a", "b", "texts"),
    [
        (15.6, 90.0, ("15.6 s", "1 min 30 s")),
        (0.05, 7_200.0, ("0.05 s", "2 h")),
        (59.96, 3_661.0, ("60 s", "1 h 1 min 1 s")),
    ],
)
def test_lengths_are_shown_in_hours_minutes_and_seconds(a: float, b: float, texts: tuple[str, str]) -> None:
    (warning,) = warnings_between(a_comparable_run(elapsed_s=a), a_comparable_run(elapsed_s=b))
    assert (warning.a, warning.b) == texts


def test_load_curves_are_shown_segment_by_segment() -> None:
    ramp, steady = ((0.0, 0), (30.0, 20), (90.0, 20), (90.0, 5), (100.0, 0)), ((0.0, 2), (30.0, 2))
    waves = tuple((float(at_s), at_s % 20) for at_s in range(0, 100, 10))
    runs = [a_comparable_run(stages=stages) for stages in (ramp, steady, waves)]
    assert [warnings_between(a_comparable_run(), run)[0].b for run in runs] == [
        "users: 0 to 20 in 30 s, 20 for 1 min, 5 to 0 in 10 s",
        "users: 2 for 30 s",
        "users: up to 10",
    ]


def test_a_rate_is_shown_with_its_maximum_number_of_users() -> None:
    run = a_comparable_run(stages=((0.0, 100), (30.0, 100)), vus_max=40)
    rate = replace(run, context=replace(run.context, plan_unit="rate"))
    (warning,) = warnings_between(a_comparable_run(), rate)
    assert warning.b == "iterations per second: 100 for 30 s, at most 40 users"


def test_a_machine_is_shown_on_one_line() -> None:
    assert machine_text({"host": "lab", "cpu_model": "EPYC", "cores": 8}) == "lab, EPYC, 8 cores"
    assert machine_text({}) == "unknown"
