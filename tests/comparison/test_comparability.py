"""Each thing that makes two runs incomparable is said, and nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.comparison.comparability import Looked, cautions, machine
from dashboard.model.run import Run, RunStatus, Verdict
from tests.factories import an_ended_run


def a_looked(**changes: Any) -> Run:
    """A run whose context may be changed too."""
    names = {"stages", "endpoints_sha256", "k6_version", "generator"}
    context = {name: changes.pop(name) for name in names & changes.keys()}
    run = an_ended_run(**({"elapsed_s": 30.0} | changes))
    return replace(run, context=replace(run.context, **({"endpoints_sha256": "a" * 64} | context)))


def said(a: Run, b: Run) -> list[str]:
    return [caution.about for caution in cautions(Looked(run=a), Looked(run=b))]


def test_two_runs_of_the_same_kind_are_comparable() -> None:
    assert said(a_looked(), a_looked(run_id="20261122-101500-abcdefgh", label="another")) == []


@pytest.mark.parametrize(
    ("changes", "about"),
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
        ({"status": RunStatus.RUNNING}, "status"),
        ({"verdict": Verdict.INVALID}, "verdict"),
        ({"samples_lost": True}, "samples_lost"),
    ],
)
def test_each_thing_that_differs_is_said_alone(changes: dict[str, Any], about: str) -> None:
    assert said(a_looked(), a_looked(**changes)) == [about]
    assert said(a_looked(**changes), a_looked()) == [about]


def test_an_outcome_says_whose_it_is_and_why() -> None:
    stopped = a_looked(status=RunStatus.STOPPED, exit_reason="stopped by the user")
    (caution,) = cautions(Looked(run=a_looked()), Looked(run=stopped))

    assert caution.words == "B did not finish, it was stopped: stopped by the user"
    assert (caution.a, caution.b) == (None, "did not finish, it was stopped: stopped by the user")


def test_a_little_more_time_or_memory_is_no_difference() -> None:
    a = a_looked(elapsed_s=30.0, generator={"memory_bytes": 8_000_000_000})
    b = a_looked(elapsed_s=31.0, generator={"memory_bytes": 8_100_000_000})
    assert said(a, b) == []
    assert said(a, a_looked(elapsed_s=30.0, generator={"memory_bytes": 16_000_000_000})) == ["generator"]


def test_the_length_of_a_range_counts_where_one_was_chosen() -> None:
    run = a_looked()
    ranged = Looked(run=run, from_s=10.0, to_s=20.0)
    assert [c.about for c in cautions(Looked(run=run), ranged)] == ["length"]
    assert cautions(ranged, Looked(run=run, from_s=0.0, to_s=10.0)) == ()


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        (15.6, 90.0, ("15.6 s", "1 min 30 s")),
        (0.05, 7_200.0, ("0.05 s", "2 h")),
        (59.96, 3_661.0, ("60 s", "1 h 1 min 1 s")),
    ],
)
def test_lengths_are_told_as_they_are_read(a: float, b: float, told: tuple[str, str]) -> None:
    (caution,) = cautions(Looked(run=a_looked(elapsed_s=a)), Looked(run=a_looked(elapsed_s=b)))
    assert (caution.a, caution.b) == told


def test_shapes_are_told_leg_by_leg() -> None:
    ramp, steady = ((0.0, 0), (30.0, 20), (90.0, 20), (90.0, 5), (100.0, 0)), ((0.0, 2), (30.0, 2))
    waves = tuple((float(at_s), at_s % 20) for at_s in range(0, 100, 10))
    shapes = [a_looked(stages=stages) for stages in (ramp, steady, waves)]
    told = [cautions(Looked(run=a_looked()), Looked(run=run))[0].b for run in shapes]
    assert told == [
        "users: 0 to 20 in 30 s, 20 for 1 min, 5 to 0 in 10 s",
        "users: 2 for 30 s",
        "users: up to 10",
    ]


def test_a_rate_is_told_with_the_users_that_carry_it() -> None:
    run = a_looked(stages=((0.0, 100), (30.0, 100)), vus_max=40)
    rate = replace(run, context=replace(run.context, plan_unit="rate"))
    (caution,) = cautions(Looked(run=a_looked()), Looked(run=rate))
    assert caution.b == "iterations a second: 100 for 30 s, by at most 40 users"


def test_a_machine_is_told_in_a_line() -> None:
    assert machine({"host": "lab", "cpu_model": "EPYC", "cores": 8}) == "lab, EPYC, 8 cores"
    assert machine({}) == "not known"
