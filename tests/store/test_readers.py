"""The pool of read-only connections."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from dashboard.store.errors import StoreError
from dashboard.store.readers import MAX_IDLE_CONNECTIONS, Readers
from dashboard.store.store import Store
from dashboard.store.values import RunFilter
from tests.factories import an_ended_run


class Opened:
    """Readers of an empty database, with every connection that they opened."""

    def __init__(self, path: Path) -> None:
        self.connections: list[sqlite3.Connection] = []
        self.path = path
        self.readers = Readers(self.connect)

    def connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        self.connections.append(db)
        return db

    def still_open(self) -> int:
        return sum(is_open(db) for db in self.connections)


def is_open(db: sqlite3.Connection) -> bool:
    try:
        db.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return False
    return True


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    made = Opened(tmp_path / "d.db")
    yield made
    made.readers.close()


def test_sequential_readers_share_a_connection(opened: Opened) -> None:
    for _ in range(5):
        with opened.readers.reading() as db:
            db.execute("SELECT 1")
    assert len(opened.connections) == 1


def test_few_connections_stay_open_after_many_threads(opened: Opened) -> None:
    count = 3 * MAX_IDLE_CONNECTIONS
    all_reading = Barrier(count, timeout=10)

    def read(_: int) -> None:
        with opened.readers.reading():
            all_reading.wait()

    with ThreadPoolExecutor(count) as threads:
        list(threads.map(read, range(count)))
    assert len(opened.connections) == count
    assert opened.still_open() == MAX_IDLE_CONNECTIONS


def test_reads_of_one_connection_are_consistent(opened: Opened) -> None:
    with closing(sqlite3.connect(opened.path, isolation_level=None)) as writing:
        writing.execute("PRAGMA journal_mode = WAL")
        writing.execute("CREATE TABLE numbers (n)")
        with opened.readers.reading() as db:
            before = db.execute("SELECT count(*) FROM numbers").fetchone()
            writing.execute("INSERT INTO numbers VALUES (1)")
            assert db.execute("SELECT count(*) FROM numbers").fetchone() == before


def test_connection_is_not_reused_after_an_error(opened: Opened) -> None:
    with pytest.raises(sqlite3.OperationalError), opened.readers.reading() as db:
        db.execute("SELECT * FROM nowhere")
    assert opened.still_open() == 0


def test_close_lets_a_reader_finish(opened: Opened) -> None:
    with opened.readers.reading() as db:
        opened.readers.close()
        assert db.execute("SELECT 1").fetchone() == (1,)
    assert opened.still_open() == 0
    with pytest.raises(StoreError, match="closed"), opened.readers.reading():
        pass


def test_reads_of_one_thread_are_consistent(store: Store) -> None:
    store.runs.insert(an_ended_run("20261121-100000-aaaaaaaa"))
    with store.consistent_reads(), ThreadPoolExecutor(1) as other:
        assert store.lists.count(RunFilter()) == 1
        other.submit(store.runs.insert, an_ended_run("20261121-100000-bbbbbbbb")).result()
        assert store.lists.count(RunFilter()) == 1
        assert store.runs.get("20261121-100000-bbbbbbbb") is None
        assert other.submit(store.lists.count, RunFilter()).result() == 2
    assert store.lists.count(RunFilter()) == 2
