"""The control channel: through its secret source, k6 asks for the control state and for fresh tokens."""

import json
import re
import threading
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from dashboard.run_folder.files import ControlFile, RunFolder
from dashboard.run_folder.validation import UnreadableFile

PATH: Final = "/k6/"
DEFAULT_CONTROL: Final = ControlFile(seq=0, at_ms=0, paused=False, vus=None, share=None, refresh=0)
_STATE: Final = re.compile(r"ctl\.(?:boot|\d{1,6}\.\d{1,16})", re.ASCII)
_IDLE: Final = re.compile(r"ctl\.idle\.(\d{1,16})\.(\d{1,9})", re.ASCII)
_TOKEN: Final = re.compile(r"tok\.(\d{1,9})", re.ASCII)
_WHITESPACE: Final = b" \t\n\r"
_ENCODED: Final = [bytes(_WHITESPACE[byte >> shift & 3] for shift in (6, 4, 2, 0)) for byte in range(256)]


class TokenSource(Protocol):
    """Provides tokens. Many threads may call it at the same time."""

    @property
    def epoch(self) -> int:
        """The number of the newest token, from 1; 0 before the first token."""

    def token(self, epoch: int) -> bytes | None:
        """Return a token of this epoch or a later one; None if unavailable, b"" while a request is under way."""


class ChannelResponse(NamedTuple):
    status: int
    body: bytes = b""


class Channel:
    """Answers k6's requests from control.json, which the dashboard may rewrite at any time.

    The state is encoded as whitespace: k6 redacts every secret value in its whole log, except blank ones.
    """

    def __init__(
        self,
        folder: RunFolder,
        *,
        poll_ms: int,
        now_ms: Callable[[], int],
        log: Callable[[str], None],
        tokens: TokenSource | None = None,
    ) -> None:
        self._folder = folder
        self._poll_ms = poll_ms
        self._now_ms = now_ms
        self._log = log
        self._tokens = tokens
        self._lock = threading.Lock()
        self._control = DEFAULT_CONTROL
        self._control_version: tuple[int, int] | None = None
        self._drain = 0
        self._idle_users: set[int] = set()
        self.taken_seq: int | None = None

    def respond(self, key: str) -> ChannelResponse:
        if _STATE.fullmatch(key):
            return ChannelResponse(200, encode_as_whitespace(self._state(boot=key == "ctl.boot")))
        if match := _IDLE.fullmatch(key):
            return self._record_idle(*map(int, match.groups()))
        if match := _TOKEN.fullmatch(key):
            return self._token(int(match[1]))
        return ChannelResponse(404)

    def control(self) -> ControlFile:
        """Return the current control.json, or its last readable content while it cannot be read."""
        with self._lock:
            try:
                status = self._folder.path_of(ControlFile).stat()
                version = (status.st_ino, status.st_mtime_ns)
                if version != self._control_version:
                    self._control = self._folder.read(ControlFile) or self._control
                    self._control_version = version
            except FileNotFoundError:
                pass
            except (OSError, UnreadableFile) as error:
                self._log(f"the control state stays unchanged: {error}")
            return self._control

    def start_drain(self) -> None:
        """Start the drain: no user starts another iteration, and each user reports once when it is idle."""
        with self._lock:
            self._drain = self._drain or self._now_ms()

    @property
    def draining_since_ms(self) -> int | None:
        return self._drain or None

    @property
    def idle_users(self) -> int:
        """The number of users that have reported idle since the drain started."""
        with self._lock:
            return len(self._idle_users)

    def _state(self, *, boot: bool) -> bytes:
        """Return the control state. At boot it has a timestamp, because k6 caches it for users that start later."""
        control = self.control()
        with self._lock:
            self.taken_seq = control.seq
            state = {
                "v": 1,
                "p": control.paused or self._drain > 0,
                "t": control.vus,
                "f": control.share,
                "e": self._tokens.epoch if self._tokens else 0,
                "n": self._poll_ms,
                "d": self._drain,
                **({"m": self._now_ms()} if boot else {}),
            }
        return json.dumps(state, separators=(",", ":")).encode()

    def _record_idle(self, drain: int, user: int) -> ChannelResponse:
        """Count the user, unless the report belongs to the drain of an earlier runner."""
        with self._lock:
            if drain != self._drain:
                return ChannelResponse(409)
            self._idle_users.add(user)
        return ChannelResponse(200, _WHITESPACE[:1])

    def _token(self, epoch: int) -> ChannelResponse:
        if self._tokens is None:
            return ChannelResponse(404)
        token = self._tokens.token(epoch)
        if not token:
            return ChannelResponse(409 if token is None else 503)
        return ChannelResponse(200, token)


def encode_as_whitespace(data: bytes) -> bytes:
    """Encode each byte as four whitespace characters, the two highest bits first."""
    return b"".join(_ENCODED[byte] for byte in data)
