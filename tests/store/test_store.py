"""The store returns what was stored, to every reader."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dashboard.model.run import RunStatus
from dashboard.model.snapshot import OVERALL
from dashboard.store.errors import StaleRun, StoreError
from dashboard.store.store import Store
from dashboard.store.values import RangeTallies, RunFilter
from tests.factories import (
    A_RUN_ID,
    LIST_PRODUCTS,
    a_checkpoint,
    a_run,
    a_snapshot,
    a_tally,
    an_ended_run,
    an_event,
    an_interval,
)


@pytest.fixture
def running(store: Store) -> Store:
    """A store with one running run."""
    store.runs.insert(a_run())
    return store


def test_run_round_trip(store: Store) -> None:
    store.runs.insert(an_ended_run())
    assert store.runs.get(A_RUN_ID) == an_ended_run()
    assert store.runs.get("20200101-000000-aaaaaaaa") is None


def test_run_id_is_unique(running: Store) -> None:
    with pytest.raises(StoreError, match="already exists"):
        running.runs.insert(a_run())


def test_update_of_a_run_in_another_state_is_refused(running: Store) -> None:
    running.runs.update(a_run(status=RunStatus.STOPPING), expected=[RunStatus.RUNNING])
    with pytest.raises(StaleRun, match="changed to stopping"):
        running.runs.update(an_ended_run(), expected=[RunStatus.STARTING, RunStatus.RUNNING])
    assert running.runs.get(A_RUN_ID) == a_run(status=RunStatus.STOPPING)


def test_exactly_one_of_many_concurrent_updates_wins(running: Store) -> None:
    def stop(reason: str) -> str | None:
        try:
            changed = a_run(status=RunStatus.STOPPING, exit_reason=reason)
            running.runs.update(changed, expected=[RunStatus.RUNNING])
        except StaleRun:
            return None
        return reason

    with ThreadPoolExecutor(8) as threads:
        (winner,) = filter(None, threads.map(stop, "abcdefgh"))
    kept = running.runs.get(A_RUN_ID)
    assert kept is not None
    assert kept.exit_reason == winner


def test_deleted_run_cannot_be_changed(store: Store) -> None:
    for change in (
        lambda: store.runs.update(a_run()),
        lambda: store.append(A_RUN_ID, [an_interval()]),
        lambda: store.events.add(A_RUN_ID, an_event()),
    ):
        with pytest.raises(StoreError, match="deleted"):
            change()


def test_runs_by_status_are_sorted_oldest_first(store: Store) -> None:
    queued = [a_run(f"20261121-10150{n}-aaaaaaaa", RunStatus.QUEUED) for n in (2, 1)]
    for run in [*queued, a_run(), an_ended_run("20261121-101509-aaaaaaaa")]:
        store.runs.insert(run)
    assert store.runs.with_status([RunStatus.QUEUED]) == queued[::-1]
    assert len(store.runs.with_status([RunStatus.QUEUED, RunStatus.RUNNING])) == 3
    assert store.runs.with_status([]) == []


def test_lone_surrogate_and_nul_in_a_label_are_stored(store: Store) -> None:
    run = a_run(label="half \ud83d, nul \0, quote '")
    store.runs.insert(run)
    assert store.runs.get(A_RUN_ID) == run
    assert store.lists.count(RunFilter(search="half \ud83d")) == 1
    assert store.runs.record_json("\ud83d") is None


def test_append_stores_intervals_run_and_checkpoint(running: Store) -> None:
    running.append(
        A_RUN_ID, [an_interval(1), an_interval(2)], run=a_run(elapsed_s=4.0), checkpoint=a_checkpoint(2)
    )
    assert [snapshot.seq for snapshot in running.snapshots.of_run(A_RUN_ID)] == [1, 2]
    assert running.runs.get(A_RUN_ID) == a_run(elapsed_s=4.0)
    assert running.checkpoints.newest(A_RUN_ID) == a_checkpoint(2)


def test_failed_append_stores_nothing(running: Store) -> None:
    with pytest.raises(StoreError):
        running.append(A_RUN_ID, [an_interval(1), an_interval(2, requests=None)], run=a_run(elapsed_s=4.0))
    assert running.snapshots.of_run(A_RUN_ID) == []
    assert running.runs.get(A_RUN_ID) == a_run()


def test_newest_checkpoint_is_kept_until_the_run_ends(running: Store) -> None:
    for record in (15, 30):
        running.append(A_RUN_ID, [], checkpoint=a_checkpoint(record))
    assert running.checkpoints.newest(A_RUN_ID) == a_checkpoint(30)
    running.append(A_RUN_ID, [], run=an_ended_run())
    assert running.checkpoints.newest(A_RUN_ID) is None


def test_interval_replaces_everything_under_its_seq(running: Store) -> None:
    other = LIST_PRODUCTS._replace(op="Other")
    running.append(
        A_RUN_ID, [an_interval(1, {LIST_PRODUCTS: a_tally(), other: a_tally()}, keyframe={other: a_tally()})]
    )
    running.append(A_RUN_ID, [an_interval(1, {LIST_PRODUCTS: a_tally([0.5])}, requests=1)])
    assert running.snapshots.of_run(A_RUN_ID) == [a_snapshot(1, requests=1)]
    again = {OVERALL: a_tally([0.5]), LIST_PRODUCTS: a_tally([0.5])}
    assert running.ranges.window(A_RUN_ID, 0.0, 2.0) == RangeTallies(
        from_s=0.0, to_s=2.0, resolution_s=2.0, tallies=again
    )
    assert running.ranges.cumulative(A_RUN_ID) == again


def test_op_series_merges_groups_and_leaves_the_setup_out(running: Store) -> None:
    in_setup, elsewhere = LIST_PRODUCTS._replace(phase="setup"), LIST_PRODUCTS._replace(group="other")
    running.append(
        A_RUN_ID,
        [
            an_interval(
                1, {in_setup: a_tally([9]), LIST_PRODUCTS: a_tally([0.2]), elsewhere: a_tally([0.1])}
            ),
            an_interval(2, {OVERALL._replace(op="Other"): a_tally([0.3])}),
            an_interval(3, {LIST_PRODUCTS: a_tally([0.4])}),
        ],
    )
    series = running.op_series.windows(A_RUN_ID, "ListProducts")
    assert [(point.seq, point.tally) for point in series] == [(1, a_tally([0.1, 0.2])), (3, a_tally([0.4]))]
    assert running.op_series.windows(A_RUN_ID, "ListProducts", from_s=series[0].elapsed_s) == series[1:]
    assert running.op_series.windows(A_RUN_ID, "ListProducts", to_s=series[0].elapsed_s) == series[:1]
    assert running.op_series.windows(A_RUN_ID, "no such operation") == []


def test_events_are_numbered_per_run(running: Store) -> None:
    running.runs.insert(a_run("20261121-101501-aaaaaaaa"))
    assert [running.events.add(A_RUN_ID, an_event(text)) for text in ("one", "two")] == [1, 2]
    assert running.events.add("20261121-101501-aaaaaaaa", an_event("other run")) == 1
    assert running.events.of_run(A_RUN_ID) == [(1, an_event("one")), (2, an_event("two"))]
    assert running.events.of_run(A_RUN_ID, after=1) == [(2, an_event("two"))]


def test_objects_are_stored_replaced_and_removed(store: Store) -> None:
    store.objects.put("profile", "staging", {"base_url": "http://a", "vus": 3})
    store.objects.put("profile", "staging", {"base_url": "http://b"})
    assert store.objects.get("profile", "staging") == {"base_url": "http://b"}
    assert store.objects.get("webhook", "staging") is None
    store.objects.put("profile", "staging", None)
    assert store.objects.get("profile", "staging") is None


def test_deleted_run_disappears_and_its_number_is_not_reused(running: Store) -> None:
    running.append(A_RUN_ID, [an_interval(1)], checkpoint=a_checkpoint())
    running.events.add(A_RUN_ID, an_event())
    assert running.runs.delete(A_RUN_ID)
    assert not running.runs.delete(A_RUN_ID)
    running.runs.insert(a_run())
    assert running.snapshots.of_run(A_RUN_ID) == []
    assert running.events.of_run(A_RUN_ID) == []
    assert running.ranges.cumulative(A_RUN_ID) == {}
    assert running.checkpoints.newest(A_RUN_ID) is None


def test_data_survives_close_and_open(tmp_path: Path) -> None:
    first = Store(tmp_path / "d.db")
    first.runs.insert(a_run())
    first.append(A_RUN_ID, [an_interval(1)])
    first.close()
    second = Store(tmp_path / "d.db")
    assert second.snapshots.of_run(A_RUN_ID) == [a_snapshot(1)]
    second.close()


def test_second_close_is_a_no_op_and_a_closed_store_raises(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.runs.get(A_RUN_ID)
    with pytest.raises(StoreError, match="closed"):
        store.runs.insert(a_run())


def test_database_files_are_private(running: Store, tmp_path: Path) -> None:
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("dashboard.db*")} == {0o600}


def test_readers_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError, match="is read-only"), store._database.reading() as db:
        db.execute("DELETE FROM runs")


def test_special_characters_in_the_folder_name_are_supported(tmp_path: Path) -> None:
    store = Store(tmp_path / "100% ?#é" / "d.db")
    store.runs.insert(a_run())
    assert store.runs.get(A_RUN_ID) == a_run()
    store.close()
