"""Trends from precomputed figures equal the figures of the tallies."""

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.model.figures import figures_of
from dashboard.model.run import Run, RunStatus, Verdict
from dashboard.model.snapshot import OpKey
from dashboard.model.steered_load import SteeredLoad
from dashboard.model.tally import total_of
from dashboard.store.migrations import FOLDER
from dashboard.store.store import Store
from dashboard.store.values import Cohort, RunFilter
from tests.factories import A_MOMENT, a_tally, an_ended_run, an_interval
from tests.store.waiting import wait_until

SMOKE = Cohort(profile="smoke", base_url="http://127.0.0.1:8000")
LIST, PAY = OpKey("List", "shop", ""), OpKey("Pay", "shop", "")


def add_ended_run(store: Store, minute: int, seconds: float = 0.1, **changes: Any) -> Run:
    """Store an ended run of three windows whose requests took `seconds`."""
    created_at = A_MOMENT.replace(minute=minute)
    run = an_ended_run(
        f"20261121-10{minute:02}00-abcdefgh",
        created_at=created_at,
        started_at=created_at,
        elapsed_s=6.0,
        **changes,
    )
    store.runs.insert(run)
    ops = {LIST: a_tally((seconds, seconds * 2)), LIST._replace(phase="setup"): a_tally((seconds * 9,))}
    store.append(
        run.run_id,
        [an_interval(seq, ops if minute % 2 else ops | {PAY: a_tally()}) for seq in (1, 2, 3)],
        run=run,
    )
    return run


def test_point_names_the_planned_load_and_whether_somebody_steered_it(store: Store) -> None:
    add_ended_run(store, 1)
    add_ended_run(store, 2, vus_max=8, context=replace(an_ended_run().context, stages=((0.0, 8), (30.0, 8))))
    add_ended_run(store, 3, steered_load=SteeredLoad(paused_s=12.0))
    loads = ["users: up to 2; 30 s planned", "users: 8 for 30 s; 30 s planned"]
    expected = [*loads, f"{loads[0]}, steered"]
    assert [point["load"] for point in store.trends.series(None, SMOKE, 10)] == expected
    assert [point["load"] for point in store.trends.series("List", SMOKE, 10)] == expected
    assert [point["load"] for point in store.trends.series_by_op(SMOKE, 10)["List"]] == expected


def test_point_has_the_figures_of_the_tallies(store: Store) -> None:
    run = add_ended_run(store, 1, 0.2)
    (point,) = store.trends.series("List", SMOKE, 10)
    counted = total_of(
        tally
        for key, tally in store.ranges.cumulative(run.run_id).items()
        if key.op == "List" and key.is_load
    )
    figures = figures_of(counted, 6.0, run.config.apdex_t_ms)

    assert point["run_id"] == run.run_id
    for name in (
        "total_reqs",
        "rps",
        "error_rate",
        "avg_ms",
        "p50_ms",
        "p95_ms",
        "p99_ms",
        "apdex_score",
        "checks_rate",
    ):
        assert point[name] == getattr(figures, name)


def test_whole_run_has_the_figures_of_its_record(store: Store) -> None:
    run = add_ended_run(store, 1)
    (point,) = store.trends.series(None, SMOKE, 10)

    assert run.figures is not None
    assert (point["p95_ms"], point["total_reqs"]) == (run.figures.p95_ms, run.figures.total_reqs)


def test_newest_runs_are_sorted_oldest_first(store: Store) -> None:
    runs = [add_ended_run(store, minute) for minute in range(5)]

    assert [point["run_id"] for point in store.trends.series("List", SMOKE, 3)] == [
        run.run_id for run in runs[2:]
    ]
    assert [point["run_id"] for point in store.trends.series("Pay", SMOKE, 2)] == [
        runs[2].run_id,
        runs[4].run_id,
    ]
    assert store.trends.series("Never called", SMOKE, 10) == []
    assert store.trends.series("", SMOKE, 10) == []


def test_a_series_contains_only_runs_of_its_cohort(store: Store) -> None:
    kept = add_ended_run(store, 0)
    add_ended_run(store, 1, profile="ramp")
    add_ended_run(store, 2, base_url="http://elsewhere")
    add_ended_run(store, 3, env_profile="staging")
    add_ended_run(store, 4, status=RunStatus.STOPPED)
    add_ended_run(store, 5, verdict=Verdict.INVALID)

    assert [point["run_id"] for point in store.trends.series("List", SMOKE, 10)] == [kept.run_id]
    assert len(store.trends.series("List", Cohort(profile="smoke"), 10)) == 3
    assert (
        len(
            store.trends.series(
                "List", Cohort(profile="smoke", env_profile="staging", base_url="http://any"), 10
            )
        )
        == 1
    )
    assert store.trends.series("List", Cohort(profile="smoke", until="2026-11-21T09:00:00.000Z"), 10) == []


def test_series_by_op_equals_single_series(store: Store) -> None:
    for minute in range(5):
        add_ended_run(store, minute, 0.1 * (minute + 1))
    series = store.trends.series_by_op(SMOKE, 5)

    assert sorted(series) == ["List", "Pay"]
    assert series == {name: store.trends.series(name, SMOKE, 5) for name in series}


def test_deleted_run_leaves_no_row(store: Store, tmp_path: Path) -> None:
    run = add_ended_run(store, 1)
    store.runs.delete(run.run_id)

    assert store.trends.series("List", SMOKE, 10) == []
    wait_until(lambda: _rows(tmp_path / "dashboard.db", "run_ops") == 0)


def test_trend_contains_an_imported_run_as_soon_as_it_is_published(store: Store) -> None:
    run = add_ended_run(store, 1)
    stored = store.intervals.read(run.run_id, after=0, limit=100)
    expected = store.trends.series("List", SMOKE, 10)
    store.runs.delete(run.run_id)
    for number in range(20):
        draft = store.drafts.open()
        store.drafts.add(draft, stored)
        store.drafts.publish(draft, run, [])
        assert store.trends.series("List", SMOKE, 10) == expected, f"import {number}"
        store.runs.delete(run.run_id)


def test_interval_added_to_an_ended_run_is_counted(store: Store) -> None:
    run = add_ended_run(store, 1)
    store.append(run.run_id, [an_interval(4, {PAY: a_tally()})])

    wait_until(lambda: [point["total_reqs"] for point in store.trends.series("Pay", SMOKE, 10)] == [3])


def test_runs_stored_before_the_table_existed_get_their_figures(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    store = Store(path)
    runs = [add_ended_run(store, minute, meta={"branch": "main"}) for minute in range(3)]
    expected = store.trends.series("List", SMOKE, 10)
    store.close()
    _migrate_again(path)

    opened = Store(path)
    assert opened.lists.count(RunFilter(meta="branch=main", target="127.0.0.1")) == 3
    assert opened.trends.series(None, SMOKE, 10)[0]["p95_ms"] == (runs[0].figures and runs[0].figures.p95_ms)
    wait_until(lambda: opened.trends.series("List", SMOKE, 10) == expected)
    opened.close()


def test_figure_by_time_covers_valid_finished_runs(store: Store) -> None:
    for day in range(3):
        created_at = A_MOMENT + timedelta(days=day)
        store.runs.insert(an_ended_run(f"2026112{day}-100000-abcdefgh", created_at=created_at))
    store.runs.insert(an_ended_run("20261121-110000-abcdefgh", RunStatus.FAILED))
    rows = list(store.trends.figure_by_time("p95_ms", RunFilter(since="2026-11-22")))

    assert [run_id for _, run_id, _ in rows] == ["20261121-100000-abcdefgh", "20261122-100000-abcdefgh"]
    assert list(store.trends.figure_by_time("p95_ms", RunFilter(profile="ramp"))) == []


def _rows(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _migrate_again(path: Path) -> None:
    """Undo the migration that added the table, then run it again."""
    first, migration = (
        (FOLDER / name).read_text("utf-8") for name in ("0001_initial.sql", "0007_history.sql")
    )
    index = first[first.index("CREATE INDEX runs_listed") :].partition(";")[0]
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP INDEX runs_listed")
        for column in re.findall(r"ADD COLUMN (\w+)", migration):
            db.execute(f"ALTER TABLE runs DROP COLUMN {column}")
        db.executescript(f"DROP TABLE run_ops; DROP TABLE run_ops_due; {index};")
        db.executescript(migration)


@pytest.mark.parametrize("limit", [1, 4])
def test_limit_applies_to_the_runs_that_have_the_operation(store: Store, limit: int) -> None:
    for minute in range(9):
        add_ended_run(store, minute)

    assert len(store.trends.series("Pay", SMOKE, limit)) == limit
