"""Events are stored together with their facts: each exactly once, none of a fact that was rolled back."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.model.baseline import Baseline, Scope
from dashboard.model.outgoing import EventName
from dashboard.model.run import RunStatus, Verdict
from dashboard.model.slo import SloResult
from dashboard.store.errors import StaleRun
from dashboard.store.event_outbox import move_position
from dashboard.store.store import Store
from tests.factories import A_MOMENT, A_RUN_ID, a_run, an_ended_run, an_event

STARTING = a_run(status=RunStatus.STARTING, started_at=None, meta={"commit_sha": "abc"})
BREACHED = SloResult(key="p95_ms", value=612.4, limit=500.0, passed=False)
MET = SloResult(key="error_rate", value=0.0, limit=0.01, passed=True)


def names(store: Store) -> list[str]:
    return [event.name.value for event in store.event_outbox.after(0)]


def test_a_run_has_one_event_for_its_start_and_one_for_its_end(store: Store) -> None:
    store.runs.insert(STARTING)
    assert names(store) == []
    started = replace(STARTING, status=RunStatus.STARTING, started_at=A_MOMENT)
    store.runs.update(started)
    store.runs.update(replace(started, status=RunStatus.RUNNING))
    store.append(A_RUN_ID, [], run=an_ended_run(meta={"commit_sha": "abc"}), slo_results=[BREACHED, MET])
    store.runs.update(an_ended_run(label="renamed"))

    assert names(store) == ["run.started", "run.finished"]
    end = store.event_outbox.after(1)[0]
    assert end.body["run"]["p95_ms"] == an_ended_run().figures.p95_ms
    assert end.body["meta"] == {"commit_sha": "abc"}
    assert end.body["breaches"] == [
        {
            "level": "run",
            "name": "",
            "key": "p95_ms",
            "value": 612.4,
            "limit": 500.0,
            "message": "p95 612.4 ms > 500 ms",
        }
    ]
    assert end.body["baseline"] is None


@pytest.mark.parametrize(
    ("status", "verdict", "expected"),
    [
        (RunStatus.FINISHED, Verdict.FAIL, ["run.finished"]),
        (RunStatus.FINISHED, Verdict.INVALID, ["run.finished", "run.invalid"]),
        (RunStatus.FAILED, None, ["run.failed"]),
        (RunStatus.INTERRUPTED, None, ["run.failed"]),
        (RunStatus.STOPPED, Verdict.NONE, ["run.stopped"]),
    ],
)
def test_the_end_of_a_run_names_how_it_ended(
    store: Store, status: RunStatus, verdict: Verdict | None, expected: list[str]
) -> None:
    store.runs.insert(a_run())
    store.runs.update(an_ended_run(status=status, verdict=verdict))
    assert names(store) == expected


def test_a_canceled_run_was_stopped(store: Store) -> None:
    store.runs.insert(a_run(status=RunStatus.QUEUED, started_at=None))
    store.runs.update(a_run(status=RunStatus.STOPPED, started_at=None))
    assert names(store) == ["run.stopped"]


def test_no_event_without_its_fact(store: Store) -> None:
    store.runs.insert(a_run())
    with pytest.raises(StaleRun):
        store.runs.update(an_ended_run(), expected=(RunStatus.QUEUED,))
    assert names(store) == []


@pytest.mark.parametrize("foreign", [{"origin": "other"}, {"imported_at": A_MOMENT}])
def test_runs_of_other_dashboards_have_no_events_here(store: Store, foreign: dict[str, Any]) -> None:
    store.runs.insert(a_run(**foreign))
    store.runs.update(an_ended_run(**foreign))
    assert names(store) == []


def test_slos_that_are_breached_together_are_one_event(store: Store) -> None:
    store.runs.insert(a_run())
    other = replace(BREACHED, level="operation", name="Login")
    numbers = store.events.add_breaches(A_RUN_ID, [an_event("a"), an_event("b")], [BREACHED, other])

    assert numbers == [1, 2]
    assert names(store) == ["slo.breached"]
    [event] = store.event_outbox.after(0)
    assert [breach["message"] for breach in event.body["breaches"]] == [
        "p95 612.4 ms > 500 ms",
        "Login: p95 612.4 ms > 500 ms",
    ]


def test_a_changed_baseline_names_the_new_and_the_previous_run(store: Store) -> None:
    first, second = an_ended_run(), an_ended_run("20261121-101500-bbbbbbbb", imported_at=A_MOMENT)
    for run in (first, second):
        store.runs.insert(run)
    scope = Scope(profile="smoke")
    for run in (first, second, second):
        store.baselines.pin(Baseline(scope=scope, run_id=run.run_id, pinned_at=A_MOMENT, changed_by="ann"))
    store.baselines.unpin(scope, by="bob")
    assert not store.baselines.unpin(scope)

    events = store.event_outbox.after(0)
    assert [event.name for event in events] == [EventName.BASELINE_CHANGED] * 3
    about = {"profile": "smoke", "env_profile": None}
    assert [event.body["baseline"] for event in events] == [
        {**about, "changed_by": "ann", "run_id": first.run_id, "previous_run_id": None},
        {**about, "changed_by": "ann", "run_id": second.run_id, "previous_run_id": first.run_id},
        {**about, "changed_by": "bob", "run_id": None, "previous_run_id": second.run_id},
    ]


def test_only_events_that_every_consumer_has_handled_are_pruned(store: Store) -> None:
    outbox = store.event_outbox
    store.runs.insert(STARTING)
    store.runs.update(a_run())
    store.runs.update(an_ended_run())
    later = "2999-01-01T00:00:00.000Z"
    assert outbox.prune(later) == 0

    store._database.write(lambda db: move_position(db, "first", 2))
    store._database.write(lambda db: move_position(db, "second", 1))
    assert (outbox.position("first"), outbox.position("third")) == (2, 0)
    assert outbox.prune("2000-01-01T00:00:00.000Z") == 0
    assert outbox.prune(later) == 1
    assert names(store) == ["run.finished"]
