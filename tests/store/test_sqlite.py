"""The database as the record of runs: what was stored is read back, by whoever asks."""

import stat
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dashboard.model.run import Run, RunId, RunStatus
from dashboard.model.snapshot import OVERALL, Interval
from dashboard.store.errors import StaleRun, StoreError
from dashboard.store.values import RunFilter
from dashboard.store.store import Store
from tests.factories import (
    A_RUN_ID,
    LIST_PRODUCTS,
    a_checkpoint,
    a_run,
    a_snapshot,
    an_interval,
    a_tally,
    an_ended_run,
    an_event,
)
from tests.store.contract import Holding, ReadingContract


class TestReading(ReadingContract):
    @pytest.fixture
    def holding(self, store: Store) -> Holding:
        def hold(*runs: Run, intervals: Mapping[RunId, Sequence[Interval]] = {}) -> Store:
            for run in runs:
                store.runs.insert(run)
            for run_id, taken in intervals.items():
                store.append(run_id, taken)
            return store

        return hold


@pytest.fixture
def running(store: Store) -> Store:
    """A store that holds one running run."""
    store.runs.insert(a_run())
    return store


def test_a_run_is_read_back_as_it_was(store: Store) -> None:
    store.runs.insert(an_ended_run())
    assert store.runs.get(A_RUN_ID) == an_ended_run()
    assert store.runs.get("20200101-000000-aaaaaaaa") is None


def test_an_id_is_given_once(running: Store) -> None:
    with pytest.raises(StoreError, match="already"):
        running.insert_run(a_run())


def test_a_change_made_for_another_state_is_refused(running: Store) -> None:
    running.update_run(a_run(status=RunStatus.STOPPING), expected=[RunStatus.RUNNING])
    with pytest.raises(StaleRun, match="is stopping now"):
        running.update_run(an_ended_run(), expected=[RunStatus.STARTING, RunStatus.RUNNING])
    assert running.run(A_RUN_ID) == a_run(status=RunStatus.STOPPING)


def test_of_many_changes_for_one_state_exactly_one_wins(running: Store) -> None:
    def stop(reason: str) -> str | None:
        try:
            changed = a_run(status=RunStatus.STOPPING, exit_reason=reason)
            running.update_run(changed, expected=[RunStatus.RUNNING])
        except StaleRun:
            return None
        return reason

    with ThreadPoolExecutor(8) as threads:
        (winner,) = filter(None, threads.map(stop, "abcdefgh"))
    kept = running.run(A_RUN_ID)
    assert kept is not None
    assert kept.exit_reason == winner


def test_a_run_that_was_deleted_cannot_be_changed(store: Store) -> None:
    for change in (
        lambda: store.runs.update(a_run()),
        lambda: store.append(A_RUN_ID, [an_interval()]),
        lambda: store.events.add(A_RUN_ID, an_event()),
    ):
        with pytest.raises(StoreError, match="deleted"):
            change()


def test_runs_are_found_by_status_oldest_first(store: Store) -> None:
    queued = [a_run(f"20261121-10150{n}-aaaaaaaa", RunStatus.QUEUED) for n in (2, 1)]
    for run in [*queued, a_run(), an_ended_run("20261121-101509-aaaaaaaa")]:
        store.runs.insert(run)
    assert store.runs.with_status([RunStatus.QUEUED]) == queued[::-1]
    assert len(store.runs.with_status([RunStatus.QUEUED, RunStatus.RUNNING])) == 3
    assert store.runs.with_status([]) == []


def test_half_a_character_and_nul_in_a_label_do_no_harm(store: Store) -> None:
    run = a_run(label="half \ud83d, nul \0, quote '")
    store.runs.insert(run)
    assert store.runs.get(A_RUN_ID) == run
    assert store.lists.count(RunFilter(search="half \ud83d")) == 1
    assert store.runs.record_json("\ud83d") is None


def test_an_interval_brings_record_and_checkpoint_with_it(running: Store) -> None:
    running.append(A_RUN_ID, [an_interval(1), an_interval(2)], run=a_run(elapsed_s=4.0), checkpoint=a_checkpoint(2))
    assert [snapshot.seq for snapshot in running.snapshots(A_RUN_ID)] == [1, 2]
    assert running.run(A_RUN_ID) == a_run(elapsed_s=4.0)
    assert running.checkpoint(A_RUN_ID) == a_checkpoint(2)


def test_an_interval_that_cannot_be_kept_whole_is_not_kept_at_all(running: Store) -> None:
    with pytest.raises(StoreError):
        running.append(A_RUN_ID, [an_interval(1), an_interval(2, requests=None)], run=a_run(elapsed_s=4.0))
    assert running.snapshots(A_RUN_ID) == []
    assert running.run(A_RUN_ID) == a_run()


def test_the_newest_checkpoint_is_kept_until_the_run_ends(running: Store) -> None:
    for record in (15, 30):
        running.append(A_RUN_ID, [], checkpoint=a_checkpoint(record))
    assert running.checkpoint(A_RUN_ID) == a_checkpoint(30)
    running.append(A_RUN_ID, [], run=an_ended_run())
    assert running.checkpoint(A_RUN_ID) is None


def test_reading_a_push_again_replaces_all_that_it_told(running: Store) -> None:
    other = LIST_PRODUCTS._replace(op="Other")
    running.append(
        A_RUN_ID, [an_interval(1, {LIST_PRODUCTS: a_tally(), other: a_tally()}, keyframe={other: a_tally()})]
    )
    running.append(A_RUN_ID, [an_interval(1, {LIST_PRODUCTS: a_tally([0.5])}, requests=1)])
    assert running.snapshots(A_RUN_ID) == [a_snapshot(1, requests=1)]
    again = {OVERALL: a_tally([0.5]), LIST_PRODUCTS: a_tally([0.5])}
    assert running.interval(A_RUN_ID, 1) == running.cumulative(A_RUN_ID) == again


def test_the_series_of_an_operation_joins_its_groups_and_phases(running: Store) -> None:
    in_setup = LIST_PRODUCTS._replace(phase="setup")
    running.append(
        A_RUN_ID,
        [
            an_interval(1, {in_setup: a_tally([0.1]), LIST_PRODUCTS: a_tally([0.2])}),
            an_interval(2, {OVERALL._replace(op="Other"): a_tally([0.3])}),
            an_interval(3, {LIST_PRODUCTS: a_tally([0.4])}),
        ],
    )
    series = running.op_series(A_RUN_ID, "ListProducts")
    assert [(point.seq, point.tally) for point in series] == [(1, a_tally([0.1, 0.2])), (3, a_tally([0.4]))]
    assert running.op_series(A_RUN_ID, "ListProducts", from_s=series[0].elapsed_s) == series[1:]
    assert running.op_series(A_RUN_ID, "ListProducts", to_s=series[0].elapsed_s) == series[:1]
    assert running.op_series(A_RUN_ID, "no such operation") == []


def test_events_are_numbered_within_their_run(running: Store) -> None:
    running.insert_run(a_run("20261121-101501-aaaaaaaa"))
    assert [running.add_event(A_RUN_ID, an_event(text)) for text in ("one", "two")] == [1, 2]
    assert running.add_event("20261121-101501-aaaaaaaa", an_event("elsewhere")) == 1
    assert running.events(A_RUN_ID) == [(1, an_event("one")), (2, an_event("two"))]
    assert running.events(A_RUN_ID, after=1) == [(2, an_event("two"))]


def test_objects_are_kept_replaced_and_removed(store: Store) -> None:
    store.objects.put("profile", "staging", {"base_url": "http://a", "vus": 3})
    store.objects.put("profile", "staging", {"base_url": "http://b"})
    assert store.objects.get("profile", "staging") == {"base_url": "http://b"}
    assert store.objects.get("webhook", "staging") is None
    store.objects.put("profile", "staging", None)
    assert store.objects.get("profile", "staging") is None


def test_a_deleted_run_is_gone_at_once_and_its_number_is_not_used_again(running: Store) -> None:
    running.append(A_RUN_ID, [an_interval(1)], checkpoint=a_checkpoint())
    running.add_event(A_RUN_ID, an_event())
    assert running.delete_run(A_RUN_ID)
    assert not running.delete_run(A_RUN_ID)
    running.insert_run(a_run())
    assert running.snapshots(A_RUN_ID) == []
    assert running.events(A_RUN_ID) == []
    assert running.cumulative(A_RUN_ID) == {}
    assert running.checkpoint(A_RUN_ID) is None


def test_everything_is_there_after_closing_and_opening(tmp_path: Path) -> None:
    first = Store(tmp_path / "d.db")
    first.insert_run(a_run())
    first.append(A_RUN_ID, [an_interval(1)])
    first.close()
    second = Store(tmp_path / "d.db")
    assert second.snapshots(A_RUN_ID) == [a_snapshot(1)]
    second.close()


def test_closing_twice_is_fine_and_using_a_closed_store_is_not(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.runs.get(A_RUN_ID)
    with pytest.raises(StoreError, match="closed"):
        store.runs.insert(a_run())


def test_nobody_else_may_read_the_database(running: Store, tmp_path: Path) -> None:
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("dashboard.db*")} == {0o600}


def test_readers_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError, match="may not be written"), store._reading() as db:
        db.execute("DELETE FROM runs")


def test_odd_characters_in_the_folder_do_no_harm(tmp_path: Path) -> None:
    store = Store(tmp_path / "100% ?#é" / "d.db")
    store.runs.insert(a_run())
    assert store.runs.get(A_RUN_ID) == a_run()
    store.close()
