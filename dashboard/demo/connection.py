"""One client's connection: reads requests in turn, answers each when it is due, counts what has left.

A slow answer is a timer, not a thread, so it holds up nobody else.
"""

import asyncio
import sys
import traceback
from collections.abc import Callable
from typing import cast

from dashboard.demo.counters import Tally
from dashboard.demo.shop import problem
from dashboard.demo.wire import MOST_HEAD_BYTES, BadRequest, Head, Reply, Request, encode_reply, parse_head

IDLE_S = 300.0  # longer than any client keeps a connection, so that it is never closed under a new request
READ_S = 15.0
WRITE_S = 30.0
LINGER_S = 2.0
_MOST_AHEAD_BYTES = 256 * 1024
_NEVER = float("inf")

Answerer = Callable[[Request], tuple[Reply, Tally | None]]


class Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive; pipelined requests wait their turn."""

    def __init__(self, answer: Answerer, loop: asyncio.AbstractEventLoop, live: set["Connection"]) -> None:
        self._answer = answer
        self._loop = loop
        self._live = live
        self._transport: asyncio.Transport
        self._buffer = bytearray()
        self._head: Head | None = None
        self._busy = False
        self._lingering = False
        self._timer: asyncio.TimerHandle | None = None
        self._leaving: tuple[Tally | None, int, bool] | None = None
        self.deadline = loop.time() + IDLE_S

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        # With limits of 0, resume_writing means that the kernel has taken every byte.
        self._transport.set_write_buffer_limits(high=0)
        self._live.add(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._live.discard(self)

    def eof_received(self) -> bool:
        return False  # who has gone does not get an answer, and none is counted

    def data_received(self, data: bytes) -> None:
        if self._lingering:
            return
        self._buffer += data
        if not self._busy:
            self._advance()
        elif len(self._buffer) > _MOST_AHEAD_BYTES:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._leaving is not None:
            self._left(*self._leaving)
            self._advance()

    def expire(self) -> None:
        """The deadline is over: a half request is told so, anything else just ends."""
        if self._lingering or self._busy or not (self._buffer or self._head):
            self._transport.abort()
        else:
            self._refuse(BadRequest(408, "the request took too long"))

    def close(self) -> None:
        self._transport.abort()

    def _advance(self) -> None:
        while not (self._busy or self._lingering or self._transport.is_closing()):
            try:
                head = self._read()
            except BadRequest as bad:
                self._refuse(bad)
                return
            if head is None:
                return
            body = bytes(self._buffer[: head.body_bytes])
            del self._buffer[: head.body_bytes]
            self._head = None
            self._begin(Request(head.method, head.path, head.query, head.headers, body), head.keep_alive)

    def _read(self) -> Head | None:
        """The next request's head once its body is there too."""
        if self._head is None:
            self._head = self._read_head()
        if self._head is not None and len(self._buffer) >= self._head.body_bytes:
            self.deadline = _NEVER
            return self._head
        if self._buffer or self._head is not None:
            self.deadline = min(self.deadline, self._loop.time() + READ_S)
        return None

    def _read_head(self) -> Head | None:
        while self._buffer.startswith(b"\r\n"):  # some clients end a body with an extra line
            del self._buffer[:2]
        end = self._buffer.find(b"\r\n\r\n")
        if end > MOST_HEAD_BYTES or (end < 0 and len(self._buffer) > MOST_HEAD_BYTES):
            raise BadRequest(431, "the request's head is too large")
        if end < 0:
            return None
        head = parse_head(bytes(self._buffer[:end]))
        del self._buffer[: end + 4]
        if head.expects_continue and len(self._buffer) < head.body_bytes:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return head

    def _begin(self, request: Request, keep_alive: bool) -> None:
        try:
            reply, tally = self._answer(request)
        except Exception:  # noqa: BLE001 - one bad answer must not end the service
            traceback.print_exc(file=sys.stderr)
            reply, tally = problem(500, "the demo service failed; see its log"), None
        with_body = request.method != "HEAD"
        if reply.delay_s == 0:
            self._send(reply, tally, keep_alive, with_body)
            return
        self._busy = True
        if reply.delay_s is not None:
            self._timer = self._loop.call_later(
                reply.delay_s, self._send_late, reply, tally, keep_alive, with_body
            )

    def _send_late(self, reply: Reply, tally: Tally | None, keep_alive: bool, with_body: bool) -> None:
        self._timer = None
        self._busy = False
        self._send(reply, tally, keep_alive, with_body)
        self._advance()

    def _send(self, reply: Reply, tally: Tally | None, keep_alive: bool, with_body: bool) -> None:
        self._transport.write(encode_reply(reply, keep_alive=keep_alive, with_body=with_body))
        if self._transport.is_closing():
            return  # the write failed: nothing has left
        if self._transport.get_write_buffer_size() == 0:
            self._left(tally, reply.status, keep_alive)
        else:
            self._busy = True
            self._leaving = (tally, reply.status, keep_alive)
            self.deadline = self._loop.time() + WRITE_S

    def _left(self, tally: Tally | None, status: int, keep_alive: bool) -> None:
        self._leaving = None
        self._busy = False
        self.deadline = self._loop.time() + IDLE_S
        if tally is not None:
            tally.count_answer(status)
        if keep_alive:
            self._transport.resume_reading()
        else:
            self._transport.close()

    def _refuse(self, bad: BadRequest) -> None:
        """Answer, then read on without looking: closing over unread bytes would destroy the answer."""
        reply = problem(bad.status, bad.message)
        self._lingering = True
        self._buffer.clear()
        self.deadline = self._loop.time() + LINGER_S
        self._transport.write(encode_reply(reply, keep_alive=False, with_body=True))
        if not self._transport.is_closing():
            self._transport.write_eof()
