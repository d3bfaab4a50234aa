"""Supervisor: decides which runs start or wait in the queue, and adopts runs that outlived a restart."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Protocol

import structlog

from dashboard.endpoints.file import LoadedDocument
from dashboard.engine.k6_binary import K6Unavailable
from dashboard.model.errors import Conflict, DashboardError, NotFound, Unavailable
from dashboard.model.events import EventKind
from dashboard.model.identity import LOCAL, Identity
from dashboard.model.run import Run, RunId, RunStatus
from dashboard.run_folder.files import AuthFile, RunFolder, SecretsFile
from dashboard.run_folder.validation import UnreadableFile
from dashboard.runs.control.live_runs import LiveRuns, LiveSession
from dashboard.runs.control.stop import STOPPED_BY_USER, record_stopper, request_stop
from dashboard.runs.live.session import RunSession, SessionDeps
from dashboard.runs.publish.publisher import Publisher
from dashboard.runs.start.record import new_run
from dashboard.runs.start.request import StartRequest
from dashboard.runs.start.resolved import ResolvedRequest
from dashboard.runs.start.starter import Starter, StarterDeps
from dashboard.runs.start.token_limits import check_start
from dashboard.store.errors import StoreError

log = structlog.get_logger()
LIVE_STATUSES = (RunStatus.STARTING, RunStatus.RUNNING, RunStatus.STOPPING)


class SessionFactory(Protocol):
    """Makes the session of a live run. `runner_pid` is None for an adopted run."""

    def __call__(
        self, run: Run, folder: RunFolder, deps: SessionDeps, runner_pid: int | None
    ) -> LiveSession: ...


class Supervisor:
    """Starts, stops, queues and adopts runs. `pause` pauses a live run, and returns False if it cannot."""

    def __init__(
        self,
        deps: StarterDeps,
        live_runs: LiveRuns,
        pause: Callable[[RunId], bool],
        make_session: SessionFactory = RunSession,
    ) -> None:
        self._deps = deps
        self._settings = deps.settings
        self._store = deps.store
        self._starter = Starter(deps)
        self._live_runs = live_runs
        self._lock = live_runs.lock
        self._pause = pause
        self._make_session = make_session
        self._closing = False
        self.queue_held = False

    def adopt(self) -> list[Run]:
        """Adopt the runs that were live before a restart. Holds the queue, so that no load starts unexpectedly."""
        with self._lock:
            runs = self._store.runs.with_status(LIVE_STATUSES)
            for run in runs:
                folder = self._deps.launcher.folder(run.run_id)
                if folder.path.is_dir():
                    message = "the dashboard restarted; the run continues"
                    self._publisher(run.run_id).add_event(EventKind.ADOPTED, message, at=self._deps.clock())
                    self._open_session(run, folder, runner_pid=None)
                else:
                    self._end_without_load(run, RunStatus.INTERRUPTED, "the run folder is missing")
            self.queue_held = bool(self.queue())
            return runs

    def start(self, request: StartRequest, identity: Identity = LOCAL) -> Run:
        """Start a run, or queue it with `request.queue`. Raises DashboardError; then nothing is stored."""
        resolved = self._starter.resolve(request, identity)
        check_start(identity, resolved)
        with self._lock:
            queued = self._must_wait(request)
            run = new_run(
                resolved,
                self._settings,
                queued=queued,
                now=self._deps.clock(),
                randomness=self._deps.randomness(5),
                started_by=identity.who,
            )
            folder = self._admit(run, resolved)
            if not queued:
                return self._launch(run, folder, resolved.document)
            self._publisher(run.run_id).add_event(EventKind.QUEUED, "waits in the queue", at=run.created_at)
            self._publisher(run.run_id).publish_run(run)
            return run

    def stop(
        self,
        run_id: RunId | None,
        reason: str = STOPPED_BY_USER,
        *,
        immediate: bool = False,
        by: str | None = None,
    ) -> Run:
        """Stop a live run, or cancel a queued one. Without an id, stop the newest live run.

        A steerable run first waits for its running iterations, unless `immediate`. `by` is None when the dashboard
        itself stops it. Raises Conflict, NotFound.
        """
        run_id = run_id or self._live_runs.newest_id()
        record_stopper(self._live_runs, run_id, by)
        with self._lock:
            run = self._live_runs.run(run_id)
            if run is None or run.status.has_ended:
                return self._cancel(run_id, by)
            folder = self._deps.launcher.folder(run_id)
            request_stop(folder, self._deps.clock(), reason, immediate=immediate)
            self._live_runs.wake(run_id)
            return replace(run, status=RunStatus.STOPPING)

    def queue(self) -> list[Run]:
        """Return the queued runs, in the order in which they will start."""
        return self._store.runs.with_status((RunStatus.QUEUED,))

    def continue_queue(self) -> None:
        """Let queued runs start again after a restart."""
        with self._lock:
            self.queue_held = False
            self._start_next()

    def close(self) -> None:
        """Stop the loops at a committed position. k6 and its runners keep running, to be adopted."""
        with self._lock:
            self._closing = True
        self._live_runs.stop_loops()

    def _must_wait(self, request: StartRequest) -> bool:
        """Return whether the run must be queued. Raises Conflict when it may not, Unavailable during shutdown."""
        if self._closing:
            raise Unavailable("The dashboard is shutting down.")
        waiting, live = self.queue(), self._live_runs.runs()
        if len(live) < self._settings.k6_max_concurrency and (not waiting or not request.queue):
            return False
        if not request.queue:
            newest = live[0]
            raise Conflict(
                f"Run {newest.run_id} ({newest.config.profile}) is {newest.status.value}. Stop it, or send "
                '"queue": true to wait in the queue.',
                extra={"run_id": newest.run_id},
            )
        if len(waiting) >= self._settings.queue_limit:
            raise Conflict(
                f"The queue is full ({len(waiting)} of {self._settings.queue_limit} runs). "
                "Cancel a queued run or raise QUEUE_LIMIT."
            )
        return True

    def _admit(self, run: Run, resolved: ResolvedRequest) -> RunFolder:
        """Store the run, then make its folder: a crash in between must not leave secrets without an owner."""
        self._store.runs.insert(run)
        try:
            folder = self._deps.launcher.make_folder(
                run.run_id, resolved.secrets, resolved.auth.token_request
            )
            if resolved.request.endpoints is not None:
                self._starter.keep_document(folder, resolved.document)
            return folder
        except OSError as error:
            shutil.rmtree(self._deps.launcher.folder(run.run_id).path, ignore_errors=True)
            self._store.runs.delete(run.run_id)
            raise Unavailable(f"The run folder cannot be created: {error.strerror}.") from None

    def _launch(self, run: Run, folder: RunFolder, document: LoadedDocument) -> Run:
        try:
            runner_pid = self._starter.launch(run, folder, document)
        except (OSError, K6Unavailable, UnreadableFile, NotFound) as error:
            return self._give_up(run, folder, f"the runner could not be started: {error}")
        self._publisher(run.run_id).publish_run(run)
        self._open_session(run, folder, runner_pid)
        log.info("run.starting", run_id=run.run_id, profile=run.config.profile)
        return run

    def _give_up(self, run: Run, folder: RunFolder, reason: str) -> Run:
        try:
            return self._end_without_load(run, RunStatus.FAILED, reason)
        except StoreError:
            # A session without a runner ends the run as soon as the end can be stored.
            self._open_session(run, folder, runner_pid=None)
            raise

    def _open_session(self, run: Run, folder: RunFolder, runner_pid: int | None) -> None:
        deps = SessionDeps(
            store=self._store,
            publisher=self._publisher(run.run_id),
            start_runner=self._deps.launcher.start_runner,
            clock=self._deps.clock,
            evaluator=self._deps.evaluator,
            stop=partial(self.stop, run.run_id),
            pause=partial(self._pause, run.run_id),
            ended=self._on_ended,
        )
        self._live_runs.add(self._make_session(run, folder, deps, runner_pid))

    def _on_ended(self, run: Run) -> None:
        """Remove the session and start the next run. The session's own thread calls this as its last action."""
        log.info("run.ended", run_id=run.run_id, status=run.status.value, reason=run.exit_reason)
        with self._lock:
            self._live_runs.remove(run.run_id)
            self._start_next()

    def _start_next(self) -> None:
        """Start queued runs while slots are free."""
        while (
            not self._closing
            and not self.queue_held
            and len(self._live_runs.runs()) < self._settings.k6_max_concurrency
        ):
            waiting = self.queue()
            if not waiting:
                return
            self._start_queued(waiting[0])

    def _start_queued(self, run: Run) -> None:
        """Start a queued run. It fails when its endpoints have become unusable."""
        try:
            version = self._starter.check_ready()
            folder = self._deps.launcher.folder(run.run_id)
            document = self._starter.queued_document(folder)
            self._starter.check_queued(run, folder, document)
        except DashboardError as error:
            self._end_without_load(run, RunStatus.FAILED, error.detail)
            return
        context = self._starter.current_context(run, document, version)
        started = replace(run, status=RunStatus.STARTING, context=context)
        self._store.runs.update(started, expected=(RunStatus.QUEUED,))
        self._launch(started, self._deps.launcher.folder(run.run_id), document)

    def _cancel(self, run_id: RunId, by: str | None) -> Run:
        run = self._live_runs.find(run_id)
        if run.status is not RunStatus.QUEUED:
            raise Conflict(f"Run {run_id} has already ended ({run.status.value}).")
        return self._end_without_load(replace(run, stopped_by=by), RunStatus.STOPPED, "canceled in the queue")

    def _end_without_load(self, run: Run, status: RunStatus, reason: str) -> Run:
        """Store the final record of a run for which k6 never ran."""
        ended = replace(run, status=status, exit_reason=reason, ended_at=self._deps.clock())
        self._store.runs.update(ended)
        folder = self._deps.launcher.folder(run.run_id)
        folder.remove(SecretsFile)
        folder.remove(AuthFile)
        shutil.rmtree(folder.data, ignore_errors=True)
        publisher = self._publisher(run.run_id)
        level = "info" if status is RunStatus.STOPPED else "error"
        publisher.add_event(EventKind.ENDED, f"{status.value}: {reason}", at=self._deps.clock(), level=level)
        publisher.publish_run(ended)
        return ended

    def _publisher(self, run_id: RunId) -> Publisher:
        return Publisher(run_id, self._store, self._deps.hub)
