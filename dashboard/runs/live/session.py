"""RunSession: the sole owner of one live run, from its runner's start to its final record."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from dashboard.engine import rest
from dashboard.engine.logs import is_send_failure
from dashboard.model.events import EventKind
from dashboard.model.figures import figures_of, totals_of
from dashboard.model.run import Run, RunStatus
from dashboard.model.snapshot import OVERALL, Interval
from dashboard.model.tally import Tally
from dashboard.run_folder.files import ExitFile, PidFile, RunFolder, StopFile, UnreadableFile
from dashboard.runs.control.stop import STOPPED_BY_USER
from dashboard.runs.live.control_watch import ControlWatch
from dashboard.runs.live.finish import RunObservations, finish
from dashboard.runs.live.push_reader import PushReader
from dashboard.runs.live.runner_watch import RunnerWatcher
from dashboard.runs.live.slo_watch import SloWatch
from dashboard.runs.live.token_watch import TokenWatch
from dashboard.runs.publish.console import ConsoleLine, ConsoleTail
from dashboard.runs.publish.failures import FailureSampler, failed_exchanges
from dashboard.runs.publish.publisher import Publisher
from dashboard.runs.slo.evaluate import SloEvaluator
from dashboard.store.store import Store

log = structlog.get_logger()
FolderFile = TypeVar("FolderFile", ExitFile, PidFile, StopFile)
SEND_FAILED = "k6 could not send some of its figures; its next push makes up for them"
TICK_S = 0.1  # a push is on the page a tick later at the latest
REST_EVERY_S = 2.0
EARLY_MARGIN_S = 0.3  # samples take a moment from k6's counter to its push


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDeps:
    """What a session needs of the world. `clock` gives UTC, `stop` asks for the run's end and takes the reason,
    `pause` lets nobody begin and says whether that was new.

    `ended` is called last of all, after the final record; when it fails it is called again.
    """

    store: Store
    publisher: Publisher
    start_runner: Callable[[RunFolder], int]
    clock: Callable[[], datetime]
    evaluator: SloEvaluator
    stop: Callable[[str], object]
    pause: Callable[[], bool]
    ended: Callable[[Run], None]


class RunSession:
    """Reads the run folder, stores and publishes what it says. `run` is the published value: read it freely."""

    def __init__(
        self,
        run: Run,
        folder: RunFolder,
        deps: SessionDeps,
        runner_pid: int | None = None,
    ) -> None:
        self.run = run
        self.rest_port: int | None = None
        self._folder = folder
        self._deps = deps
        self._publisher = deps.publisher
        self._watcher = RunnerWatcher(folder, run.run_id, deps.start_runner, runner_pid)
        self._console = ConsoleTail(folder)
        self._failures = FailureSampler(run.run_id, deps.store)
        self._slos = SloWatch(run, deps.evaluator, deps.publisher, deps.stop)
        self._tokens = TokenWatch(run, folder, deps.store, deps.publisher, deps.pause)
        self._pushes: PushReader | None = None
        self._control = ControlWatch(run.run_id, folder, deps.store)
        self._findings = RunObservations()
        self._rescues = 0
        self._stop_told: bool | None = None
        self._told = False
        self._next_rest = 0.0
        self._early_requests = 0
        self._changing = threading.Lock()

    def tick(self, now: float) -> float | None:
        """One look at everything; None when the run is over."""
        with self._changing:
            return self._look(now)

    def rewrite(self, change: Callable[[Run], Run]) -> Run | None:
        """Change what people say of the run, between two looks; None when the run is over."""
        with self._changing:
            if self._told:
                return None
            changed = change(self.run)
            self._deps.store.runs.update(changed)
            self.run = changed
            self._publisher.run(changed)
            return changed

    def _look(self, now: float) -> float | None:
        exit_file = self._read(ExitFile)  # before the segments: once it is there, they are complete
        over = exit_file is not None or self._watcher.is_over(now)
        if over and exit_file is None:
            exit_file = self._read(ExitFile)
        self._note_start()
        self._take_pushes(ended=over)
        self._take_console(ended=over)
        self._tokens.tell(self.run)
        if over:
            if not self._told:
                self._finish(exit_file)
            self._deps.ended(self.run)
            self._watcher.reap()
            return None
        self._note_rescue()
        self._note_stop()
        self._note_control()
        self._poll_rest(now)
        return TICK_S

    def _read(self, shape: type[FolderFile]) -> FolderFile | None:
        try:
            return self._folder.read(shape)
        except UnreadableFile as error:
            log.warning("run.unreadable_file", run_id=self.run.run_id, error=str(error))
            return None

    def _note_start(self) -> None:
        """k6 was started, or started again after its port was taken: learn its port and moment."""
        pid = self._read(PidFile)
        if pid is None:
            return
        self.rest_port = pid.rest_port
        if self._pushes is None:
            self._pushes = PushReader(
                self.run.run_id,
                self._folder,
                self._deps.store,
                started_ms=pid.started_ms,
                apdex_t_ms=self.run.config.apdex_t_ms,
                has_idle_users=self.run.config.steering_variable == "vus",
            )
        if self.run.started_at is None:
            self._change(started_at=datetime.fromtimestamp(pid.started_ms / 1000, UTC))
            self._event(EventKind.STARTED, "k6 was started")

    def _take_pushes(self, *, ended: bool) -> None:
        """Commit new pushes, then publish them; at the end until none are left."""
        while self._pushes is not None:
            batch = self._pushes.read_new(self._describe, ended=ended)
            if batch.intervals:
                self.run = self._describe(batch.intervals[-1])
                tallies = self._pushes.aggregator.cumulative
                self._publisher.intervals(self.run, batch.intervals, tallies)
                self._publisher.run(self.run)
                self._slos.look(self.run, batch.intervals, tallies, self._deps.clock())
                self._tokens.look(self.run, batch.intervals, self._deps.clock())
            if not ended or not batch.records:
                return

    def _describe(self, interval: Interval) -> Run:
        """The record after `step`."""
        pushes = self._pushes
        overall = pushes.aggregator.cumulative[OVERALL] if pushes else Tally()
        elapsed_s = interval.snapshot.elapsed_s
        status = RunStatus.RUNNING if self.run.status is RunStatus.STARTING else self.run.status
        return replace(
            self.run,
            status=status,
            elapsed_s=elapsed_s,
            vus=interval.snapshot.vus,
            figures=figures_of(overall, elapsed_s, self.run.config.apdex_t_ms),
            totals=totals_of(overall),
            percentiles_from="histogram",
        )

    def _take_console(self, *, ended: bool) -> None:
        while True:
            found = self._console.poll(ended=ended)
            self._findings.read(found.lines)
            self._publisher.log(found.lines)
            if found.payload_lines and self._failures.take(failed_exchanges(found.payload_lines)):
                self._publisher.failures()
            for line in found.lines:
                self._note_loss(line)
            if not ended or not found.used:
                return

    def _note_loss(self, line: ConsoleLine) -> None:
        if is_send_failure(line.line) and not self._findings.loss_logged:
            self._findings.loss_logged = True
            if SEND_FAILED not in (event.message for _, event in self._deps.store.events.of_run(self.run.run_id)):
                self._event(EventKind.WARNING, SEND_FAILED, level="warning")

    def _note_rescue(self) -> None:
        if self._watcher.rescues > self._rescues:
            self._rescues = self._watcher.rescues
            words = "the process that watched k6 was gone; another one took its place"
            self._event(EventKind.RUNNER_RESCUED, words, level="warning")

    def _note_stop(self) -> None:
        stop = self._read(StopFile)
        if stop is None or self._stop_told == (stop.immediate is True):
            return
        self._stop_told = stop.immediate is True
        if self.run.status is not RunStatus.STOPPING:
            self._change(status=RunStatus.STOPPING)
            words = "stop asked" if stop.reason == STOPPED_BY_USER else stop.reason
            waits = self.run.config.steering_variable is not None and not stop.immediate
            self._event(
                EventKind.STOP_ASKED, f"{words}: running iterations are waited for" if waits else words
            )
        elif stop.immediate:
            self._event(EventKind.STOP_ASKED, "stop now asked: nothing is waited for any more")

    def _note_control(self) -> None:
        control, change = self._control.look(self.run)
        if change is not None:
            self._change(steered=True)
            self._event(EventKind.CONTROL, change.message, at_ms=change.at_ms, data=change.data)
        if control != self.run.control:
            self.run = replace(self.run, control=control)
            self._publisher.run(self.run)
        warning = self._control.warning(self._pushes.aggregator.poll_errors if self._pushes else 0)
        if warning is not None:
            self._event(EventKind.WARNING, warning, level="warning")

    def _poll_rest(self, now: float) -> None:
        """State of k6 every 2 s; before the first push more often, for the first figures."""
        if self.rest_port is None or now < self._next_rest:
            return
        first = self.run.figures is None or self.run.percentiles_from is None
        self._next_rest = now + (TICK_S if first else REST_EVERY_S)
        status = rest.status(self.rest_port)
        if status is None:
            return
        if status.state >= rest.RUNNING and self.run.status is RunStatus.STARTING:
            self._change(status=RunStatus.RUNNING)
        if first:
            self._early_figures(rest.request_count(self.rest_port), status.vus)

    def _early_figures(self, requests: int | None, vus: int) -> None:
        """The number of requests before the first push, which counts later ones too: so it never steps back."""
        if not requests or requests == self._early_requests or self.run.started_at is None:
            return
        elapsed_s = (self._deps.clock() - self.run.started_at).total_seconds()
        if elapsed_s > self.run.context.push_interval_s - EARLY_MARGIN_S:
            return
        self._early_requests = requests
        blank = figures_of(Tally(), None, self.run.config.apdex_t_ms)
        figures = replace(blank, total_reqs=requests, rps=requests / elapsed_s if elapsed_s > 0 else None)
        self._change(figures=figures, vus=vus, elapsed_s=round(elapsed_s, 3))

    def _change(self, **changes: object) -> None:
        """Store, then publish, a changed record."""
        changed: Run = replace(self.run, **changes)  # type: ignore[arg-type]
        self._deps.store.runs.update(changed)
        self.run = changed
        self._publisher.run(changed)

    def _event(
        self,
        kind: EventKind,
        message: str,
        *,
        level: str = "info",
        at_ms: int | None = None,
        data: dict[str, object] | None = None,
    ) -> None:
        elapsed_s = None
        now = self._deps.clock() if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC)
        if self.run.started_at is not None:
            elapsed_s = max(0.0, round((now - self.run.started_at).total_seconds(), 3))
        self._publisher.event(kind, message, at=now, level=level, elapsed_s=elapsed_s, data=data)

    def _finish(self, exit_file: ExitFile | None) -> None:
        aggregator = self._pushes.aggregator if self._pushes else None
        self._findings.watch(self._deps.store.snapshots.of_run(self.run.run_id))
        deps = self._deps
        ended = finish(
            self.run, self._folder, exit_file, aggregator, self._findings, deps.evaluator, deps.clock()
        )
        deps.store.append(self.run.run_id, ended.intervals, run=ended.run, slo_results=ended.slo_results)
        self.run = ended.run
        self._slos.close(ended.slo_results, ended.run.elapsed_s, deps.clock())
        if ended.run.samples_lost:
            words = f"some figures are missing: {ended.run.samples_lost_reason}"
            self._event(EventKind.SAMPLES_LOST, words, level="warning")
        level = "info" if ended.run.status in (RunStatus.FINISHED, RunStatus.STOPPED) else "error"
        self._event(EventKind.ENDED, f"{ended.run.status.value}: {ended.run.exit_reason}", level=level)
        self._publisher.end(ended.run, ended.breakdown, ended.ops, ended.seq)
        self._told = True
