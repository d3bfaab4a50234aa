"""What every reader of runs must do, whatever it reads from.

A test class inherits `ReadingContract` and has a fixture `holding`: a function that takes runs, and steps by
run id, and gives a reader that knows them.
"""

import json
from collections.abc import Callable, Sequence
from typing import Protocol

import pytest

from dashboard.model.record import record_of
from dashboard.model.run import Run, RunId, RunStatus, Verdict
from dashboard.model.snapshot import Snapshot, Interval
from dashboard.store.values import RunFilter
from tests.factories import A_MOMENT, A_RUN_ID, a_run, a_snapshot, an_interval, an_ended_run

ALL = RunFilter()


class RunReading(Protocol):
    """The part of `Store` that reads what History shows."""

    def record_json(self, run_id: RunId) -> str | None: ...
    def newest_run(self, *, ended: bool = False) -> RunId | None: ...
    def list_records(self, wanted: RunFilter, *, limit: int, before: RunId | None) -> list[str]: ...
    def count_runs(self, wanted: RunFilter) -> int: ...
    def snapshots(self, run_id: RunId, *, after: int = 0, limit: int | None = None) -> list[Snapshot]: ...
    def snapshot_columns(self, run_id: RunId, *, after: int = 0) -> dict[str, list[float | int | None]]: ...


Holding = Callable[..., RunReading]


def some_runs() -> tuple[Run, ...]:
    """Five runs, oldest first, that differ in what lists filter by."""
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


def names(records: Sequence[str]) -> list[str]:
    """The last letter of each run, in order."""
    return [json.loads(record)["run_id"][-1] for record in records]


class ReadingContract:
    """See above."""

    def test_a_list_is_sorted_by_time_also_within_a_second(self, holding: Holding) -> None:
        reader = holding(*some_runs())
        records = [json.loads(text) for text in reader.list_records(ALL, limit=10, before=None)]
        assert records == [record_of(run) for run in reversed(some_runs())]

    @pytest.mark.parametrize("size", [1, 2, 3])
    def test_pages_show_every_run_once(self, holding: Holding, size: int) -> None:
        reader = holding(*some_runs())
        seen: list[str] = []
        while page := reader.list_records(ALL, limit=size, before=seen[-1] if seen else None):
            seen += [json.loads(record)["run_id"] for record in page]
        assert seen == [run.run_id for run in reversed(some_runs())]

    def test_a_page_goes_on_below_a_run_that_was_deleted_meanwhile(self, holding: Holding) -> None:
        reader = holding(*some_runs())
        assert names(reader.list_records(ALL, limit=10, before="20261121-093000-xxxxxxxx")) == ["c", "z", "a"]

    @pytest.mark.parametrize(
        ("wanted", "found"),
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
    def test_lists_and_counts_filter_alike(
        self, holding: Holding, wanted: RunFilter, found: list[str]
    ) -> None:
        reader = holding(*some_runs())
        assert names(reader.list_records(wanted, limit=10, before=None)) == found
        assert reader.count_runs(wanted) == len(found)

    def test_all_runs_are_counted_without_a_filter(self, holding: Holding) -> None:
        assert holding(*some_runs()).count_runs(ALL) == len(some_runs())

    def test_the_newest_run_is_the_last_that_left_the_queue(self, holding: Holding) -> None:
        reader = holding(*some_runs())
        assert reader.newest_run() == "20261121-101500-bbbbbbbb"
        assert reader.newest_run(ended=True) == "20261121-090000-cccccccc"

    def test_without_runs_there_is_no_newest(self, holding: Holding) -> None:
        assert holding().newest_run() is None

    def test_a_record_is_found_by_its_id(self, holding: Holding) -> None:
        text = holding(an_ended_run()).record_json(A_RUN_ID)
        assert text is not None
        assert json.loads(text) == record_of(an_ended_run())

    def test_nothing_is_known_of_an_unknown_run(self, holding: Holding) -> None:
        reader = holding(a_run())
        assert reader.record_json("20200101-000000-aaaaaaaa") is None
        assert reader.snapshots("20200101-000000-aaaaaaaa") == []
        assert reader.snapshot_columns("20200101-000000-aaaaaaaa")["seq"] == []

    def test_snapshots_are_read_back_in_order(self, holding: Holding) -> None:
        reader = holding(a_run(), intervals={A_RUN_ID: [an_interval(2), an_interval(1, vus=None, p95_ms=None), an_interval(5)]})
        assert reader.snapshots(A_RUN_ID) == [
            a_snapshot(1, vus=None, p95_ms=None),
            a_snapshot(2),
            a_snapshot(5),
        ]

    def test_snapshots_are_read_from_a_number_on(self, holding: Holding) -> None:
        reader = holding(a_run(), intervals={A_RUN_ID: ten_intervals()})
        assert [snapshot.seq for snapshot in reader.snapshots(A_RUN_ID, after=3, limit=2)] == [4, 5]
        assert reader.snapshot_columns(A_RUN_ID, after=8)["seq"] == [9, 10]
        assert reader.snapshots(A_RUN_ID, after=1 << 80) == []

    def test_columns_hold_the_same_as_snapshots(self, holding: Holding) -> None:
        reader = holding(a_run(), intervals={A_RUN_ID: ten_intervals()})
        columns = reader.snapshot_columns(A_RUN_ID)
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        assert [Snapshot(**row) for row in rows] == reader.snapshots(A_RUN_ID)


def ten_intervals() -> list[Interval]:
    """Twenty seconds of a run."""
    return [an_interval(seq, vus=seq if seq % 2 else None) for seq in range(1, 11)]
