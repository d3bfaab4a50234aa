"""The loop around a live k6: accept pushes, stop k6 on request or at its deadline, limit its log."""

import time
from typing import TYPE_CHECKING, Final

from dashboard.run_folder.files import ChannelFile, RunFolder, SecretsFile, StopFile, StopSentFile, iso
from dashboard.run_folder.validation import UnreadableFile
from dashboard.runner import progress
from dashboard.runner.console import ConsoleLimiter
from dashboard.runner.log import RunnerLog, unix_ms
from dashboard.runner.processes.child import K6Process
from dashboard.runner.stop_policy import StopAction, StopPolicy
from dashboard.runner.wakeup import Wakeup

if TYPE_CHECKING:
    from dashboard.runner.channel import Channel
    from dashboard.runner.drain import Drain
    from dashboard.runner.receiver import Receiver

TICK_INTERVAL_S: Final = 0.2
_STARTUP_S: Final = 3.0


class K6Monitor:
    def __init__(
        self,
        folder: RunFolder,
        process: K6Process,
        receiver: "Receiver",
        stop_policy: StopPolicy,
        console: ConsoleLimiter,
        wakeup: Wakeup,
        log: RunnerLog,
        channel: "Channel | None" = None,
        drain: "Drain | None" = None,
    ) -> None:
        self._folder = folder
        self._process = process
        self._receiver = receiver
        self._stop_policy = stop_policy
        self._console = console
        self._wakeup = wakeup
        self._log = log
        self._channel = channel
        self._drain = drain
        self._channel_file = ChannelFile(None, None, None)
        self.sent: StopSentFile | None = None
        self._startup_ends = time.monotonic() + _STARTUP_S
        self._next_exit_check = 0.0

    def wait_for_exit(self) -> None:
        """Return when k6 is dead and no process of its group is alive."""
        while not self._has_exited():
            # before a stop: a runner that took over must own the port when k6 sends its last figures
            self._receiver.accept_waiting()
            self._tick()
            self._wakeup.wait(TICK_INTERVAL_S, self._receiver.fileno())
        self._process.kill_group()

    def _has_exited(self) -> bool:
        now = time.monotonic()
        if now < self._next_exit_check:
            return False
        self._next_exit_check = now + self._process.exit_check_interval_s
        return self._process.has_exited()

    def _tick(self) -> None:
        self._stop_if_due()
        try:
            self._console.truncate()
            progress.limit(self._folder)
            self._delete_secrets()
            self._write_channel_file()
        except OSError as error:
            self._log.line(f"housekeeping failed: {error}")

    def _stop_if_due(self) -> None:
        now = time.monotonic()
        requested = self._wakeup.stop_requested or self._folder.has(StopFile)
        draining = requested and self._is_draining(now)
        action = self._stop_policy.next_action(now, requested=requested, draining=draining)
        if action is StopAction.TERMINATE:
            self._record_stop()
            reason = "a stop was requested" if self._stop_policy.requested else "the deadline has passed"
            self._log.line(f"stopping k6: {reason}")
            self._process.terminate()
        elif action is StopAction.KILL:
            self._log.line("killing k6: it did not exit within its grace period")
            self._process.kill_group()

    def _is_draining(self, now: float) -> bool:
        """Return whether a requested stop still waits for running iterations."""
        if self._drain is None or self._wakeup.stop_requested or self._must_stop_now():
            return False
        was_over = self._drain.is_over
        draining = not self._drain.advance(now)
        if not draining and not was_over and not self._drain.drained:
            self._log.line(f"the drain reached its time limit; running iterations: {self._drain.running}")
        return draining

    def _must_stop_now(self) -> bool:
        try:
            stop = self._folder.read(StopFile)
        except UnreadableFile:
            return True
        return stop is not None and stop.immediate is True

    def _write_channel_file(self) -> None:
        """Record in channel.json which control state k6 has received, and the progress of a drain."""
        if self._channel is None:
            return
        current = ChannelFile(
            self._channel.taken_seq,
            self._channel.draining_since_ms,
            self._drain.running if self._drain else None,
        )
        if current != self._channel_file:
            self._folder.write(current)
            self._channel_file = current

    def _record_stop(self) -> None:
        now = unix_ms()
        drained = self._drain.drained if self._drain else None
        policy = self._stop_policy
        self.sent = StopSentFile(iso(now), now, policy.requested, policy.timed_out, drained)
        try:
            self._folder.write(self.sent)
        except OSError as error:  # a full disk must not prevent the stop
            self._log.line(f"stop-sent.json could not be written: {error}")

    def _delete_secrets(self) -> None:
        """Delete the secrets once k6 pushes or has run for a while: no further attempt needs them then."""
        if self._receiver.pushes or time.monotonic() >= self._startup_ends:
            self._folder.remove(SecretsFile)
