"""The loop around a living k6: take pushes, stop it when asked or overdue, bound its log."""

import time
from typing import TYPE_CHECKING, Final

from dashboard.run_folder.files import (
    ChannelFile,
    RunFolder,
    SecretsFile,
    StopFile,
    StopSentFile,
    UnreadableFile,
    iso,
)
from dashboard.runner.console import ConsoleLimiter
from dashboard.runner.log import Log, unix_ms
from dashboard.runner.processes.child import Process
from dashboard.runner.stopping import StopAction, StopPolicy
from dashboard.runner.wakeup import Wakeup

if TYPE_CHECKING:
    from dashboard.runner.channel import Channel
    from dashboard.runner.draining import Draining
    from dashboard.runner.receiver import Receiver

TICK_S: Final = 0.2
_STARTED_FOR_GOOD_S: Final = 3.0


class Watch:
    def __init__(
        self,
        folder: RunFolder,
        process: Process,
        receiver: "Receiver",
        stopping: StopPolicy,
        console: ConsoleLimiter,
        wakeup: Wakeup,
        log: Log,
        channel: "Channel | None" = None,
        draining: "Draining | None" = None,
    ) -> None:
        self._folder = folder
        self._process = process
        self._receiver = receiver
        self._stopping = stopping
        self._console = console
        self._wakeup = wakeup
        self._log = log
        self._channel = channel
        self._draining = draining
        self._told = ChannelFile(None, None, None)
        self.sent: StopSentFile | None = None
        self._secrets_gone_at = time.monotonic() + _STARTED_FOR_GOOD_S
        self._look_again_at = 0.0

    def until_dead(self) -> None:
        """Returns when k6 is dead and nothing of its process group lives."""
        while not self._dead():
            # before a stop: a runner that took over must have the port when k6 sends its last figures
            self._receiver.accept_waiting()
            self._tick()
            self._wakeup.wait(TICK_S, self._receiver.fileno())
        self._process.kill_group()

    def _dead(self) -> bool:
        now = time.monotonic()
        if now < self._look_again_at:
            return False
        self._look_again_at = now + self._process.look_every_s
        return self._process.exited()

    def _tick(self) -> None:
        self._stop_if_due()
        try:
            self._console.bound()
            self._drop_secrets()
            self._tell()
        except OSError as error:
            self._log.line(f"housekeeping failed: {error}")

    def _stop_if_due(self) -> None:
        now = time.monotonic()
        asked = self._wakeup.stop_requested or self._folder.has(StopFile)
        step = self._stopping.step(now, asked=asked, waits=asked and self._waits(now))
        if step is StopAction.TERMINATE:
            self._remember_stop()
            self._log.line("stopping k6" if self._stopping.asked else "stopping k6: its time is over")
            self._process.terminate()
        elif step is StopAction.KILL:
            self._log.line("killing k6: it did not end in its grace time")
            self._process.kill_group()

    def _waits(self, now: float) -> bool:
        """Whether a stop waits for running iterations, if it may wait at all."""
        if self._draining is None or self._wakeup.stop_requested or self._at_once():
            return False
        over = self._draining.is_over
        waits = not self._draining.finished(now)
        if not waits and not over and not self._draining.drained:
            self._log.line(f"iterations still run after all the waiting: {self._draining.running}")
        return waits

    def _at_once(self) -> bool:
        try:
            found = self._folder.read(StopFile)
        except UnreadableFile:
            return True
        return found is not None and found.immediate is True

    def _tell(self) -> None:
        """channel.json: what k6 has taken of the wanted state, and how far a stop is."""
        if self._channel is None:
            return
        told = ChannelFile(
            self._channel.taken_seq,
            self._channel.draining_since_ms,
            self._draining.running if self._draining else None,
        )
        if told != self._told:
            self._folder.write(told)
            self._told = told

    def _remember_stop(self) -> None:
        now = unix_ms()
        drained = self._draining.drained if self._draining else None
        self.sent = StopSentFile(iso(now), now, self._stopping.asked, self._stopping.timed_out, drained)
        try:
            self._folder.write(self.sent)
        except OSError as error:  # a full disk is no reason not to stop
            self._log.line(f"the stop could not be recorded: {error}")

    def _drop_secrets(self) -> None:
        """No new attempt comes once k6 pushes or has lived for a while."""
        if self._receiver.pushes or time.monotonic() >= self._secrets_gone_at:
            self._folder.remove(SecretsFile)
