"""What k6 asks for while it runs, through its secret source: the wanted state, and fresh tokens."""

import json
import re
import threading
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from dashboard.run_folder.files import ControlFile, RunFolder, UnreadableFile

PATH: Final = "/k6/"
DEFAULT_CONTROL: Final = ControlFile(seq=0, at_ms=0, paused=False, vus=None, share=None, refresh=0)
_STATE: Final = re.compile(r"ctl\.(?:boot|\d{1,6}\.\d{1,16})", re.ASCII)
_PARKED: Final = re.compile(r"ctl\.idle\.(\d{1,16})\.(\d{1,9})", re.ASCII)
_TOKEN: Final = re.compile(r"tok\.(\d{1,9})", re.ASCII)
_BLANKS: Final = b" \t\n\r"
_CODED: Final = [bytes(_BLANKS[byte >> shift & 3] for shift in (6, 4, 2, 0)) for byte in range(256)]


class Tokens(Protocol):
    """Who hands out tokens; asked by many threads at once."""

    @property
    def epoch(self) -> int:
        """The number of the newest token, from 1; 0 while there is none."""

    def answer(self, epoch: int) -> bytes | None:
        """A token of this epoch or a later one; None when there is none to be had, b"" when one is on its way."""


class ChannelResponse(NamedTuple):
    status: int
    body: bytes = b""


class Channel:
    """Answers k6's questions from control.json, which the dashboard writes at any time.

    The state is coded in blanks: k6 replaces every value that it was given in all of its log, but no blank one.
    """

    def __init__(
        self,
        folder: RunFolder,
        *,
        poll_ms: int,
        now_ms: Callable[[], int],
        say: Callable[[str], None],
        tokens: Tokens | None = None,
    ) -> None:
        self._folder = folder
        self._poll_ms = poll_ms
        self._now_ms = now_ms
        self._say = say
        self._tokens = tokens
        self._lock = threading.Lock()
        self._control = DEFAULT_CONTROL
        self._read_of: tuple[int, int] | None = None
        self._drain = 0
        self._parked: set[int] = set()
        self.taken_seq: int | None = None

    def answer(self, key: str) -> ChannelResponse:
        if _STATE.fullmatch(key):
            return ChannelResponse(200, coded(self._state(boot=key == "ctl.boot")))
        if match := _PARKED.fullmatch(key):
            return self._note_parked(*map(int, match.groups()))
        if match := _TOKEN.fullmatch(key):
            return self._token(int(match[1]))
        return ChannelResponse(404)

    def wanted(self) -> ControlFile:
        """control.json as it is now; while that cannot be read, as it was."""
        with self._lock:
            try:
                status = self._folder.path_of(ControlFile).stat()
                found = (status.st_ino, status.st_mtime_ns)
                if found != self._read_of:
                    self._control = self._folder.read(ControlFile) or self._control
                    self._read_of = found
            except FileNotFoundError:
                pass
            except (OSError, UnreadableFile) as error:
                self._say(f"the wanted state stays as it was: {error}")
            return self._control

    def begin_drain(self) -> None:
        """From now on nobody begins an iteration, and every user tells when it is parked."""
        with self._lock:
            self._drain = self._drain or self._now_ms()

    @property
    def draining_since_ms(self) -> int | None:
        return self._drain or None

    @property
    def parked(self) -> int:
        """How many users have told that they are parked, since the drain began."""
        with self._lock:
            return len(self._parked)

    def _state(self, *, boot: bool) -> bytes:
        """At the start with the time, for k6 keeps that answer for users that begin later."""
        wanted = self.wanted()
        with self._lock:
            self.taken_seq = wanted.seq
            state = {
                "v": 1,
                "p": wanted.paused or self._drain > 0,
                "t": wanted.vus,
                "f": wanted.share,
                "e": self._tokens.epoch if self._tokens else 0,
                "n": self._poll_ms,
                "d": self._drain,
                **({"m": self._now_ms()} if boot else {}),
            }
        return json.dumps(state, separators=(",", ":")).encode()

    def _note_parked(self, drain: int, user: int) -> ChannelResponse:
        """A word about an earlier runner's drain is none about this one."""
        with self._lock:
            if drain != self._drain:
                return ChannelResponse(409)
            self._parked.add(user)
        return ChannelResponse(200, _BLANKS[:1])

    def _token(self, epoch: int) -> ChannelResponse:
        if self._tokens is None:
            return ChannelResponse(404)
        token = self._tokens.answer(epoch)
        if not token:
            return ChannelResponse(409 if token is None else 503)
        return ChannelResponse(200, token)


def coded(data: bytes) -> bytes:
    """Four blanks for each byte, the highest two bits first."""
    return b"".join(_CODED[byte] for byte in data)
