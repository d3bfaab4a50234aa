"""One operation over a long run: fewer windows, the same totals."""

import pytest

from dashboard.model.snapshot import OVERALL, Interval
from dashboard.model.tally import Tally, total_of
from dashboard.store import op_series
from dashboard.store.store import Store
from tests.factories import A_RUN_ID, LIST_PRODUCTS, a_run, a_snapshot, a_tally

SNAPSHOTS, SNAPSHOTS_PER_KEYFRAME = 120, 30


@pytest.fixture
def long_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A run of 240 s with a keyframe per minute, and a limit of 20 snapshots."""
    monkeypatch.setattr(op_series, "MAX_SNAPSHOTS", 20)
    store.runs.insert(a_run())
    cumulative = Tally()
    for seq in range(1, SNAPSHOTS + 1):
        tally = a_tally([0.01 * (seq % 7 + 1)] * (seq % 3 + 1))
        cumulative = total_of([cumulative, tally])
        keyframe = (
            {LIST_PRODUCTS: cumulative, OVERALL: cumulative} if seq % SNAPSHOTS_PER_KEYFRAME == 0 else None
        )
        snapshot = a_snapshot(seq, elapsed_s=2.0 * seq, window_s=2.0)
        store.append(
            A_RUN_ID,
            [Interval(snapshot=snapshot, tallies={LIST_PRODUCTS: tally, OVERALL: tally}, keyframe=keyframe)],
        )
    return store


def test_long_range_has_a_window_per_minute(long_run: Store) -> None:
    series = long_run.op_series.windows(A_RUN_ID, LIST_PRODUCTS.op)
    assert [(point.elapsed_s, point.window_s) for point in series] == [
        (60, 60),
        (120, 60),
        (180, 60),
        (240, 60),
    ]
    assert total_of(point.tally for point in series) == long_run.ranges.cumulative(A_RUN_ID)[LIST_PRODUCTS]


def test_series_of_a_range_has_a_window_per_keyframe(long_run: Store) -> None:
    series = long_run.op_series.windows(A_RUN_ID, LIST_PRODUCTS.op, from_s=120, to_s=240)
    assert [(point.elapsed_s, point.window_s) for point in series] == [(180, 60), (240, 60)]
    found = long_run.ranges.window(A_RUN_ID, 120, 240)
    assert found is not None
    assert total_of(point.tally for point in series) == found.tallies[LIST_PRODUCTS]


def test_short_range_has_a_window_per_snapshot(long_run: Store) -> None:
    assert len(long_run.op_series.windows(A_RUN_ID, LIST_PRODUCTS.op, from_s=10, to_s=30)) == 10
