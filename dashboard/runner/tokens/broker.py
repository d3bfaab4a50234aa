"""The one who gets tokens for all users of a run: before k6 starts, before they expire, and when one is refused.

However many users ask, there is one request at a time: a single thread makes them all.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

from dashboard.run_folder.files import AuthFile, ControlFile, RunFolder, UnreadableFile
from dashboard.runner.events import RunnerEventLog
from dashboard.runner.log import Log, unix_ms
from dashboard.runner.tokens.answer import Token, TokenError
from dashboard.runner.tokens.renewal import RenewalSchedule
from dashboard.runner.tokens.request import ask_for_token

LOOK_EVERY_S: Final = 0.2
ANSWER_WITHIN_S: Final = 0.35  # k6 gives its source of secrets 500 ms
NOT_YET: Final = b""


class TokenBroker:
    """Tokens are numbered by epochs, from 1. `epoch` may be read by anybody; 0 is before the first token."""

    def __init__(
        self,
        folder: RunFolder,
        order: AuthFile,
        facts: RunnerEventLog,
        log: Log,
        ask: Callable[[AuthFile], Token] = ask_for_token,
    ) -> None:
        self._folder = folder
        self._order = order
        self._facts = facts
        self._log = log
        self._ask = ask
        self._renewal = RenewalSchedule(renews=order.renews, interval_s=order.interval_s)
        self._changed = threading.Condition()
        self._cause = "due"
        self._failures = 0
        self._wishes = 0
        self._wishes = self._wished()
        self._closed = False

    @property
    def epoch(self) -> int:
        """The number of the token in force."""
        return self._order.epoch

    def begin(self) -> None:
        """The first token, then a thread that sees to the next ones. Raises TokenError when there is none.

        The token of an earlier runner, or one that was typed, is as good as a new one.
        """
        if self._order.token:
            age_s = max(0.0, (unix_ms() - self._order.obtained_ms) / 1000)
            if self._order.epoch == 0:
                self._order = self._order._replace(epoch=1, obtained_ms=unix_ms())
                self._keep()
                age_s = 0.0
            self._renewal.got(time.monotonic() - age_s, self._order.life_s)
        else:
            self._take(self._ask(self._order), "first", took_s=None)
        threading.Thread(target=self._work, name="broker", daemon=True).start()

    def answer(self, epoch: int) -> bytes | None:
        """The token of that epoch or a later one; None when it is refused, NOT_YET when it is on its way."""
        with self._changed:
            if self._order.epoch >= epoch:
                return self._order.token.encode()
            failures = self._failures
            if epoch > self._order.epoch + 1 or not self._renewal.refused(time.monotonic()):
                return None
            self._cause = "refused"
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: self._order.epoch >= epoch or self._failures != failures, ANSWER_WITHIN_S
            )
            if self._order.epoch >= epoch:
                return self._order.token.encode()
            return NOT_YET if self._failures == failures else None

    def close(self) -> None:
        """No further request, and no further write: the folder may be tidied up."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _work(self) -> None:
        while (cause := self._next_cause()) is not None:
            started = time.monotonic()
            try:
                token = self._ask(self._order)
            except TokenError as error:
                self._miss(error)
            else:
                self._take(token, cause, took_s=time.monotonic() - started)

    def _next_cause(self) -> str | None:
        """Waits until a token is due: why it is; None once closed."""
        with self._changed:
            while not self._closed:
                self._take_wishes()
                wait_s = self._renewal.wait_s(time.monotonic())
                if wait_s == 0:
                    cause, self._cause = self._cause, "due"
                    return cause
                self._changed.wait(LOOK_EVERY_S if wait_s is None else min(LOOK_EVERY_S, wait_s))
            return None

    def _take_wishes(self) -> None:
        """Somebody who wants a fresh token counts control.json up."""
        before, self._wishes = self._wishes, self._wished()
        if self._wishes > before and self._order.renews:
            self._cause = "asked"
            self._renewal.hurry(time.monotonic())

    def _wished(self) -> int:
        try:
            wanted = self._folder.read(ControlFile)
        except (OSError, UnreadableFile):
            return self._wishes
        return wanted.refresh if wanted else 0

    def _take(self, token: Token, cause: str, *, took_s: float | None) -> None:
        with self._changed:
            if self._closed:
                return
            self._order = self._order._replace(
                token=token.text, life_s=token.life_s, epoch=self._order.epoch + 1, obtained_ms=unix_ms()
            )
            self._keep()
            self._failures, self._cause = 0, "due"
            self._renewal.got(time.monotonic(), token.life_s, refused=cause == "refused")
            self._changed.notify_all()
        if took_s is not None:
            took_ms = round(took_s * 1000)
            facts = {"epoch": self._order.epoch, "life_s": token.life_s, "took_ms": took_ms, "cause": cause}
            self._facts.tell("token_refreshed", **facts)

    def _miss(self, error: TokenError) -> None:
        with self._changed:
            if self._closed:
                return
            self._failures += 1
            self._cause = "due"
            again_s = self._renewal.failed(time.monotonic())
            self._changed.notify_all()
        self._log.line(str(error))
        self._facts.tell("token_refused", reason=str(error), again_s=again_s, failures=self._failures)

    def _keep(self) -> None:
        """Before anybody gets it: a runner that takes over must not fall behind what users hold."""
        try:
            self._folder.write(self._order)
        except OSError as error:
            self._log.line(f"the token could not be kept: {error}")
