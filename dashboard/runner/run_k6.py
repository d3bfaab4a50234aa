"""One run from its start to exit.json: start k6 or take over an earlier one, monitor it, record its exit."""

import signal
import socket
import time
from typing import TYPE_CHECKING, Final

from dashboard.run_folder.files import (
    PidFile,
    RunFile,
    RunFolder,
    RunnerFile,
    StopFile,
    StopSentFile,
    iso,
)
from dashboard.run_folder.push_log import SegmentWriter
from dashboard.runner import ports
from dashboard.runner.console import ConsoleLimiter
from dashboard.runner.credentials import delete_credentials, read_secrets, start_broker
from dashboard.runner.exit_file import (
    NOTHING_STARTED,
    clean_up,
    count_iterations,
    with_process_exit,
    write_exit,
)
from dashboard.runner.log import RunnerLog, unix_ms
from dashboard.runner.monitor import K6Monitor
from dashboard.runner.processes import posix
from dashboard.runner.processes.child import AdoptedProcess, K6Process, ProcessExit
from dashboard.runner.sampler import UsageSampler
from dashboard.runner.spawn import TOKEN_VARIABLE, StartError, spawn_k6
from dashboard.runner.stop_policy import StopPolicy
from dashboard.runner.takeover import find_earlier_k6, has_traces, make_pid_file
from dashboard.runner.wakeup import Wakeup

if TYPE_CHECKING:
    from dashboard.runner.channel import Channel
    from dashboard.runner.drain import Drain
    from dashboard.runner.receiver import Receiver
    from dashboard.runner.tokens.broker import TokenBroker

MAX_ATTEMPTS: Final = 3
_EXIT_PORT_TAKEN: Final = 106
_STARTUP_S: Final = 5.0
_RECEIVER_GRACE_S: Final = 5.0


def record_start_error(folder: RunFolder, reason: str) -> None:
    """End a run that cannot be started at all."""
    delete_credentials(folder)
    write_exit(folder, NOTHING_STARTED._replace(ended_at=iso(unix_ms()), start_error=reason), RunnerLog())


class K6Supervisor:
    """Owns one run folder while the runner lives."""

    def __init__(self, folder: RunFolder, run: RunFile, wakeup: Wakeup) -> None:
        self._folder = folder
        self._run = run
        self._wakeup = wakeup
        self._log = RunnerLog()
        self._writer = SegmentWriter(folder.path)
        self._console = ConsoleLimiter(folder, run.console_limit_bytes)
        self._receiver: Receiver | None = None
        self._channel: Channel | None = None
        self._sampler: UsageSampler | None = None
        self._broker: TokenBroker | None = None
        self._exit = NOTHING_STARTED

    def run(self) -> None:
        earlier = find_earlier_k6(self._folder, self._run, self._log)
        if earlier is not None:
            self._finish(self._take_over(earlier))
        elif has_traces(self._folder):
            self._log.line("an earlier k6 ran here and has exited")
            self._exit = self._exit._replace(rescued=True)
            self._finish(ProcessExit())
        else:
            self._finish(self._start())

    def _take_over(self, pid_file: PidFile) -> ProcessExit:
        self._exit = self._exit._replace(rescued=True)
        identity = posix.ProcessIdentity(pid_file.pid, pid_file.start_ticks, pid_file.boot_id)
        self._log.line(f"taking over k6, pid {identity.pid}")
        try:
            self._write_runner_file(pid_file.receiver_port, pid_file.rest_port)
        except OSError as error:
            self._log.line(f"runner.json could not be written: {error}")
        try:
            self._broker = start_broker(self._folder, self._log)
        except StartError as error:  # k6 already runs, with the token that it has
            self._log.line(str(error))
        return self._monitor(AdoptedProcess(identity), pid_file, listener=None)

    def _start(self) -> ProcessExit:
        try:
            secrets = read_secrets(self._folder)
            self._broker = start_broker(self._folder, self._log)
            return self._try_start(self._listen(), secrets)
        except StartError as error:
            self._log.line(str(error))
            self._exit = self._exit._replace(start_error=str(error))
        return ProcessExit()

    def _try_start(self, listener: socket.socket, secrets: dict[str, str]) -> ProcessExit:
        """Start k6, with another REST port when the first one was taken in the meantime."""
        process_exit = ProcessExit()
        for attempt in range(1, MAX_ATTEMPTS + 1):
            if self._wakeup.stop_requested or self._folder.has(StopFile):
                self._exit = self._exit._replace(stop_requested=True)
                return ProcessExit()
            started = time.monotonic()
            process, pid_file = self._spawn(ports.port_of(listener), secrets, attempt)
            process_exit = self._monitor(process, pid_file, listener)
            if process_exit.exit_code != _EXIT_PORT_TAKEN or time.monotonic() - started >= _STARTUP_S:
                break
            self._log.line(f"attempt {attempt}: k6's REST port {pid_file.rest_port} was taken")
        return process_exit

    def _spawn(self, receiver_port: int, secrets: dict[str, str], attempt: int) -> tuple[K6Process, PidFile]:
        rest_port = ports.free_port()
        try:
            self._write_runner_file(receiver_port, rest_port)
        except OSError as error:
            raise StartError(f"The run folder cannot be written: {error.strerror}.") from error
        self._exit = self._exit._replace(attempts=attempt)
        child = spawn_k6(self._folder, self._run, secrets, rest_port=rest_port, receiver_port=receiver_port)
        pid_file = make_pid_file(
            child.identity,
            self._run,
            started_ms=unix_ms(),
            rest_port=rest_port,
            receiver_port=receiver_port,
            attempt=attempt,
        )
        try:
            self._folder.write(pid_file)
        except OSError as error:  # k6 already runs: monitor it; a later runner can find it by its run tag
            self._log.line(f"pid.json could not be written: {error}")
        return child, pid_file

    def _monitor(self, process: K6Process, pid_file: PidFile, listener: socket.socket | None) -> ProcessExit:
        """Return once k6 is dead and reaped."""
        self._exit = self._exit._replace(started_at=pid_file.started_at, attempts=pid_file.attempt)
        self._sampler = UsageSampler(process.identity, pid_file.cores)
        if self._receiver is None:
            self._receiver = self._make_receiver(pid_file.receiver_port, listener)
        sent = self._folder.read(StopSentFile)
        stop_policy = self._make_stop_policy(process, sent)
        monitor = K6Monitor(
            self._folder,
            process,
            self._receiver,
            stop_policy,
            self._console,
            self._wakeup,
            self._log,
            self._channel,
            self._make_drain(pid_file.rest_port) if sent is None else None,
        )
        monitor.wait_for_exit()
        self._kill_descendants()
        sent = monitor.sent or sent
        self._exit = self._exit._replace(
            stop_requested=stop_policy.requested,
            stop_sent_at=sent.sent_at if sent else None,
            timed_out=stop_policy.timed_out,
            killed=stop_policy.killed,
            drained=sent.drained if sent else None,
        )
        return process.reap()

    def _kill_descendants(self) -> None:
        """Kill the processes that k6 started, also outside its process group. They inherited its token variable."""
        for descendant in posix.find_by_variable(f"{TOKEN_VARIABLE}={self._run.bearer}"):
            posix.send(descendant, signal.SIGKILL)

    def _make_drain(self, rest_port: int) -> "Drain | None":
        from dashboard.runner.drain import Drain  # imports http.client

        limit_s, poll_ms = self._run.drain_s, self._run.poll_ms
        if self._channel is None or limit_s is None or poll_ms is None:
            return None
        return Drain(self._channel, rest_port=rest_port, limit_s=limit_s, poll_s=poll_ms / 1000)

    def _make_receiver(self, port: int, listener: socket.socket | None) -> "Receiver":
        # imported while k6 starts: http.server takes as long to import as everything else together
        from dashboard.runner.channel import Channel
        from dashboard.runner.receiver import Receiver

        key, poll_ms = self._run.channel_key, self._run.poll_ms
        if key is not None and poll_ms is not None:
            self._channel = Channel(
                self._folder, poll_ms=poll_ms, now_ms=unix_ms, log=self._log.line, tokens=self._broker
            )
            if self._run.drain_s is not None and self._folder.has(StopFile):
                self._channel.start_drain()  # before the first response, or idle users would resume
        return Receiver(
            port,
            listener,
            self._run.bearer,
            self._store_push,
            self._log.line,
            channel=self._channel,
            channel_key=key or "",
        )

    def _store_push(self, body: bytes) -> None:
        arrived_ms = unix_ms()
        if self._sampler is not None:
            self._writer.append(arrived_ms, self._sampler.sample(), body)

    def _make_stop_policy(self, process: K6Process, sent: StopSentFile | None) -> StopPolicy:
        now = time.monotonic()
        grace_s = self._run.stop_grace_s
        age_s = posix.measure_age_s(process.identity) or 0.0
        policy = StopPolicy(deadline=now - age_s + self._run.deadline_s, grace_s=grace_s)
        if sent is not None:
            since_s = min(max(0.0, (unix_ms() - sent.sent_ms) / 1000), grace_s)
            policy.resume(now - since_s, requested=sent.stop_requested, timed_out=sent.timed_out)
        return policy

    def _listen(self) -> socket.socket:
        try:
            return ports.listen_on_free_port()
        except OSError as error:
            raise StartError(f"No port can be opened on {ports.HOST}: {error.strerror}.") from error

    def _write_runner_file(self, receiver_port: int, rest_port: int) -> None:
        """Write runner.json before k6 starts, so that another runner can take over if this one dies immediately."""
        rescued, now = self._exit.rescued, iso(unix_ms())
        self._folder.write(RunnerFile(*posix.own_identity(), receiver_port, rest_port, rescued, now))

    def _finish(self, process_exit: ProcessExit) -> None:
        if self._broker is not None:
            self._broker.close()
        if self._receiver is not None:
            self._receiver.serve_remaining(_RECEIVER_GRACE_S)
        self._writer.end()
        counts = count_iterations(self._folder, self._log)
        clean_up(self._folder, self._console, self._log)
        exit_file = self._exit._replace(
            ended_at=iso(unix_ms()),
            records=self._writer.last_number,
            console_dropped_bytes=self._console.dropped_bytes,
            cpu_s=self._sampler.cpu_s if self._sampler else None,
            max_rss_bytes=self._sampler.max_rss_bytes if self._sampler else None,
            iterations_ended=counts.ended,
            iterations_cut=counts.cut,
        )
        write_exit(self._folder, with_process_exit(exit_file, process_exit), self._log)
