"""The one thread that writes: callers hand it jobs and wait until these are committed."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import structlog

from dashboard.store.base import StoreError
from dashboard.store.connection import Connection

T = TypeVar("T")
Work = Callable[[Connection], T]
Job = tuple[Work[Any], "Future[Any]"]

MOST_AT_ONCE = 100
log = structlog.get_logger()


class Writer:
    """Commits the jobs that wait together in one transaction; when nothing waits, tidies up in small slices.

    A job may run twice (alone, when another of its group failed), so it must do nothing but use the
    connection. `tidy` does one slice of work and says whether more is left.
    """

    def __init__(self, db: Connection, tidy: Callable[[Connection], bool]) -> None:
        self._db = db
        self._tidy = tidy
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def do(self, work: Work[T]) -> T:
        """Run `work` in a transaction; returns when it is committed, raises what went wrong."""
        future: Future[T] = Future()
        with self._closing:
            if self._closed:
                raise StoreError("the database is closed: the dashboard is stopping")
            self._queue.put((work, future))
        return future.result()

    def close(self) -> None:
        """Finish what was handed in, then end the thread and close the connection."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        untidy = True
        while True:
            taken = self._take(wait=not untidy)
            jobs = [job for job in taken if job is not None]
            if jobs:
                self._commit(jobs)
                untidy = True
            elif not taken:
                untidy = self._tidy_up()
            if None in taken:
                self._db.close()
                return

    def _take(self, *, wait: bool) -> list[Job | None]:
        taken: list[Job | None] = []
        try:
            taken.append(self._queue.get(block=wait))
            while len(taken) < MOST_AT_ONCE:
                taken.append(self._queue.get_nowait())
        except Empty:
            pass
        return taken

    def _commit(self, jobs: list[Job]) -> None:
        if len(jobs) == 1:
            self._commit_alone(jobs[0])
            return
        try:
            results = self._in_transaction([work for work, _ in jobs])
        except Exception:  # noqa: BLE001 - whatever one of them did wrong, the others are still owed their commit
            for job in jobs:
                self._commit_alone(job)
        else:
            for (_, future), result in zip(jobs, results, strict=True):
                future.set_result(result)

    def _commit_alone(self, job: Job) -> None:
        work, future = job
        try:
            results = self._in_transaction([work])
        except Exception as error:  # noqa: BLE001 - raised again in the thread that waits for it
            future.set_exception(error)
        else:
            future.set_result(results[0])

    def _in_transaction(self, works: list[Work[Any]]) -> list[Any]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            results = [work(self._db) for work in works]
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        return results

    def _tidy_up(self) -> bool:
        try:
            return bool(self._in_transaction([self._tidy])[0])
        except Exception:
            log.exception("store.cleanup_failed")
            return False
