"""A run without its planned load is invalid, and its reason quotes the numbers."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.model.figures import RunTotals
from dashboard.model.run import Run
from dashboard.model.snapshot import Snapshot
from dashboard.model.steered_load import LoadChange, load_after
from dashboard.runs.slo.tolerances import Tolerances, tolerances_of
from dashboard.runs.slo.validity import invalid_reason
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


def reason_for(
    run: Run, run_totals: RunTotals, seen: list[Snapshot], tolerances: Tolerances | None = None
) -> str | None:
    return invalid_reason(run, run_totals, seen, tolerances or Tolerances())


def test_a_steered_run_is_valid_without_its_planned_load() -> None:
    run = a_planned_run(((0.0, 100), (30.0, 100)), plan_unit="rate")
    assert "planned iterations" in (reason_for(run, totals(), windows()) or "")
    assert reason_for(replace(run, steered=True), totals(), windows()) is None


def test_a_steerable_run_without_iterations_is_invalid() -> None:
    run = a_planned_run()
    steerable = replace(run, config=replace(run.config, steering_variable="vus"))
    assert reason_for(steerable, totals(), windows()) is None
    assert "no iteration was started" in (reason_for(steerable, totals(iterations=None), windows()) or "")


def test_a_run_as_planned_is_valid() -> None:
    assert reason_for(a_planned_run(), totals(dropped_iterations=0), windows()) is None


@pytest.mark.parametrize(("dropped", "valid"), [(10, True), (11, False)])
def test_dropped_iterations_above_the_tolerance_invalidate_a_run(dropped: int, valid: bool) -> None:
    reason = reason_for(
        a_planned_run(), totals(iterations=1_000 - dropped, dropped_iterations=dropped), windows()
    )
    assert (reason is None) is valid
    if reason:
        assert reason.startswith("k6 dropped 11 of 1000 planned iterations (1.10%, allowed: 1.00%)")


@pytest.mark.parametrize(
    ("cpu", "valid"),
    [
        ((0.95, *(0.2,) * 9), False),
        ((0.95, *(0.2,) * 10), True),
        ((0.9, *(0.2,) * 9), False),
        ((0.89,) * 10, True),
        ((None,) * 10, True),
        ((None,) * 10 + (0.95,), False),
    ],
)
def test_a_saturated_generator_invalidates_a_run(cpu: tuple[float | None, ...], valid: bool) -> None:
    reason = reason_for(a_planned_run(), totals(), windows(cpu=cpu))
    assert (reason is None) is valid
    if reason:
        assert "k6 used 90% or more of its CPU cores for 2 of " in reason


@pytest.mark.parametrize(("vus", "valid"), [(20, True), (19, True), (18, False), (0, True), (None, True)])
def test_missing_users_invalidate_a_run(vus: int | None, valid: bool) -> None:
    reason = reason_for(a_planned_run(((0.0, 20), (30.0, 20))), totals(), windows(vus=vus))
    assert (reason is None) is valid
    if reason:
        assert reason.startswith("only 90.0% of the planned users were active")


def test_a_ramp_may_lag_by_the_uncertainty_of_its_start() -> None:
    stages = ((0.0, 0), (10.0, 10), (20.0, 10), (30.0, 0))
    seen = [a_snapshot(s, vus=v) for s, v in enumerate([1, 3, 5, 7, 9, 10, 10, 10, 10, 10, 8, 6, 4, 2, 0], 1)]
    assert reason_for(a_planned_run(stages), totals(), seen) is None


@pytest.mark.parametrize(("done", "valid"), [(600, True), (570, True), (569, False)])
def test_a_missed_rate_invalidates_a_run(done: int, valid: bool) -> None:
    run = a_planned_run(((0.0, 20), (30.0, 20)), plan_unit="rate")
    reason = reason_for(run, totals(iterations=done), windows(vus=3))
    assert (reason is None) is valid
    if reason:
        assert reason.startswith("k6 completed 569 of 600 planned iterations (94.8%, required: 95.0%)")


def test_every_reason_is_listed() -> None:
    run = a_planned_run(samples_lost=True, samples_lost_reason="k6's final push never arrived")
    reason = reason_for(run, totals(dropped_iterations=500), windows(cpu=(1.0,) * 10))
    assert reason is not None
    assert [part.split()[0] for part in reason.split("; ") if part[0] in "fk"] == ["figures", "k6", "k6"]


def test_the_tolerances_are_settings() -> None:
    settings = Settings(_env_file=None, invalid_dropped=0.5, invalid_generator_cpu=0.4, invalid_load=0.1)
    tolerances = tolerances_of(settings)
    assert tolerances == Tolerances(dropped=0.5, generator_cpu=0.4, generator_busy=0.1, load=0.1)
    assert (
        reason_for(a_planned_run(), totals(dropped_iterations=900), windows(cpu=(0.3,) * 10), tolerances)
        is None
    )


@pytest.mark.parametrize(
    ("stages", "done", "valid"),
    [
        (((0.0, 0), (3.0, 3)), 4, True),
        (((0.0, 0), (3.0, 3)), 3, False),
        (((0.0, 2), (2.0, 2)), 3, True),
        (((0.0, 2), (2.0, 2)), 2, False),
        (((0.0, 0), (10.0, 0.1)), 0, True),
        (((0.0, 0), (2.0, 1)), 0, True),
    ],
)
def test_a_slow_or_short_rate_is_valid_with_the_iterations_that_k6_starts(
    stages: tuple[tuple[float, int], ...], done: int, valid: bool
) -> None:
    run = a_planned_run(stages, plan_unit="rate")
    assert (reason_for(run, totals(iterations=done), windows(vus=1)) is None) is valid


@pytest.mark.parametrize(
    ("changes", "valid"),
    [
        ([LoadChange(5, is_paused=True, is_reduced=False)], False),
        ([LoadChange(5, is_paused=True, is_reduced=True)], False),
        (
            [
                LoadChange(5, is_paused=True, is_reduced=False),
                LoadChange(9, is_paused=False, is_reduced=False),
            ],
            True,
        ),
        ([LoadChange(5, is_paused=False, is_reduced=True)], True),
        ([LoadChange(29.5, is_paused=True, is_reduced=False)], False),
        ([LoadChange(31, is_paused=True, is_reduced=False)], True),
    ],
)
def test_a_run_that_was_paused_until_its_end_is_invalid(changes: list[LoadChange], valid: bool) -> None:
    run = a_planned_run(steered=True, steered_load=load_after(changes, 30.0))
    reason = reason_for(run, totals(), windows())
    assert (reason is None) is valid
    if reason:
        assert reason.startswith("the run was paused until its end")
