"""Gets tokens for all users of a run: before k6 starts, before a token expires, and when the target rejects one.

A single thread makes all requests, so there is one request at a time however many users wait.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

from dashboard.run_folder.files import AuthFile, ControlFile, RunFolder
from dashboard.run_folder.validation import UnreadableFile
from dashboard.runner.events import RunnerEventLog
from dashboard.runner.log import RunnerLog, unix_ms
from dashboard.runner.tokens.renewal import RenewalSchedule
from dashboard.runner.tokens.request import request_token
from dashboard.runner.tokens.response import Token, TokenError

POLL_INTERVAL_S: Final = 0.2
MAX_WAIT_S: Final = 0.35  # k6 waits 500 ms for its secret source
PENDING: Final = b""


class TokenBroker:
    """Numbers tokens by epochs, from 1. Any thread may read `epoch`; it is 0 before the first token."""

    def __init__(
        self,
        folder: RunFolder,
        auth: AuthFile,
        events: RunnerEventLog,
        log: RunnerLog,
        request: Callable[[AuthFile], Token] = request_token,
    ) -> None:
        self._folder = folder
        self._auth = auth
        self._events = events
        self._log = log
        self._request = request
        self._schedule = RenewalSchedule(renews=auth.renews, interval_s=auth.interval_s)
        self._changed = threading.Condition()
        self._cause = "due"
        self._failures = 0
        self._refresh_count = 0
        self._refresh_count = self._requested_refreshes()
        self._closed = False

    @property
    def epoch(self) -> int:
        """The number of the current token."""
        return self._auth.epoch

    def start(self) -> None:
        """Get the first token, then start the thread that renews it. Raises TokenError.

        A token that an earlier runner obtained or that the user entered counts as the first token.
        """
        if self._auth.token:
            age_s = max(0.0, (unix_ms() - self._auth.obtained_ms) / 1000)
            if self._auth.epoch == 0:
                self._auth = self._auth._replace(epoch=1, obtained_ms=unix_ms())
                self._save()
                age_s = 0.0
            self._schedule.record_token(time.monotonic() - age_s, self._auth.life_s)
        else:
            self._accept(self._request(self._auth), "first", took_s=None)
        threading.Thread(target=self._renew_until_closed, name="broker", daemon=True).start()

    def token(self, epoch: int) -> bytes | None:
        """Return the token of this epoch or a later one; None if it is unavailable, PENDING while it is requested."""
        with self._changed:
            if self._auth.epoch >= epoch:
                return self._auth.token.encode()
            failures = self._failures
            if epoch > self._auth.epoch + 1 or not self._schedule.record_rejection(time.monotonic()):
                return None
            self._cause = "refused"
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: self._auth.epoch >= epoch or self._failures != failures, MAX_WAIT_S
            )
            if self._auth.epoch >= epoch:
                return self._auth.token.encode()
            return PENDING if self._failures == failures else None

    def close(self) -> None:
        """Make no further request and write no file, so that the folder can be cleaned up."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _renew_until_closed(self) -> None:
        while (cause := self._wait_until_due()) is not None:
            started = time.monotonic()
            try:
                token = self._request(self._auth)
            except TokenError as error:
                self._record_failure(error)
            else:
                self._accept(token, cause, took_s=time.monotonic() - started)

    def _wait_until_due(self) -> str | None:
        """Block until a token is due and return the cause; None once closed."""
        with self._changed:
            while not self._closed:
                self._check_refresh_requests()
                wait_s = self._schedule.seconds_until_due(time.monotonic())
                if wait_s == 0:
                    cause, self._cause = self._cause, "due"
                    return cause
                self._changed.wait(POLL_INTERVAL_S if wait_s is None else min(POLL_INTERVAL_S, wait_s))
            return None

    def _check_refresh_requests(self) -> None:
        """Schedule a renewal if a user requested one. Each request increments the counter in control.json."""
        before, self._refresh_count = self._refresh_count, self._requested_refreshes()
        if self._refresh_count > before and self._auth.renews:
            self._cause = "requested"
            self._schedule.renew_now(time.monotonic())

    def _requested_refreshes(self) -> int:
        try:
            control = self._folder.read(ControlFile)
        except (OSError, UnreadableFile):
            return self._refresh_count
        return control.refresh if control else 0

    def _accept(self, token: Token, cause: str, *, took_s: float | None) -> None:
        with self._changed:
            if self._closed:
                return
            self._auth = self._auth._replace(
                token=token.text, life_s=token.life_s, epoch=self._auth.epoch + 1, obtained_ms=unix_ms()
            )
            self._save()
            self._failures, self._cause = 0, "due"
            self._schedule.record_token(time.monotonic(), token.life_s, rejected=cause == "refused")
            self._changed.notify_all()
        if took_s is not None:
            took_ms = round(took_s * 1000)
            fields = {
                "epoch": self._auth.epoch,
                "life_s": token.life_s,
                "took_ms": took_ms,
                "cause": cause,
            }
            self._events.append("token_refreshed", **fields)

    def _record_failure(self, error: TokenError) -> None:
        with self._changed:
            if self._closed:
                return
            self._failures += 1
            self._cause = "due"
            retry_in_s = self._schedule.record_failure(time.monotonic())
            self._changed.notify_all()
        self._log.line(str(error))
        self._events.append(
            "token_refused", reason=str(error), retry_in_s=retry_in_s, failures=self._failures
        )

    def _save(self) -> None:
        """Save the token before any user gets it: a runner that takes over must know every token in use."""
        try:
            self._folder.write(self._auth)
        except OSError as error:
            self._log.line(f"auth.json could not be written: {error}")
