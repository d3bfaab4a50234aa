"""The writer thread."""

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from structlog.testing import capture_logs

from dashboard.store.connection import SqlConnection
from dashboard.store.errors import StoreError
from dashboard.store.writer import Writer
from tests.store.waiting import DEADLINE_S, wait_until


class Traced:
    """A writer for a table of numbers, with the statements that SQLite ran."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.slices_left = 0
        self.cleaned_up = threading.Event()
        self.db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self.db.execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY)")
        self.db.set_trace_callback(self.statements.append)
        self.writer = Writer(self.db, self.clean_up)

    def clean_up(self, db: SqlConnection) -> bool:
        self.slices_left -= 1
        if self.slices_left <= 0:
            self.cleaned_up.set()
        return self.slices_left > 0

    def numbers(self) -> list[int]:
        return self.writer.do(lambda db: [row[0] for row in db.execute("SELECT n FROM numbers ORDER BY n")])

    def put(self, number: int) -> None:
        self.writer.do(lambda db: db.execute("INSERT INTO numbers VALUES (?)", (number,)))


@pytest.fixture
def traced() -> Iterator[Traced]:
    made = Traced()
    yield made
    made.writer.close()


class Blocker:
    """A job that blocks the writer, so that other jobs queue up."""

    def __init__(self) -> None:
        self.entered, self.opened = threading.Event(), threading.Event()

    def work(self, db: SqlConnection) -> None:
        self.entered.set()
        assert self.opened.wait(DEADLINE_S)


def queue_behind_blocker(
    traced: Traced, threads: ThreadPoolExecutor, numbers: list[int]
) -> list[BaseException | None]:
    """Submit `numbers` while the writer is busy, and return the error of each."""
    blocker = Blocker()
    held = threads.submit(traced.writer.do, blocker.work)
    assert blocker.entered.wait(DEADLINE_S)
    waiting = [threads.submit(traced.put, number) for number in numbers]
    wait_until(lambda: traced.writer._queue.qsize() == len(numbers))
    traced.statements.clear()
    blocker.opened.set()
    held.result(DEADLINE_S)
    return [future.exception(DEADLINE_S) for future in waiting]


def test_waiting_jobs_are_committed_together(traced: Traced) -> None:
    with ThreadPoolExecutor(10) as threads:
        assert queue_behind_blocker(traced, threads, [1, 2, 3, 4, 5]) == [None] * 5
    until_last_insert = traced.statements[: traced.statements.index("INSERT INTO numbers VALUES (5)") + 2]
    assert until_last_insert.count("COMMIT") == 2  # one for the blocker, one for all five
    assert traced.numbers() == [1, 2, 3, 4, 5]


def test_failing_job_does_not_fail_the_others(traced: Traced) -> None:
    traced.put(3)
    with ThreadPoolExecutor(10) as threads:
        errors = queue_behind_blocker(traced, threads, [2, 3, 4])
    assert [type(error) for error in errors] == [type(None), sqlite3.IntegrityError, type(None)]
    assert traced.numbers() == [2, 3, 4]


def test_failing_job_is_rolled_back(traced: Traced) -> None:
    def half(db: SqlConnection) -> None:
        db.execute("INSERT INTO numbers VALUES (1)")
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        traced.writer.do(half)
    assert traced.numbers() == []


def test_close_finishes_submitted_jobs(traced: Traced) -> None:
    blocker = Blocker()
    with ThreadPoolExecutor(3) as threads:
        threads.submit(traced.writer.do, blocker.work)
        assert blocker.entered.wait(DEADLINE_S)
        last = threads.submit(traced.writer.do, lambda db: db.execute("SELECT 42").fetchone())
        wait_until(lambda: traced.writer._queue.qsize())
        closing = threads.submit(traced.writer.close)
        blocker.opened.set()
        assert last.result(DEADLINE_S) == (42,)
        closing.result(DEADLINE_S)
    with pytest.raises(StoreError, match="closed"):
        traced.put(1)


def test_cleanup_continues_until_nothing_is_left(traced: Traced) -> None:
    assert traced.cleaned_up.wait(DEADLINE_S)
    traced.cleaned_up.clear()
    traced.slices_left = 5
    traced.put(1)
    assert traced.cleaned_up.wait(DEADLINE_S)
    assert traced.slices_left == 0


def test_failing_cleanup_is_logged_and_writes_continue(
    traced: Traced, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = threading.Event()

    def fail(db: SqlConnection) -> bool:
        failed.set()
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(traced.writer, "_clean_up", fail)
    with capture_logs() as logs:
        traced.put(1)
        assert failed.wait(DEADLINE_S)
        assert traced.numbers() == [1]
        traced.writer.close()
    assert "store.cleanup_failed" in [entry["event"] for entry in logs]
