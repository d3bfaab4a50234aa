"""Reading a backlog of pushes in one go stores the same figures as reading each push when it arrives."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from dashboard.model.run import Run
from dashboard.model.snapshot import OVERALL, Interval, OpKey
from dashboard.model.tally import Tally
from dashboard.run_folder.push_log import segment_path
from dashboard.runs.live.aggregator import MAX_OPS
from dashboard.runs.live.push_reader import CHECKPOINT_RECORDS, PushReader
from dashboard.store.store import Store
from tests.factories import A_RUN_ID, a_run
from tests.pushes import a_push, requests
from tests.runs.live.recordings import PUSH_INTERVAL_S, RecordedRun, requests_in

PUSHES = 120


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "dashboard.db")
    made.runs.insert(a_run())
    yield made
    made.close()


@pytest.fixture
def recorded(tmp_path: Path) -> RecordedRun:
    return RecordedRun(tmp_path / "folder")


def read_all(reader: PushReader) -> None:
    while reader.read_new(record_at).records:
        pass


def record_at(_interval: Interval) -> Run:
    return a_run()


def requests_of_operations(tallies: Mapping[OpKey, Tally]) -> int:
    return sum(tally.requests for op, tally in tallies.items() if op != OVERALL)


@pytest.mark.parametrize("backlog", [1, 8, 15, 40, PUSHES])
@pytest.mark.parametrize("restarts", [False, True])
def test_any_backlog_has_the_same_totals_and_ranges(
    recorded: RecordedRun, store: Store, backlog: int, restarts: bool
) -> None:
    reader = recorded.reader(store)
    while recorded.pushes < PUSHES:
        reader = recorded.reader(store) if restarts else reader
        for _ in range(backlog):
            recorded.push()
        read_all(reader)
        assert store.ranges.cumulative(A_RUN_ID)[OVERALL].requests == requests_in(1, recorded.pushes)
    for first, last in ((1, 20), (20, 70), (40, 95), (95, PUSHES)):
        selected = store.ranges.window(A_RUN_ID, (first - 1) * PUSH_INTERVAL_S, last * PUSH_INTERVAL_S)
        assert selected is not None
        assert (
            selected.tallies[OVERALL].requests
            == requests_of_operations(selected.tallies)
            == requests_in(first, last)
        )


def test_a_push_right_after_a_keyframe_is_in_every_range(recorded: RecordedRun, store: Store) -> None:
    reader = recorded.reader(store)
    for number in range(1, 41):
        # push 31 arrives 100 ms after push 30, which ends the first minute
        recorded.push(after_ms=100 if number == 31 else PUSH_INTERVAL_S * 1000)
        read_all(reader)
    assert store.ranges.cumulative(A_RUN_ID)[OVERALL].requests == requests_in(1, 40)
    selected = store.ranges.window(A_RUN_ID, 20, 80)
    assert selected is not None
    total = selected.tallies[OVERALL].requests
    assert total == requests_of_operations(selected.tallies) == requests_in(11, 40)


def test_pushes_before_an_unreadable_segment_are_read_again(recorded: RecordedRun, store: Store) -> None:
    for _ in range(PUSHES):
        recorded.push()
    unreadable = segment_path(recorded.folder.path, 3)
    content = unreadable.read_bytes()
    unreadable.unlink()
    unreadable.mkdir()
    reader = recorded.reader(store)
    with pytest.raises(IsADirectoryError):
        read_all(reader)
    unreadable.rmdir()
    unreadable.write_bytes(content)
    read_all(reader)
    assert [snapshot.seq for snapshot in store.snapshots.of_run(A_RUN_ID)] == list(range(1, PUSHES + 1))


def test_operations_above_the_limit_are_counted_together_also_after_a_restart(
    recorded: RecordedRun, store: Store
) -> None:
    for number in range(1, 18):
        recorded.push_operations(number, MAX_OPS + 40)
        if number in (CHECKPOINT_RECORDS, CHECKPOINT_RECORDS + 2):
            read_all(recorded.reader(store))
    cumulative = store.ranges.cumulative(A_RUN_ID)
    assert len(cumulative) == MAX_OPS + 2  # plus OVERALL and the operations above the limit
    assert cumulative[OVERALL].requests == requests_of_operations(cumulative) == 17 * (MAX_OPS + 40)


def test_readable_series_of_a_malformed_push_are_counted(store: Store, tmp_path: Path) -> None:
    recorded = RecordedRun(tmp_path / "run")
    first, second = (requests([0.010] * 3, op=op, ms=2_000) for op in ("First", "Second"))
    reader = recorded.reader(store)
    recorded.push_body(a_push(first, b"\xff", second))
    assert [interval.snapshot.total_reqs for interval in reader.read_new(lambda _: a_run()).intervals] == [3]
    recorded.push_body(a_push(first, second))
    assert [interval.snapshot.total_reqs for interval in reader.read_new(lambda _: a_run()).intervals] == [6]
