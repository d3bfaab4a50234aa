"""Reading runs: lists, filters, records and snapshots."""

import json
from collections.abc import Sequence

import pytest

from dashboard.model.record import record_of
from dashboard.model.run import Run, RunStatus, Verdict
from dashboard.model.snapshot import Interval, Snapshot
from dashboard.store.store import Store
from dashboard.store.values import RunFilter
from tests.factories import A_MOMENT, A_RUN_ID, a_run, a_snapshot, an_ended_run, an_interval

ALL = RunFilter()


def some_runs() -> tuple[Run, ...]:
    """Return five runs, oldest first, with different values in the filtered columns."""
    return (
        an_ended_run("20261120-080000-aaaaaaaa", created_at=A_MOMENT.replace(day=20), label="100% load_test"),
        an_ended_run(
            "20261121-080000-zzzzzzzz", created_at=A_MOMENT.replace(hour=8), profile="ramp", label=None
        ),
        an_ended_run(
            "20261121-090000-cccccccc",
            RunStatus.FAILED,
            created_at=A_MOMENT.replace(hour=9),
            verdict=Verdict.NONE,
            label="Größe",
        ),
        a_run(
            "20261121-101500-bbbbbbbb",
            created_at=A_MOMENT,
            env_profile="staging",
            base_url="https://shop.example.org",
        ),
        a_run("20261121-101500-aaaaaaaa", RunStatus.QUEUED, created_at=A_MOMENT.replace(microsecond=900_000)),
    )


def last_letters(records: Sequence[str]) -> list[str]:
    """Return the last letter of each run id, in order."""
    return [json.loads(record)["run_id"][-1] for record in records]


def test_list_is_sorted_by_time_within_a_second(store: Store) -> None:
    fill(store, *some_runs())
    records = [json.loads(text) for text in store.lists.records(ALL, limit=10, before=None)]
    assert records == [record_of(run) for run in reversed(some_runs())]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_list_every_run_once(store: Store, size: int) -> None:
    fill(store, *some_runs())
    seen: list[str] = []
    while page := store.lists.records(ALL, limit=size, before=seen[-1] if seen else None):
        seen += [json.loads(record)["run_id"] for record in page]
    assert seen == [run.run_id for run in reversed(some_runs())]


def test_page_continues_after_a_deleted_run(store: Store) -> None:
    fill(store, *some_runs())
    assert last_letters(store.lists.records(ALL, limit=10, before="20261121-093000-xxxxxxxx")) == [
        "c",
        "z",
        "a",
    ]


@pytest.mark.parametrize(
    ("run_filter", "found"),
    [
        (RunFilter(status="finished"), ["z", "a"]),
        (RunFilter(profile="ramp"), ["z"]),
        (RunFilter(verdict="none"), ["c"]),
        (RunFilter(env_profile="staging"), ["b"]),
        (RunFilter(label="nightly"), ["a", "b"]),
        (RunFilter(status="finished", profile="smoke"), ["a"]),
        (RunFilter(since="2026-11-21T09:00:00.000Z"), ["a", "b", "c"]),
        (RunFilter(until="2026-11-21T08:15:00.123Z"), ["z", "a"]),
        (RunFilter(since="2026-11-21T08:15:00.123Z", until="2026-11-21T09:15:00.123Z"), ["c", "z"]),
        (RunFilter(search="NIGHT"), ["a", "b"]),
        (RunFilter(search="grössE"), ["c"]),
        (RunFilter(search="shop.example"), ["b"]),
        (RunFilter(search="20261121-10"), ["a", "b"]),
        (RunFilter(search="%"), ["a"]),
        (RunFilter(search="_"), ["a"]),
        (RunFilter(search="loadXtest"), []),
        (RunFilter(search="' OR 1=1 --"), []),
        (RunFilter(status="no such status"), []),
    ],
)
def test_lists_and_counts_use_the_same_filter(store: Store, run_filter: RunFilter, found: list[str]) -> None:
    fill(store, *some_runs())
    assert last_letters(store.lists.records(run_filter, limit=10, before=None)) == found
    assert store.lists.count(run_filter) == len(found)


def test_count_without_filter_counts_all_runs(store: Store) -> None:
    fill(store, *some_runs())
    assert store.lists.count(ALL) == len(some_runs())


def test_a_queued_run_is_never_the_newest_run(store: Store) -> None:
    fill(store, *some_runs())
    assert store.runs.newest() == "20261121-101500-bbbbbbbb"
    assert store.runs.newest(ended=True) == "20261121-090000-cccccccc"


def test_empty_store_has_no_newest_run(store: Store) -> None:
    assert store.runs.newest() is None


def test_record_is_found_by_id(store: Store) -> None:
    fill(store, an_ended_run())
    text = store.runs.record_json(A_RUN_ID)
    assert text is not None
    assert json.loads(text) == record_of(an_ended_run())


def test_unknown_run_has_no_record_and_no_snapshots(store: Store) -> None:
    fill(store, a_run())
    assert store.runs.record_json("20200101-000000-aaaaaaaa") is None
    assert store.snapshots.of_run("20200101-000000-aaaaaaaa") == []
    assert store.snapshots.columns("20200101-000000-aaaaaaaa")["seq"] == []


def test_snapshots_are_returned_in_order(store: Store) -> None:
    fill(store, a_run(), intervals=[an_interval(2), an_interval(1, vus=None, p95_ms=None), an_interval(5)])
    assert store.snapshots.of_run(A_RUN_ID) == [
        a_snapshot(1, vus=None, p95_ms=None),
        a_snapshot(2),
        a_snapshot(5),
    ]


def test_snapshots_start_after_a_number(store: Store) -> None:
    fill(store, a_run(), intervals=ten_intervals())
    assert [snapshot.seq for snapshot in store.snapshots.of_run(A_RUN_ID, after=3, limit=2)] == [4, 5]
    assert store.snapshots.columns(A_RUN_ID, after=8)["seq"] == [9, 10]
    assert store.snapshots.of_run(A_RUN_ID, after=1 << 80) == []


def test_columns_equal_snapshots(store: Store) -> None:
    fill(store, a_run(), intervals=ten_intervals())
    columns = store.snapshots.columns(A_RUN_ID)
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    assert [Snapshot(**row) for row in rows] == store.snapshots.of_run(A_RUN_ID)


def fill(store: Store, *runs: Run, intervals: Sequence[Interval] = ()) -> None:
    """Store runs, and the intervals of the first run."""
    for run in runs:
        store.runs.insert(run)
    if intervals:
        store.append(runs[0].run_id, intervals)


def ten_intervals() -> list[Interval]:
    """Return ten intervals of a run of twenty seconds."""
    return [an_interval(seq, vus=seq if seq % 2 else None) for seq in range(1, 11)]
