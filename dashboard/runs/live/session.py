"""RunSession: the sole owner of one live run, from the start of its runner to its final record."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from dashboard.engine.logs import is_send_failure
from dashboard.model.events import EventKind
from dashboard.model.run import Run, RunStatus
from dashboard.model.snapshot import OVERALL, Interval
from dashboard.run_folder.files import ExitFile, PidFile, RunFolder, StopFile
from dashboard.run_folder.validation import UnreadableFile
from dashboard.runs.live.control_watch import ControlWatch
from dashboard.runs.live.finish import finish
from dashboard.runs.live.observations import RunObservations
from dashboard.runs.live.push_reader import PushReader, live_record
from dashboard.runs.live.rest_poll import RestPoll
from dashboard.runs.live.runner_watch import RunnerWatcher
from dashboard.runs.live.slo_watch import SloWatch
from dashboard.runs.live.stop_request_watch import StopRequestWatch
from dashboard.runs.live.token_watch import TokenWatch
from dashboard.runs.publish.console import ConsoleLine, ConsoleTail
from dashboard.runs.publish.failures import FailureSampler, failed_exchanges
from dashboard.runs.publish.publisher import Publisher, elapsed_at
from dashboard.runs.slo.evaluate import SloEvaluator
from dashboard.store.store import Store

log = structlog.get_logger()
FolderFile = TypeVar("FolderFile", ExitFile, PidFile, StopFile)
SEND_FAILED = "k6 could not send some of its figures; its next push will include them"
TICK_INTERVAL_S = 0.1  # the longest delay before a push is published


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDeps:
    """The dependencies of a session.

    clock: returns the time in UTC · stop: requests the end of the run, with a reason
    pause: pauses all users, and returns whether that changed anything
    ended: called last, after the final record is stored; called again on the next tick when it raises
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
    """Reads the run folder, and stores and publishes its contents. Any thread may read `run`: it is immutable."""

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
        self._stops = StopRequestWatch()
        self._rest = RestPoll(deps.clock)
        self._observations = RunObservations()
        self._restarts = 0
        self._is_final = False
        self._lock = threading.Lock()

    def tick(self, now: float) -> float | None:
        """Process everything new; return the seconds until the next tick, or None when the run is over."""
        with self._lock:
            return self._process(now)

    def rewrite(self, change: Callable[[Run], Run]) -> Run | None:
        """Apply `change` to the record between two ticks, and return it; None when the run is over."""
        with self._lock:
            if self._is_final:
                return None
            return self._save(change(self.run))

    def _process(self, now: float) -> float | None:
        exit_file = self._read(ExitFile)  # before the push log, which is complete once exit.json exists
        over = exit_file is not None or self._watcher.is_over(now)
        if over and exit_file is None:
            exit_file = self._read(ExitFile)
        self._process_start()
        self._process_pushes(ended=over)
        self._process_console(ended=over)
        self._tokens.publish_new(self.run)
        if over:
            if not self._is_final:
                self._finish(exit_file)
            self._deps.ended(self.run)
            self._watcher.reap()
            return None
        self._report_new_runner()
        self._report_stop()
        self._report_control()
        if changes := self._rest.poll(self.run, self.rest_port, now):
            self._change(**changes)
        self._observations.checks = self._rest.checks
        if self._pushes is not None:
            self._pushes.script_checks = self._rest.checks
        return TICK_INTERVAL_S

    def _read(self, file_type: type[FolderFile]) -> FolderFile | None:
        try:
            return self._folder.read(file_type)
        except UnreadableFile as error:
            log.warning("run.unreadable_file", run_id=self.run.run_id, error=str(error))
            return None

    def _process_start(self) -> None:
        """Read k6's port and start time. Both change when k6 is restarted because its port was taken."""
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
                first_start_s=self.run.context.first_start_s,
            )
        if self.run.started_at is None:
            self._change(started_at=datetime.fromtimestamp(pid.started_ms / 1000, UTC))
            self._event(EventKind.STARTED, "k6 was started")

    def _process_pushes(self, *, ended: bool) -> None:
        """Commit new pushes, then publish them. Once the run has ended, repeat this until no pushes are left."""
        while self._pushes is not None:
            batch = self._pushes.read_new(self._record_at, ended=ended, running_ms=self._running_ms)
            if batch.intervals:
                self.run = self._record_at(batch.intervals[-1])
                tallies = self._pushes.aggregator.cumulative
                self._publisher.publish_intervals(self.run, batch.intervals, tallies)
                self._publisher.publish_run(self.run)
                self._slos.update(self.run, batch.intervals, tallies, self._deps.clock())
                self._tokens.update(self.run, batch.intervals, self._deps.clock())
            if not ended or not batch.records:
                return

    def _record_at(self, interval: Interval) -> Run:
        aggregator = self._pushes.aggregator if self._pushes else None
        if aggregator is None:
            return self.run
        overall, uncaught = aggregator.cumulative[OVERALL], self._observations.uncaught
        return live_record(self.run, interval, overall, aggregator.clock, uncaught)

    @property
    def _running_ms(self) -> int | None:
        """The time at which k6 reported that it is running, in Unix milliseconds; None before that."""
        started_at = self.run.load_started_at
        return None if started_at is None else round(started_at.timestamp() * 1000)

    def _process_console(self, *, ended: bool) -> None:
        while True:
            chunk = self._console.poll(ended=ended)
            self._observations.add_lines(chunk.lines)
            self._publisher.publish_log(chunk.lines)
            if chunk.payload_lines and self._failures.take(failed_exchanges(chunk.payload_lines)):
                self._publisher.publish_failures()
            for line in chunk.lines:
                self._report_send_failure(line)
            if not ended or not chunk.used_bytes:
                return

    def _report_send_failure(self, line: ConsoleLine) -> None:
        if is_send_failure(line.line) and not self._observations.send_failure_reported:
            self._observations.send_failure_reported = True
            if SEND_FAILED not in (
                event.message for _, event in self._deps.store.events.of_run(self.run.run_id)
            ):
                self._event(EventKind.WARNING, SEND_FAILED, level="warning")

    def _report_new_runner(self) -> None:
        if self._watcher.restarts > self._restarts:
            self._restarts = self._watcher.restarts
            message = "the runner was lost; a new one has taken over"
            self._event(EventKind.RUNNER_RESCUED, message, level="warning")

    def _report_stop(self) -> None:
        message = self._stops.new_message(self.run, self._read(StopFile))
        if message is None:
            return
        if self.run.status is not RunStatus.STOPPING:
            self._change(status=RunStatus.STOPPING)
        self._event(EventKind.STOP_REQUESTED, message)

    def _report_control(self) -> None:
        control, change = self._control.read(self.run)
        if change is not None:
            self._change(steered=True)
            self._event(EventKind.CONTROL, change.message, at_ms=change.at_ms, data=change.data)
        if control != self.run.control:
            self.run = replace(self.run, control=control)
            self._publisher.publish_run(self.run)
        warning = self._control.new_warning(self._pushes.aggregator.poll_errors if self._pushes else 0)
        if warning is not None:
            self._event(EventKind.WARNING, warning, level="warning")

    def _change(self, **changes: object) -> None:
        self._save(replace(self.run, **changes))  # type: ignore[arg-type]

    def _save(self, run: Run) -> Run:
        """Store and publish a changed record."""
        self._deps.store.runs.update(run)
        self.run = run
        self._publisher.publish_run(run)
        return run

    def _event(
        self,
        kind: EventKind,
        message: str,
        *,
        level: str = "info",
        at_ms: int | None = None,
        data: dict[str, object] | None = None,
    ) -> None:
        at = self._deps.clock() if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC)
        elapsed_s = elapsed_at(self.run, at)
        self._publisher.add_event(kind, message, at=at, level=level, elapsed_s=elapsed_s, data=data)

    def _finish(self, exit_file: ExitFile | None) -> None:
        aggregator = self._pushes.aggregator if self._pushes else None
        self._observations.add_snapshots(self._deps.store.snapshots.of_run(self.run.run_id))
        deps = self._deps
        final = finish(
            self.run, self._folder, exit_file, aggregator, self._observations, deps.evaluator, deps.clock()
        )
        deps.store.append(self.run.run_id, final.intervals, run=final.run, slo_results=final.slo_results)
        self.run = final.run
        if final.run.bounds:
            deps.store.snapshots.clamp(self.run.run_id, final.run.bounds)
        self._slos.report_final(final.slo_results, final.run.elapsed_s, deps.clock())
        if final.run.samples_lost:
            message = f"figures are missing: {final.run.samples_lost_reason}"
            self._event(EventKind.SAMPLES_LOST, message, level="warning")
        level = "info" if final.run.status in (RunStatus.FINISHED, RunStatus.STOPPED) else "error"
        self._event(EventKind.ENDED, f"{final.run.status.value}: {final.run.exit_reason}", level=level)
        self._publisher.publish_end(final.run, final.breakdown, final.ops, final.seq)
        self._is_final = True
