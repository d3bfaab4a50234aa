"""One run from its start to exit.json: start k6 or take over an earlier one, watch it, tell its end."""

import socket
import time
from typing import TYPE_CHECKING, Final

from dashboard.run_folder.files import (
    AuthFile,
    PidFile,
    RunFile,
    RunFolder,
    RunnerFile,
    SecretsFile,
    StopFile,
    StopSentFile,
    UnreadableFile,
    iso,
)
from dashboard.run_folder.push_log import SegmentWriter
from dashboard.runner import ports
from dashboard.runner.console import ConsoleLimiter
from dashboard.runner.ending import NOTHING_STARTED, tidy, with_process_exit, write_exit
from dashboard.runner.events import RunnerEventLog
from dashboard.runner.log import Log, unix_ms
from dashboard.runner.processes import posix
from dashboard.runner.processes.child import Adopted, ProcessExit, Process
from dashboard.runner.sampler import Sampler
from dashboard.runner.spawn import StartError, launch
from dashboard.runner.stopping import StopPolicy
from dashboard.runner.takeover import describe, earlier_k6, has_traces
from dashboard.runner.wakeup import Wakeup
from dashboard.runner.watch import Watch

if TYPE_CHECKING:
    from dashboard.runner.channel import Channel
    from dashboard.runner.draining import Draining
    from dashboard.runner.receiver import Receiver
    from dashboard.runner.tokens.broker import TokenBroker

MAX_ATTEMPTS: Final = 3
_REST_CLASH: Final = 106
_CLASH_WITHIN_S: Final = 5.0
_DRAIN_S: Final = 5.0


def refuse(folder: RunFolder, words: str) -> None:
    """The run cannot be started at all."""
    folder.remove(SecretsFile)
    folder.remove(AuthFile)
    write_exit(folder, NOTHING_STARTED._replace(ended_at=iso(unix_ms()), start_error=words), Log())


class K6Supervisor:
    def __init__(self, folder: RunFolder, run: RunFile, wakeup: Wakeup) -> None:
        self._folder = folder
        self._run = run
        self._wakeup = wakeup
        self._log = Log()
        self._writer = SegmentWriter(folder.path)
        self._console = ConsoleLimiter(folder, run.console_limit_bytes)
        self._receiver: Receiver | None = None
        self._channel: Channel | None = None
        self._sampler: Sampler | None = None
        self._broker: TokenBroker | None = None
        self._exit = NOTHING_STARTED

    def work(self) -> None:
        earlier = earlier_k6(self._folder, self._run, self._log)
        if earlier is not None:
            self._finish(self._rescue(earlier))
        elif has_traces(self._folder):
            self._log.line("an earlier k6 was here and is gone")
            self._exit = self._exit._replace(rescued=True)
            self._finish(ProcessExit())
        else:
            self._finish(self._start())

    def _rescue(self, pid_file: PidFile) -> ProcessExit:
        self._exit = self._exit._replace(rescued=True)
        identity = posix.ProcessIdentity(pid_file.pid, pid_file.start_ticks, pid_file.boot_id)
        self._log.line(f"taking over k6, pid {identity.pid}")
        try:
            self._introduce(pid_file.receiver_port, pid_file.rest_port)
        except OSError as error:
            self._log.line(f"runner.json could not be written: {error}")
        try:
            self._broker = self._begin_broker()
        except StartError as error:  # k6 runs already, with the token that it has
            self._log.line(str(error))
        return self._watch(Adopted(identity), pid_file, listener=None)

    def _start(self) -> ProcessExit:
        try:
            secrets = self._secrets()
            self._broker = self._begin_broker()
            return self._attempts(self._listen(), secrets)
        except StartError as error:
            self._log.line(str(error))
            self._exit = self._exit._replace(start_error=str(error))
        return ProcessExit()

    def _attempts(self, listener: socket.socket, secrets: dict[str, str]) -> ProcessExit:
        ending = ProcessExit()
        for attempt in range(1, MAX_ATTEMPTS + 1):
            if self._wakeup.stop_requested or self._folder.has(StopFile):
                self._exit = self._exit._replace(stop_requested=True)
                return ProcessExit()
            started = time.monotonic()
            process, pid_file = self._launch(ports.port_of(listener), secrets, attempt)
            ending = self._watch(process, pid_file, listener)
            if ending.exit_code != _REST_CLASH or time.monotonic() - started >= _CLASH_WITHIN_S:
                break
            self._log.line(f"attempt {attempt}: k6's REST port {pid_file.rest_port} was taken")
        return ending

    def _launch(self, receiver_port: int, secrets: dict[str, str], attempt: int) -> tuple[Process, PidFile]:
        rest_port = ports.free_port()
        try:
            self._introduce(receiver_port, rest_port)
        except OSError as error:
            raise StartError(f"The run folder cannot be written: {error.strerror}.") from error
        self._exit = self._exit._replace(attempts=attempt)
        child = launch(self._folder, self._run, secrets, rest_port=rest_port, receiver_port=receiver_port)
        pid_file = describe(
            child.identity,
            self._run,
            started_ms=unix_ms(),
            rest_port=rest_port,
            receiver_port=receiver_port,
            attempt=attempt,
        )
        try:
            self._folder.write(pid_file)
        except OSError as error:  # k6 runs already: see to it, its run tag will do to find it
            self._log.line(f"pid.json could not be written: {error}")
        return child, pid_file

    def _watch(self, process: Process, pid_file: PidFile, listener: socket.socket | None) -> ProcessExit:
        """Until k6 is dead and reaped."""
        self._exit = self._exit._replace(started_at=pid_file.started_at, attempts=pid_file.attempt)
        self._sampler = Sampler(process.identity, pid_file.cores)
        if self._receiver is None:
            self._receiver = self._receive(pid_file.receiver_port, listener)
        sent = self._folder.read(StopSentFile)
        stopping = self._stopping(process, sent)
        watch = Watch(
            self._folder,
            process,
            self._receiver,
            stopping,
            self._console,
            self._wakeup,
            self._log,
            self._channel,
            self._draining(pid_file.rest_port) if sent is None else None,
        )
        watch.until_dead()
        sent = watch.sent or sent
        self._exit = self._exit._replace(
            stop_requested=stopping.asked,
            stop_sent_at=sent.sent_at if sent else None,
            timed_out=stopping.timed_out,
            killed=stopping.killed,
            drained=sent.drained if sent else None,
        )
        return process.reap()

    def _draining(self, rest_port: int) -> "Draining | None":
        from dashboard.runner.draining import Draining  # brings http.client

        limit_s, poll_ms = self._run.drain_s, self._run.poll_ms
        if self._channel is None or limit_s is None or poll_ms is None:
            return None
        return Draining(self._channel, rest_port=rest_port, limit_s=limit_s, poll_s=poll_ms / 1000)

    def _receive(self, port: int, listener: socket.socket | None) -> "Receiver":
        # imported when k6 is on its way: http.server takes as long as all the rest
        from dashboard.runner.channel import Channel
        from dashboard.runner.receiver import Receiver

        key, poll_ms = self._run.channel_key, self._run.poll_ms
        if key is not None and poll_ms is not None:
            self._channel = Channel(
                self._folder, poll_ms=poll_ms, now_ms=unix_ms, say=self._log.line, tokens=self._broker
            )
            if self._run.drain_s is not None and self._folder.has(StopFile):
                self._channel.begin_drain()  # before the first answer, or parked users would set out again
        asked = (key or "", self._channel)
        return Receiver(port, listener, self._run.bearer, self._keep, self._log.line, asked)

    def _keep(self, body: bytes) -> None:
        arrived_ms = unix_ms()
        if self._sampler is not None:
            self._writer.append(arrived_ms, self._sampler.sample(), body)

    def _stopping(self, process: Process, sent: StopSentFile | None) -> StopPolicy:
        now = time.monotonic()
        grace_s = self._run.stop_grace_s
        age_s = posix.age_s(process.identity) or 0.0
        stopping = StopPolicy(deadline=now - age_s + self._run.deadline_s, grace_s=grace_s)
        if sent is not None:
            since_s = min(max(0.0, (unix_ms() - sent.sent_ms) / 1000), grace_s)
            stopping.resume(now - since_s, asked=sent.stop_requested, timed_out=sent.timed_out)
        return stopping

    def _listen(self) -> socket.socket:
        try:
            return ports.listen_somewhere()
        except OSError as error:
            raise StartError(f"No port can be opened on {ports.HOST}: {error.strerror}.") from error

    def _secrets(self) -> dict[str, str]:
        try:
            found = self._folder.read(SecretsFile)
        except UnreadableFile as error:
            raise StartError(f"The secrets cannot be read: {error}.") from error
        return found.secrets if found else {}

    def _begin_broker(self) -> "Broker | None":
        """With the first token, when the run needs any."""
        try:
            order = self._folder.read(AuthFile)
        except UnreadableFile as error:
            raise StartError(f"The credentials cannot be read: {error}.") from error
        if order is None:
            return None
        # imported for runs with tokens alone: the modules of HTTP and TLS take their time
        from dashboard.runner.tokens.answer import TokenError
        from dashboard.runner.tokens.broker import TokenBroker

        broker = TokenBroker(self._folder, order, RunnerEventLog(self._folder, self._log), self._log)
        try:
            broker.begin()
        except TokenError as error:
            raise StartError(str(error)) from None
        return broker

    def _introduce(self, receiver_port: int, rest_port: int) -> None:
        """Before k6 is started, so that it can be found and served when this runner dies at once."""
        rescued, now = self._exit.rescued, iso(unix_ms())
        self._folder.write(RunnerFile(*posix.myself(), receiver_port, rest_port, rescued, now))

    def _finish(self, ending: ProcessExit) -> None:
        if self._broker is not None:
            self._broker.close()
        if self._receiver is not None:
            self._receiver.drain(_DRAIN_S)
        self._writer.end()
        tidy(self._folder, self._console, self._log)
        facts = self._exit._replace(
            ended_at=iso(unix_ms()),
            records=self._writer.last_number,
            console_dropped_bytes=self._console.dropped_bytes,
            cpu_s=self._sampler.cpu_s if self._sampler else None,
            max_rss_bytes=self._sampler.max_rss_bytes if self._sampler else None,
        )
        write_exit(self._folder, with_process_exit(facts, ending), self._log)
