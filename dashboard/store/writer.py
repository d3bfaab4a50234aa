"""The writer thread: callers submit jobs and wait until the jobs are committed."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import structlog

from dashboard.store.connection import SqlConnection
from dashboard.store.errors import StoreError

T = TypeVar("T")
Work = Callable[[SqlConnection], T]
Job = tuple[Work[Any], "Future[Any]"]

MAX_JOBS_PER_TRANSACTION = 100
log = structlog.get_logger()


class Writer:
    """Commits waiting jobs together in one transaction, and cleans up in small slices when idle.

    A job may run twice: when another job of its group fails, it runs again on its own. So a job must have no effect
    besides its statements. `clean_up` does one slice of work and returns whether more is left.
    """

    def __init__(self, db: SqlConnection, clean_up: Callable[[SqlConnection], bool]) -> None:
        self._db = db
        self._clean_up = clean_up
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def do(self, work: Work[T]) -> T:
        """Run `work` in a transaction and return its result after the commit. Raises what `work` raises."""
        future: Future[T] = Future()
        with self._closing:
            if self._closed:
                raise StoreError("The database is closed because the dashboard is stopping.")
            self._queue.put((work, future))
        return future.result()

    def close(self) -> None:
        """Finish the submitted jobs, end the thread and close the connection."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        cleanup_pending = True
        while True:
            taken = self._take(wait=not cleanup_pending)
            jobs = [job for job in taken if job is not None]
            if jobs:
                self._commit(jobs)
                cleanup_pending = True
            elif not taken:
                cleanup_pending = self._clean_up_slice()
            if None in taken:
                self._db.close()
                return

    def _take(self, *, wait: bool) -> list[Job | None]:
        taken: list[Job | None] = []
        try:
            taken.append(self._queue.get(block=wait))
            while len(taken) < MAX_JOBS_PER_TRANSACTION:
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
        except Exception:  # noqa: BLE001 - one job's failure must not fail the others
            for job in jobs:
                self._commit_alone(job)
        else:
            for (_, future), result in zip(jobs, results, strict=True):
                future.set_result(result)

    def _commit_alone(self, job: Job) -> None:
        work, future = job
        try:
            results = self._in_transaction([work])
        except Exception as error:  # noqa: BLE001 - raised again in the thread that waits for the result
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

    def _clean_up_slice(self) -> bool:
        try:
            return bool(self._in_transaction([self._clean_up])[0])
        except Exception:  # of any kind: if it ended this thread, every later write would wait forever
            log.exception("store.cleanup_failed")
            return False
