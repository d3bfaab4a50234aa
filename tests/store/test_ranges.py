"""Any time range, compared with a merge of its single intervals."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.model.snapshot import OVERALL, Interval, OpKey
from dashboard.model.tally import Tally, total_of
from dashboard.store.store import Store
from tests.factories import A_RUN_ID, a_run, a_snapshot, a_tally, an_interval

OPS = tuple(OpKey(f"Op{n}", "group", "") for n in range(3))
TalliesByOp = dict[OpKey, Tally]

shared_store = settings(
    max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
tallies = st.builds(
    lambda ok, bad: a_tally([0.01 * n for n in ok], failed=[0.02 * n for n in bad]),
    st.lists(st.integers(1, 99), min_size=1, max_size=4),
    st.lists(st.integers(1, 99), max_size=2),
)
half_seconds = st.integers(0, 60).map(lambda n: n / 2)
tallies_by_op = st.dictionaries(st.sampled_from(OPS), tallies, max_size=3)


@st.composite
def recorded(draw: st.DrawFn) -> list[Interval]:
    """Generate a run with gaps in its numbers, windows of different lengths, and some keyframes."""
    intervals: list[Interval] = []
    seq, elapsed_s, so_far = 0, 0.0, dict[OpKey, Tally]()
    for ops in draw(st.lists(tallies_by_op, min_size=3, max_size=12)):
        seq += draw(st.sampled_from([1, 1, 2]))
        window_s = draw(st.sampled_from([0.5, 2.0, 2.5]))
        elapsed_s += window_s
        so_far = merge([so_far, ops])
        keyframe = {**so_far, OVERALL: total_of(so_far.values())} if draw(st.booleans()) else None
        intervals.append(an_interval(seq, ops, keyframe, elapsed_s=elapsed_s, window_s=window_s))
    return intervals


def merge(parts: list[TalliesByOp]) -> TalliesByOp:
    """Return the sum of `parts` by operation."""
    keys = {key for part in parts for key in part}
    return {key: total_of(part[key] for part in parts if key in part) for key in keys}


def of_range(intervals: list[Interval], from_s: float, to_s: float) -> TalliesByOp:
    """Return the tallies of the intervals that end in (from_s, to_s]."""
    return merge([interval.tallies for interval in intervals if from_s < interval.snapshot.elapsed_s <= to_s])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = Store(Path(tmp_path_factory.mktemp("ranges")) / "d.db")
    yield made
    made.close()


@pytest.fixture(scope="module")
def ids() -> Iterator[str]:
    return (f"run-{n}" for n in itertools.count())


def keep(store: Store, run_id: str, intervals: list[Interval]) -> str:
    store.runs.insert(a_run(run_id))
    store.append(run_id, intervals)
    return run_id


@shared_store
@given(intervals=recorded(), limits=st.lists(half_seconds, min_size=2, max_size=2).map(sorted))
def test_range_contains_the_intervals_that_end_in_it(
    store: Store, ids: Iterator[str], intervals: list[Interval], limits: list[float]
) -> None:
    found = store.ranges.window(keep(store, next(ids), intervals), *limits)
    taken = [
        interval.snapshot for interval in intervals if limits[0] < interval.snapshot.elapsed_s <= limits[1]
    ]
    if found is None:
        assert not taken
    else:
        assert found.tallies == of_range(intervals, *limits)
        assert found.from_s == taken[0].elapsed_s - taken[0].window_s
        assert found.to_s == taken[-1].elapsed_s
        assert found.resolution_s == max(snapshot.window_s for snapshot in taken)


@shared_store
@given(intervals=recorded(), limits=st.lists(half_seconds, min_size=3, max_size=3).map(sorted))
def test_two_adjacent_ranges_add_up(
    store: Store, ids: Iterator[str], intervals: list[Interval], limits: list[float]
) -> None:
    run_id = keep(store, next(ids), intervals)
    first, second, whole = (
        found.tallies if (found := store.ranges.window(run_id, *pair)) else {}
        for pair in (limits[:2], limits[1:], limits[::2])
    )
    assert merge([first, second]) == whole


@shared_store
@given(intervals=recorded())
def test_cumulative_is_the_sum_of_all_intervals(
    store: Store, ids: Iterator[str], intervals: list[Interval]
) -> None:
    assert store.ranges.cumulative(keep(store, next(ids), intervals)) == of_range(intervals, 0, 1e9)


@shared_store
@given(intervals=recorded(), again=st.data())
def test_appending_intervals_again_changes_nothing(
    store: Store, ids: Iterator[str], intervals: list[Interval], again: st.DataObject
) -> None:
    run_id = keep(store, next(ids), intervals)
    store.append(run_id, intervals[again.draw(st.integers(0, len(intervals))) :])
    assert store.snapshots.of_run(run_id) == [interval.snapshot for interval in intervals]
    assert store.ranges.cumulative(run_id) == of_range(intervals, 0, 1e9)


@pytest.mark.parametrize("keyframes", [(), (1, 2, 3, 4, 5), (2, 4), (5,)])
def test_ranges_are_correct_after_the_clock_was_set_back(
    store: Store, ids: Iterator[str], keyframes: tuple[int, ...]
) -> None:
    one = {OPS[0]: a_tally([0.1])}
    intervals = [
        an_interval(
            seq, one, {OPS[0]: a_tally([0.1] * seq)} if seq in keyframes else None, elapsed_s=elapsed_s
        )
        for seq, elapsed_s in enumerate((2.0, 4.0, 1.0, 3.0, 5.0), 1)
    ]
    found = store.ranges.window(keep(store, next(ids), intervals), 1.5, 4.5)
    assert found is not None
    assert found.tallies[OPS[0]] == a_tally([0.1] * 3)


def test_range_outside_the_run_is_empty(store: Store, ids: Iterator[str]) -> None:
    run_id = keep(store, next(ids), [an_interval(1)])
    assert store.ranges.window(run_id, 2.0, 100.0) is None
    assert store.ranges.window(run_id, 5.0, 1.0) is None
    assert store.ranges.window("no such run", 0.0, 100.0) is None


def test_snapshot_without_requests_has_no_operations(store: Store, ids: Iterator[str]) -> None:
    found = store.ranges.window(keep(store, next(ids), [an_interval(1, {})]), 0.0, 2.0)
    assert found is not None
    assert (found.from_s, found.to_s, found.tallies) == (0.0, 2.0, {})


def test_replaced_interval_loses_its_keyframe(store: Store, ids: Iterator[str]) -> None:
    """The last pushes of a run arrive within milliseconds and are merged into the snapshot before them."""
    run_id = keep(
        store, next(ids), [an_interval(1), an_interval(2, keyframe={OVERALL: a_tally(), OPS[0]: a_tally()})]
    )
    store.append(run_id, [an_interval(2, {OPS[1]: a_tally([0.5])})])
    assert set(store.ranges.cumulative(run_id)) == {OVERALL, OPS[1], *an_interval(1).tallies}
    assert store.snapshots.of_run(run_id) == [a_snapshot(1), a_snapshot(2)]


@pytest.mark.long
def test_any_range_of_eight_hours_is_fast(tmp_path: Path) -> None:
    """14,400 snapshots of 30 operations with a keyframe per minute."""
    store = Store(tmp_path / "d.db")
    store.runs.insert(a_run())
    ops = {OpKey(f"Operation{n}", "group", ""): a_tally([0.01 * k for k in range(1, 17)]) for n in range(30)}
    so_far: TalliesByOp = {}
    for minute in range(480):
        intervals = [an_interval(minute * 30 + n, ops) for n in range(1, 31)]
        so_far = merge([so_far, *(interval.tallies for interval in intervals)])
        intervals[-1] = an_interval(minute * 30 + 30, ops, so_far)
        store.append(A_RUN_ID, intervals)
    slowest_s = 0.0
    for from_s, to_s in ((0, 28_800), (1, 28_799), (61, 119), (62, 180), (59, 28_741), (10_000, 20_000)):
        started = time.perf_counter()
        found = store.ranges.window(A_RUN_ID, from_s, to_s)
        slowest_s = max(slowest_s, time.perf_counter() - started)
        assert found is not None
    assert slowest_s <= 0.3
    store.close()
