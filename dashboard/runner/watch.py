"""The loop around a living k6: take pushes, stop it when asked or overdue, bound its log."""

import time
from typing import TYPE_CHECKING, Final

from dashboard.runner.child import Process
from dashboard.runner.console import Console
from dashboard.runner.folder import RunFolder, SecretsFile, StopFile, StopSentFile, iso
from dashboard.runner.log import Log, unix_ms
from dashboard.runner.stopping import Step, Stopping
from dashboard.runner.wakeup import Wakeup

if TYPE_CHECKING:
    from dashboard.runner.receiver import Receiver

TICK_S: Final = 0.2
_STARTED_FOR_GOOD_S: Final = 3.0


class Watch:
    def __init__(
        self,
        folder: RunFolder,
        process: Process,
        receiver: "Receiver",
        stopping: Stopping,
        console: Console,
        wakeup: Wakeup,
        log: Log,
    ) -> None:
        self._folder = folder
        self._process = process
        self._receiver = receiver
        self._stopping = stopping
        self._console = console
        self._wakeup = wakeup
        self._log = log
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
        except OSError as error:
            self._log.line(f"housekeeping failed: {error}")

    def _stop_if_due(self) -> None:
        asked = self._wakeup.stop_asked or self._folder.has(StopFile)
        step = self._stopping.step(time.monotonic(), asked=asked)
        if step is Step.TERMINATE:
            self._remember_stop()
            self._log.line("stopping k6" if self._stopping.asked else "stopping k6: its time is over")
            self._process.terminate()
        elif step is Step.KILL:
            self._log.line("killing k6: it did not end in its grace time")
            self._process.kill_group()

    def _remember_stop(self) -> None:
        now = unix_ms()
        self.sent = StopSentFile(iso(now), now, self._stopping.asked, self._stopping.timed_out)
        try:
            self._folder.write(self.sent)
        except OSError as error:  # a full disk is no reason not to stop
            self._log.line(f"the stop could not be recorded: {error}")

    def _drop_secrets(self) -> None:
        """No new attempt comes once k6 pushes or has lived for a while."""
        if self._receiver.pushes or time.monotonic() >= self._secrets_gone_at:
            self._folder.remove(SecretsFile)
