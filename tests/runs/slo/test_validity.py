"""A run whose load was not what was planned is no evidence, and says why with its numbers."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.model.figures import RunTotals
from dashboard.model.run import Run
from dashboard.model.snapshot import Snapshot
from dashboard.runs.slo.validity import Tolerances, tolerances_of, invalid_reason
from dashboard.settings import Settings
from tests.factories import a_run, a_snapshot


def totals(**changes: Any) -> RunTotals:
    blank = RunTotals(
        iterations=1_000,
        dropped_iterations=None,
        data_received_bytes=None,
        data_sent_bytes=None,
        connection_reuse_rate=None,
    )
    return replace(blank, **changes)


def a_planned_run(stages: tuple[tuple[float, int], ...] = ((0.0, 2), (30.0, 2)), **changes: Any) -> Run:
    unit = changes.pop("plan_unit", "vus")
    run = a_run(**changes)
    return replace(run, context=replace(run.context, stages=stages, plan_unit=unit))


def windows(*, cpu: tuple[float | None, ...] = (0.2,) * 15, vus: int | None = 2) -> list[Snapshot]:
    return [a_snapshot(seq, generator_cpu=share, vus=vus) for seq, share in enumerate(cpu, 1)]


def told(run: Run, found: RunTotals, seen: list[Snapshot], allowed: Tolerances | None = None) -> str | None:
    return invalid_reason(run, found, seen, allowed or Tolerances())


def test_a_run_that_was_steered_need_not_keep_to_its_plan() -> None:
    run = a_planned_run(((0.0, 100), (30.0, 100)), plan_unit="rate")
    assert "planned iterations" in (told(run, totals(), windows()) or "")
    assert told(replace(run, steered=True), totals(), windows()) is None


def test_a_steerable_run_in_which_nobody_began_is_no_evidence() -> None:
    run = a_planned_run()
    steerable = replace(run, config=replace(run.config, steering_variable="vus"))
    assert told(steerable, totals(), windows()) is None
    assert "no iteration was begun" in (told(steerable, totals(iterations=None), windows()) or "")


def test_a_run_as_planned_is_fit() -> None:
    assert told(a_planned_run(), totals(dropped_iterations=0), windows()) is None


@pytest.mark.parametrize(("dropped", "fit"), [(10, True), (11, False)])
def test_dropped_iterations_above_the_tolerance(dropped: int, fit: bool) -> None:
    words = told(a_planned_run(), totals(iterations=1_000 - dropped, dropped_iterations=dropped), windows())
    assert (words is None) is fit
    if words:
        assert words.startswith("k6 dropped 11 of 1000 planned iterations (1.10%; 1.00% may be)")


@pytest.mark.parametrize(
    ("cpu", "fit"),
    [
        ((0.95, *(0.2,) * 9), False),
        ((0.95, *(0.2,) * 10), True),
        ((0.9, *(0.2,) * 9), False),
        ((0.89,) * 10, True),
        ((None,) * 10, True),
        ((None,) * 10 + (0.95,), False),
    ],
)
def test_a_saturated_generator(cpu: tuple[float | None, ...], fit: bool) -> None:
    words = told(a_planned_run(), totals(), windows(cpu=cpu))
    assert (words is None) is fit
    if words:
        assert "k6 used 90% or more of its processor cores for 2 of " in words


@pytest.mark.parametrize(("vus", "fit"), [(20, True), (19, True), (18, False), (0, True), (None, True)])
def test_users_that_were_planned_and_not_there(vus: int | None, fit: bool) -> None:
    words = told(a_planned_run(((0.0, 20), (30.0, 20))), totals(), windows(vus=vus))
    assert (words is None) is fit
    if words:
        assert words.startswith("only 90.0% of the planned users were there")


def test_a_ramp_that_lags_by_less_than_what_is_in_doubt_is_as_planned() -> None:
    stages = ((0.0, 0), (10.0, 10), (20.0, 10), (30.0, 0))
    seen = [a_snapshot(s, vus=v) for s, v in enumerate([1, 3, 5, 7, 9, 10, 10, 10, 10, 10, 8, 6, 4, 2, 0], 1)]
    assert told(a_planned_run(stages), totals(), seen) is None


@pytest.mark.parametrize(("done", "fit"), [(600, True), (570, True), (569, False)])
def test_a_rate_that_was_not_reached(done: int, fit: bool) -> None:
    run = a_planned_run(((0.0, 20), (30.0, 20)), plan_unit="rate")
    words = told(run, totals(iterations=done), windows(vus=3))
    assert (words is None) is fit
    if words:
        assert words.startswith(
            "k6 carried out 569 of 600 planned iterations (94.8%; at least 95.0% are needed)"
        )


def test_every_reason_is_told() -> None:
    run = a_planned_run(samples_lost=True, samples_lost_reason="k6's last figures never arrived")
    words = told(run, totals(dropped_iterations=500), windows(cpu=(1.0,) * 10))
    assert words is not None
    assert [part.split()[0] for part in words.split("; ") if part[0] in "fk"] == ["figures", "k6", "k6"]


def test_the_limits_are_settings() -> None:
    settings = Settings(_env_file=None, invalid_dropped=0.5, invalid_generator_cpu=0.4, invalid_load=0.1)
    allowed = tolerances_of(settings)
    assert allowed == Tolerances(dropped=0.5, generator_cpu=0.4, generator_busy=0.1, load=0.1)
    assert told(a_planned_run(), totals(dropped_iterations=900), windows(cpu=(0.3,) * 10), allowed) is None
