"""One operation over a long run: fewer points, the same counts."""

import pytest

from dashboard.model.snapshot import OVERALL, Interval
from dashboard.model.tally import Tally, total_of
from dashboard.store import op_series
from dashboard.store.store import Store
from tests.factories import A_RUN_ID, LIST_PRODUCTS, a_run, a_snapshot, a_tally

SNAPSHOTS, EVERY = 120, 30


@pytest.fixture
def long_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A run of 240 s with a keyframe a minute, for a store that thinks 20 snapshots are many."""
    monkeypatch.setattr(op_series, "MOST_SNAPSHOTS", 20)
    store.runs.insert(a_run())
    cumulative = Tally()
    for seq in range(1, SNAPSHOTS + 1):
        tally = a_tally([0.01 * (seq % 7 + 1)] * (seq % 3 + 1))
        cumulative = total_of([cumulative, tally])
        keyframe = {LIST_PRODUCTS: cumulative, OVERALL: cumulative} if seq % EVERY == 0 else None
        shot = a_snapshot(seq, elapsed_s=2.0 * seq, window_s=2.0)
        store.append(
            A_RUN_ID,
            [Interval(snapshot=shot, tallies={LIST_PRODUCTS: tally, OVERALL: tally}, keyframe=keyframe)],
        )
    return store


def test_minutes_stand_for_snapshots(long_run: Store) -> None:
    series = long_run.op_series(A_RUN_ID, LIST_PRODUCTS.op)
    assert [(point.elapsed_s, point.window_s) for point in series] == [
        (60, 60),
        (120, 60),
        (180, 60),
        (240, 60),
    ]
    assert total_of(point.tally for point in series) == long_run.cumulative(A_RUN_ID)[LIST_PRODUCTS]


def test_a_range_opens_at_the_keyframe_before_it(long_run: Store) -> None:
    series = long_run.op_series(A_RUN_ID, LIST_PRODUCTS.op, from_s=120, to_s=240)
    assert [(point.elapsed_s, point.window_s) for point in series] == [(180, 60), (240, 60)]
    found = long_run.window(A_RUN_ID, 120, 240)
    assert found is not None
    assert total_of(point.tally for point in series) == found.tallies[LIST_PRODUCTS]


def test_a_short_range_keeps_its_snapshots(long_run: Store) -> None:
    assert len(long_run.op_series(A_RUN_ID, LIST_PRODUCTS.op, from_s=10, to_s=30)) == 10
