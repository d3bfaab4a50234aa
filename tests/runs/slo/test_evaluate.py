"""Limits at every level and of every profile. No limit passes without its figure, and every failure has a reason."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboard.endpoints.parse import read_document
from dashboard.endpoints.slos import slo_set_of
from dashboard.model.figures import figures_of
from dashboard.model.run import Run, RunStatus, Verdict
from dashboard.model.slo import verdict_of
from dashboard.model.slo_set import LOWER_IS_BETTER, SLO_KEYS, Level, SloSet
from dashboard.model.snapshot import OVERALL, OpKey
from dashboard.model.tally import Tally, total_of
from dashboard.runs.slo.evaluate import NO_PLATEAU, SloEvaluator, SloInput, evaluate_slos
from dashboard.runs.slo.tolerances import Tolerances
from dashboard.store.store import Store
from tests.factories import a_run, a_tally, an_interval

LIST = OpKey("List", "shop", "")
BUY = OpKey("Buy", "shop", "")
OTHER = OpKey("Other", "else", "")
SECONDS = 10.0
LEVELS: tuple[tuple[Level, str], ...] = (("run", ""), ("operation", "List"), ("group", "shop"))


def limits_at(level: Level, name: str, limits: dict[str, float]) -> SloSet:
    return {
        "run": lambda: SloSet(run=limits),
        "operation": lambda: SloSet(operations={name: limits}),
        "group": lambda: SloSet(groups={name: limits}),
    }[level]()


def slo_input(*ops: OpKey, tally: Tally | None = None) -> SloInput:
    """Return tallies in which each of `ops` has the same requests. By default, half of them failed."""
    tallies = {op: tally or a_tally([0.1] * 20, failed=[0.1] * 20) for op in ops}
    return SloInput(tallies={OVERALL: total_of(tallies.values()), **tallies}, seconds=SECONDS)


@pytest.mark.parametrize("key", SLO_KEYS)
@pytest.mark.parametrize(("level", "name"), LEVELS)
@pytest.mark.parametrize("case", ["met", "equal", "missed", "no requests", "nothing answered"])
def test_every_key_at_every_level(key: str, level: Level, name: str, case: str) -> None:
    (measured,) = evaluate_slos(limits_at(level, name, {key: 0.0}), slo_input(LIST), 500)
    value = measured.value
    assert value is not None
    change = -0.1 if (key in LOWER_IS_BETTER) == (case == "missed") else 0.1
    limit = max(0.0, value * (1 + (0 if case == "equal" else change)))
    tallies = {
        "no requests": slo_input(tally=Tally()),
        "nothing answered": slo_input(LIST, tally=connection_refused()),
    }.get(case, slo_input(LIST))
    (result,) = evaluate_slos(limits_at(level, name, {key: limit}), tallies, 500)
    verdict, reason = verdict_of([result])
    expected = {"met": Verdict.PASS, "equal": Verdict.PASS, "missed": Verdict.FAIL}.get(case)
    assert reason
    assert (result.level, result.name) == (level, name)
    if expected is not None:
        assert verdict is expected
    else:
        assert verdict is not Verdict.PASS
    if result.value is None:
        assert verdict is Verdict.UNKNOWN
        assert ": " in result.message


def connection_refused() -> Tally:
    """Return the tally of requests to a closed port."""
    tally = a_tally([])
    tally.add_duration("0-", a_tally([0.0] * 5).duration())
    tally.add_check("status is 200", 0, 5)
    return tally


def test_a_group_adds_up_its_operations() -> None:
    slow = a_tally([1.0] * 20)
    measured = SloInput(
        tallies={OVERALL: Tally(), LIST: a_tally([0.1] * 20), BUY: slow, OTHER: slow}, seconds=10
    )
    (rps, avg) = evaluate_slos(SloSet(groups={"shop": {"rps": 1, "avg_ms": 600}}), measured, 500)
    assert rps.value == 4.0
    assert avg.value == pytest.approx(550.0)


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("soak", {"p95_ms": 500.0, "error_rate": 0.01}),
        ("smoke", {"p95_ms": 300.0, "error_rate": 0.01, "rps": 5.0}),
        ("stress", {"error_rate": 0.01}),
    ],
)
def test_a_profile_overrides_limits_key_by_key(profile: str, expected: dict[str, float]) -> None:
    document = {
        "slos": {"p95_ms": 500, "error_rate": 0.01, "rps": None},
        "slo_profiles": {"smoke": {"p95_ms": 300, "rps": 5}, "stress": {"p95_ms": None}},
        "slo_groups": {"shop": {"rps": 1}},
        "slo_options": {"skip": "ramp", "abort": {"window": "1m", "min_requests": 3}},
        "endpoints": [{"name": "List", "group": "shop", "path": "/", "slos": {"p99_ms": 9, "rps": None}}],
    }
    limits = slo_set_of(read_document(json.dumps(document).encode())[0], profile)
    assert limits.run == expected
    assert limits.operations == {"List": {"p99_ms": 9.0}}
    assert limits.groups == {"shop": {"rps": 1.0}}
    assert limits.skip == "ramp"
    assert limits.abort is not None
    assert (limits.abort.window_s, limits.abort.warm_up_s, limits.abort.min_requests) == (60.0, None, 3)


def test_exact_figures_have_no_histogram_error() -> None:
    near = slo_input(LIST)
    (uncertain,) = evaluate_slos(SloSet(run={"p95_ms": 101.0}), near, 500)
    assert uncertain.note is not None
    from_record = replace(near, figures=figures_of(near.tallies[OVERALL], SECONDS, 500), exact=True)
    (certain,) = evaluate_slos(SloSet(run={"p95_ms": 101.0}), from_record, 500)
    assert certain.note is None


RAMP = ((0.0, 0), (10.0, 4), (30.0, 4), (40.0, 0))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "d.db")
    yield made
    made.close()


def a_run_with_ramps(store: Store, stages: Any = RAMP) -> tuple[SloEvaluator, Run]:
    """Store a run with 20 requests in each window of 2 s: slow on the ramps, fast on the plateau."""
    run = a_run(status=RunStatus.FINISHED)
    run = replace(run, context=replace(run.context, stages=stages, slos={}), elapsed_s=40.0)
    store.runs.insert(run)
    intervals = []
    for seq in range(1, 21):
        ramp = seq <= 5 or seq > 15
        vus = min(seq, 4, 21 - seq) if ramp else 4
        intervals.append(an_interval(seq, {LIST: a_tally([2.0 if ramp else 0.1] * 20)}, vus=vus))
    store.append(run.run_id, intervals)
    return SloEvaluator(store, Tolerances()), run


def test_ramps_of_the_plan_are_skipped(store: Store) -> None:
    evaluator, run = a_run_with_ramps(store)
    limits = {"p95_ms": 500.0, "rps": 9.0}
    whole = evaluator.results(run, store.ranges.cumulative(run.run_id), SloSet(run=limits))
    steady = evaluator.results(run, store.ranges.cumulative(run.run_id), SloSet(run=limits, skip="ramp"))
    assert [result.passed for result in whole] == [False, True]
    assert [result.passed for result in steady] == [True, True]
    assert steady[1].value == pytest.approx(10.0)


def test_operations_and_groups_skip_ramps_too(store: Store) -> None:
    evaluator, run = a_run_with_ramps(store)
    limits = SloSet(
        operations={"List": {"p95_ms": 500.0}}, groups={LIST.group: {"p95_ms": 500.0}}, skip="ramp"
    )
    assert [r.passed for r in evaluator.results(run, store.ranges.cumulative(run.run_id), limits)] == [
        True,
        True,
    ]


def test_without_a_plateau_the_verdict_is_unknown(store: Store) -> None:
    evaluator, run = a_run_with_ramps(store, ((0.0, 0), (20.0, 4), (40.0, 0)))
    limits = SloSet(run={"p95_ms": 5_000.0, "rps": 0.0}, skip="ramp")
    results = evaluator.results(run, store.ranges.cumulative(run.run_id), limits)
    verdict, reason = verdict_of(results)
    assert verdict is Verdict.UNKNOWN
    assert NO_PLATEAU in reason


def test_a_run_without_ramps_is_evaluated_as_a_whole(store: Store) -> None:
    evaluator, run = a_run_with_ramps(store, ((0.0, 4), (40.0, 4)))
    limits = SloSet(run={"p95_ms": 500.0}, skip="ramp")
    (result,) = evaluator.results(run, store.ranges.cumulative(run.run_id), limits)
    assert result.passed is False


def test_results_are_stored_and_deleted_with_the_run(store: Store) -> None:
    evaluator, run = a_run_with_ramps(store)
    limits = SloSet(run=dict.fromkeys(SLO_KEYS, 0.5), operations={"Größe \ud83c": {"rps": 1.0}})
    results = evaluator.results(run, store.ranges.cumulative(run.run_id), limits)
    store.append(run.run_id, [], run=run, slo_results=results)
    kept = store.slo_results.of_run(run.run_id)
    assert [(r.key, r.value, r.limit, r.passed, r.note) for r in kept] == [
        (r.key, r.value, r.limit, r.passed, r.note) for r in results
    ]
    store.runs.delete(run.run_id)
    assert store.slo_results.of_run(run.run_id) == []
