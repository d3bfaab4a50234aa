"""A dashboard that was away reads many pushes at once: the stored figures are those of one that followed them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from dashboard.model.run import Run
from dashboard.model.snapshot import OVERALL, OpKey, Interval
from dashboard.model.tally import Tally
from dashboard.run_folder.files import RunFolder
from dashboard.run_folder.push_log import PushMeta, SegmentWriter
from dashboard.runs.live.aggregator import MAX_OPS
from dashboard.runs.live.push_reader import CHECKPOINT_RECORDS, PushReader
from dashboard.store.store import Store
from tests.factories import A_RUN_ID, a_run
from tests.pushes import a_push, requests

PUSH_S = 2
PUSHES = 120


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "dashboard.db")
    made.insert_run(a_run())
    yield made
    made.close()


class Recording:
    """A run folder that fills: push number n, after 2n seconds, tells of n more requests."""

    def __init__(self, path: Path) -> None:
        path.mkdir()
        self.folder = RunFolder(path)
        self._writer = SegmentWriter(path)
        self._sent: dict[str, list[float]] = {}
        self.pushes = 0

    def push(self, *, after_ms: int = PUSH_S * 1000) -> None:
        self.pushes += 1
        op = f"Op{self.pushes % 3}"
        values = self._sent.setdefault(op, [])
        values += [0.010] * self.pushes
        at_ms = (self.pushes - 1) * PUSH_S * 1000 + after_ms
        self._writer.append(at_ms, PushMeta(), a_push(requests(values, op=op, ms=at_ms)))

    def push_operations(self, number: int, operations: int) -> None:
        """Push number `number`, in which each operation was called once more."""
        at_ms = number * PUSH_S * 1000
        series = [requests([0.010] * number, op=f"Op{n}", ms=at_ms) for n in range(operations)]
        self._writer.append(at_ms, PushMeta(), a_push(*series))

    def push_bodies(self, *bodies: bytes) -> None:
        for body in bodies:
            self._writer.append(0, PushMeta(), body)

    def reader(self, store: Store) -> PushReader:
        """One that knows only what is stored, as after a restart."""
        return PushReader(A_RUN_ID, self.folder, store, started_ms=0, apdex_t_ms=500)


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return Recording(tmp_path / "folder")


def read_all(reader: PushReader) -> None:
    while reader.read_new(describe).records:
        pass


def describe(_interval: Interval) -> Run:
    return a_run()


def in_pushes(first: int, last: int) -> int:
    return sum(range(first, last + 1))


def in_operations(tallies: Mapping[OpKey, Tally]) -> int:
    return sum(tally.requests for op, tally in tallies.items() if op != OVERALL)


@pytest.mark.parametrize("at_once", [1, 8, 15, 40, PUSHES])
@pytest.mark.parametrize("restarts", [False, True])
def test_any_backlog_gives_the_same_totals_and_ranges(
    recording: Recording, store: Store, at_once: int, restarts: bool
) -> None:
    reader = recording.reader(store)
    while recording.pushes < PUSHES:
        reader = recording.reader(store) if restarts else reader
        for _ in range(at_once):
            recording.push()
        read_all(reader)
        assert store.ranges.cumulative(A_RUN_ID)[OVERALL].requests == in_pushes(1, recording.pushes)
    for first, last in ((1, 20), (20, 70), (40, 95), (95, PUSHES)):
        found = store.ranges.window(A_RUN_ID, (first - 1) * PUSH_S, last * PUSH_S)
        assert found is not None
        assert found.tallies[OVERALL].requests == in_operations(found.tallies) == in_pushes(first, last)


def test_a_push_that_comes_close_behind_a_keyframe_is_in_every_range(
    recording: Recording, store: Store
) -> None:
    reader = recording.reader(store)
    for number in range(1, 41):
        # the 31st comes right behind the 30th, which ends the first minute
        recording.push(after_ms=100 if number == 31 else PUSH_S * 1000)
        read_all(reader)
    assert store.ranges.cumulative(A_RUN_ID)[OVERALL].requests == in_pushes(1, 40)
    found = store.ranges.window(A_RUN_ID, 20, 80)
    assert found is not None
    assert found.tallies[OVERALL].requests == in_operations(found.tallies) == in_pushes(11, 40)


def test_too_many_operations_in_one_push_are_counted_together_also_after_a_restart(
    recording: Recording, store: Store
) -> None:
    for number in range(1, 18):
        recording.push_operations(number, MAX_OPS + 40)
        if number in (CHECKPOINT_RECORDS, CHECKPOINT_RECORDS + 2):
            read_all(recording.reader(store))
    found = store.ranges.cumulative(A_RUN_ID)
    assert len(found) == MAX_OPS + 2  # all together, and those beyond the limit
    assert found[OVERALL].requests == in_operations(found) == 17 * (MAX_OPS + 40)


def test_what_can_be_read_of_a_broken_push_counts_and_the_rest_comes_with_the_next(
    store: Store, tmp_path: Path
) -> None:
    recording = Recording(tmp_path / "run")
    first, second = (requests([0.010] * 3, op=op, ms=2_000) for op in ("First", "Second"))
    reader = recording.reader(store)
    recording.push_bodies(a_push(first, b"\xff", second))
    assert [interval.snapshot.total_reqs for interval in reader.read_new(lambda _: a_run()).intervals] == [3]
    recording.push_bodies(a_push(first, second))
    assert [interval.snapshot.total_reqs for interval in reader.read_new(lambda _: a_run()).intervals] == [6]
