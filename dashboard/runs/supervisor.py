"""Supervisor: which runs may start, which wait, who is live, and taking over what an earlier server left."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import structlog

from dashboard.endpoints.file import LoadedDocument
from dashboard.engine.k6_binary import K6Unavailable
from dashboard.loop import Loop
from dashboard.model.errors import Conflict, DashboardError, NotFound, Unavailable
from dashboard.model.events import EventKind
from dashboard.model.plan import Plan
from dashboard.model.run import Run, RunId, RunStatus
from dashboard.run_folder.files import AuthFile, RunFolder, SecretsFile, UnreadableFile
from dashboard.runs.control.steering import Steering
from dashboard.runs.control.stop import STOPPED_BY_USER, request_stop
from dashboard.runs.live.session import RunSession, SessionDeps
from dashboard.runs.publish.publisher import Publisher
from dashboard.runs.start.auth import Auth
from dashboard.runs.start.network import guard_way
from dashboard.runs.start.request import StartRequest, plan_for
from dashboard.runs.start.starter import Starter, StarterDeps
from dashboard.store.errors import PinnedRun, StaleRun, StoreError

log = structlog.get_logger()
LIVE = (RunStatus.STARTING, RunStatus.RUNNING, RunStatus.STOPPING)


@dataclass(frozen=True, slots=True)
class _Live:
    session: RunSession
    loop: Loop


class Supervisor:
    """Starts, stops and lists runs; every live one has a session on a loop of its own."""

    def __init__(self, deps: StarterDeps) -> None:
        self._deps = deps
        self._settings = deps.settings
        self._store = deps.store
        self._starter = Starter(deps)
        self._lock = threading.RLock()
        self._live: dict[RunId, _Live] = {}
        self.steering = Steering(deps.launcher, deps.clock, self._lock, find=self._find, wake=self._wake)
        self._closing = False
        self.queue_held = False

    def adopt(self) -> list[Run]:
        """Take over the live runs of an earlier server; the queue waits for a word: no surprise load."""
        with self._lock:
            runs = self._store.runs.with_status(LIVE)
            for run in runs:
                folder = self._deps.launcher.folder(run.run_id)
                if folder.path.is_dir():
                    self._publisher(run.run_id).event(
                        EventKind.ADOPTED,
                        "the dashboard was restarted; the run goes on",
                        at=self._deps.clock(),
                    )
                    self._open_session(run, folder, runner_pid=None)
                else:
                    self._close_without_run(run, RunStatus.INTERRUPTED, "the folder of the run is gone")
            self.queue_held = bool(self.queue())
            return runs

    def start(self, request: StartRequest) -> Run:
        """Start a run, or let it wait when `request.queue`. Raises DashboardError; nothing is stored then."""
        resolved = self._starter.resolve(request)
        with self._lock:
            waits = self._must_wait(request)
            run = self._starter.run_of(replace(request, queue=waits), resolved)
            folder = self._admit(run, resolved.auth, resolved.keys)
            if waits:
                words = "waits for its turn"
                self._publisher(run.run_id).event(EventKind.QUEUED, words, at=run.created_at)
                self._publisher(run.run_id).run(run)
                return run
            return self._launch(run, folder, resolved.document)

    def stop(self, run_id: RunId | None, reason: str = STOPPED_BY_USER, *, immediate: bool = False) -> Run:
        """Ask a live run to end, or cancel a waiting one; without an id the newest live one.

        One that can be steered first waits for its running iterations, unless it is `immediate`.
        """
        with self._lock:
            run_id = run_id or self._newest_live()
            entry = self._live.get(run_id)
            if entry is None or entry.session.run.status.has_ended:
                return self._cancel(run_id)
            folder = self._deps.launcher.folder(run_id)
            request_stop(folder, self._deps.clock(), reason, immediate=immediate)
            entry.loop.wake()
            return replace(entry.session.run, status=RunStatus.STOPPING)

    def _find(self, run_id: RunId | None) -> Run:
        """A run, the newest live one without an id. Raises Conflict, NotFound."""
        run_id = run_id or self._newest_live()
        run = self.live_run(run_id) or self._store.runs.get(run_id)
        if run is None:
            raise NotFound(f"there is no run {run_id}")
        return run

    def _wake(self, run_id: RunId) -> None:
        entry = self._live.get(run_id)
        if entry is not None:
            entry.loop.wake()

    def _newest_live(self) -> RunId:
        live = self.live()
        if not live:
            raise Conflict("no run is live")
        return live[0].run_id

    def live(self) -> list[Run]:
        """The live runs as published, newest first. Of one that has just ended the session is still tidying up."""
        published = (entry.session.run for entry in list(self._live.values()))
        live = (run for run in published if not run.status.has_ended)
        return sorted(live, key=lambda run: run.run_id, reverse=True)

    def live_run(self, run_id: RunId) -> Run | None:
        """The published value of a live run."""
        entry = self._live.get(run_id)
        return entry.session.run if entry else None

    def queue(self) -> list[Run]:
        """Runs that wait, the next first."""
        return self._store.runs.with_status((RunStatus.QUEUED,))

    def continue_queue(self) -> None:
        """After a restart: let the waiting runs start."""
        with self._lock:
            self.queue_held = False
            self._start_next()

    def plan(self, request: StartRequest) -> Plan:
        """What `request` would do, within the limits."""
        return plan_for(request, self._deps.profiles[request.profile], self._settings)

    def delete(self, run_id: RunId, *, everywhere: bool = True) -> None:
        """Remove an ended run: its record and its folder, with `everywhere` its replica too."""
        with self._lock:
            run = self._store.runs.get(run_id)
            if run is None:
                raise NotFound(f"there is no run {run_id}")
            if not run.status.has_ended or run_id in self._live:
                raise Conflict(f"run {run_id} is {run.status.value}: stop it first")
            if run.origin is not None:
                raise Conflict(f"run {run_id} was recorded by {run.origin}: delete it there")
            try:
                self._store.runs.delete(run_id, everywhere=everywhere)
            except PinnedRun as error:
                raise Conflict(str(error)) from None
            shutil.rmtree(self._deps.launcher.folder(run_id).path, ignore_errors=True)

    def rewrite(self, run_id: RunId, change: Callable[[Run], Run]) -> Run:
        """Change what people say of a run, live or past. Raises NotFound."""
        entry = self._live.get(run_id)
        changed = entry.session.rewrite(change) if entry else None
        return changed or self._rewrite_stored(run_id, change)

    def _rewrite_stored(self, run_id: RunId, change: Callable[[Run], Run]) -> Run:
        with self._lock:
            run = self._store.runs.get(run_id)
            if run is None:
                raise NotFound(f"there is no run {run_id}")
            changed = change(run)
            try:
                self._store.runs.update(changed, expected=(run.status,))
            except StaleRun:
                raise Conflict(f"run {run_id} was started or deleted meanwhile: try again") from None
            self._publisher(run_id).run(changed)
            return changed

    def rest_port(self, run_id: RunId) -> int | None:
        """Port of k6's REST API while the run is live."""
        entry = self._live.get(run_id)
        return entry.session.rest_port if entry else None

    def health(self) -> list[dict[str, object]]:
        """State of every loop."""
        return [entry.loop.health() for entry in list(self._live.values())]

    def close(self) -> None:
        """Stop the loops at a committed position; k6 and its runners go on, to be adopted."""
        with self._lock:
            self._closing = True
            entries = list(self._live.values())
        for entry in entries:
            entry.loop.stop()

    def _must_wait(self, request: StartRequest) -> bool:
        if self._closing:
            raise Unavailable("the dashboard is being stopped")
        waiting, live = self.queue(), self.live()
        if len(live) < self._settings.k6_max_concurrency and (not waiting or not request.queue):
            return False
        if not request.queue:
            newest = live[0]
            raise Conflict(
                f"run {newest.run_id} ({newest.config.profile}) is {newest.status.value}: stop it, or send "
                '"queue": true to wait for a turn',
                extra={"run_id": newest.run_id},
            )
        if len(waiting) >= self._settings.queue_limit:
            raise Conflict(f"{len(waiting)} runs wait already (QUEUE_LIMIT)")
        return True

    def _admit(self, run: Run, auth: Auth, keys: dict[str, str]) -> RunFolder:
        """The row first, then the folder: a crash in between leaves no secrets without an owner."""
        self._store.runs.insert(run)
        try:
            return self._deps.launcher.make_folder(run.run_id, auth.secrets | keys, auth.order)
        except OSError as error:
            self._store.runs.delete(run.run_id)
            raise Unavailable(f"the folder of the run cannot be made: {error.strerror}") from None

    def _launch(self, run: Run, folder: RunFolder, document: LoadedDocument) -> Run:
        try:
            runner_pid = self._starter.launch(run, folder, document)
        except (OSError, K6Unavailable, UnreadableFile, NotFound) as error:
            return self._give_up(run, folder, f"the runner could not be started: {error}")
        self._publisher(run.run_id).run(run)
        self._open_session(run, folder, runner_pid)
        log.info("run.starting", run_id=run.run_id, profile=run.config.profile)
        return run

    def _give_up(self, run: Run, folder: RunFolder, reason: str) -> Run:
        try:
            return self._close_without_run(run, RunStatus.FAILED, reason)
        except StoreError:
            # a session without a runner ends the run as soon as that can be stored
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
            pause=partial(self.steering.pause, run.run_id),
            ended=self._ended,
        )
        session = RunSession(run, folder, deps, runner_pid)
        loop = Loop(f"run-{run.run_id}", session.tick)
        self._live[run.run_id] = _Live(session, loop)
        loop.start()

    def _ended(self, run: Run) -> None:
        """Called by the session's own thread, last of all."""
        log.info("run.ended", run_id=run.run_id, status=run.status.value, reason=run.exit_reason)
        with self._lock:
            self._live.pop(run.run_id, None)
            self._start_next()

    def _start_next(self) -> None:
        """Start waiting runs while there is room."""
        while (
            not self._closing and not self.queue_held and len(self.live()) < self._settings.k6_max_concurrency
        ):
            waiting = self.queue()
            if not waiting:
                return
            self._start_waiting(waiting[0])

    def _start_waiting(self, run: Run) -> None:
        """The endpoints file is frozen now, when the run starts; one that broke meanwhile fails the run."""
        try:
            version = self._starter.check()
            document = self._starter.document()
            config = run.config
            guard_way(config.base_url, config.network, document.hosts, 0, self._settings, confirmed=True)
        except DashboardError as error:
            self._close_without_run(run, RunStatus.FAILED, error.detail)
            return
        context = self._starter.context_now(run, document, version)
        started = replace(run, status=RunStatus.STARTING, context=context)
        self._store.runs.update(started, expected=(RunStatus.QUEUED,))
        self._launch(started, self._deps.launcher.folder(run.run_id), document)

    def _cancel(self, run_id: RunId) -> Run:
        run = self._store.runs.get(run_id)
        if run is None:
            raise NotFound(f"there is no run {run_id}")
        if run.status is not RunStatus.QUEUED:
            raise Conflict(f"run {run_id} has ended: it is {run.status.value}")
        return self._close_without_run(run, RunStatus.STOPPED, "canceled while it waited for its turn")

    def _close_without_run(self, run: Run, status: RunStatus, reason: str) -> Run:
        """The final record of a run that k6 never worked for."""
        ended = replace(run, status=status, exit_reason=reason, ended_at=self._deps.clock())
        self._store.runs.update(ended)
        folder = self._deps.launcher.folder(run.run_id)
        folder.remove(SecretsFile)
        folder.remove(AuthFile)
        shutil.rmtree(folder.data, ignore_errors=True)
        publisher = self._publisher(run.run_id)
        level = "info" if status is RunStatus.STOPPED else "error"
        publisher.event(EventKind.ENDED, f"{status.value}: {reason}", at=self._deps.clock(), level=level)
        publisher.run(ended)
        return ended

    def _publisher(self, run_id: RunId) -> Publisher:
        return Publisher(run_id, self._store, self._deps.hub)
