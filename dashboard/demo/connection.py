"""One client's connection: reads requests in order, sends each response when it is due, counts sent responses.

A slow response is a timer, not a thread, so it does not delay other clients.
"""

import asyncio
import sys
import traceback
from collections.abc import Callable
from typing import cast

from dashboard.demo.counters import OperationCount
from dashboard.demo.shop import error_response
from dashboard.demo.wire import (
    MAX_HEAD_BYTES,
    DemoRequest,
    DemoResponse,
    MalformedRequest,
    RequestHead,
    encode_response,
    parse_head,
)

IDLE_TIMEOUT_S = (
    300.0  # longer than any client keeps a connection, so that none is closed while a request arrives
)
READ_TIMEOUT_S = 15.0
WRITE_TIMEOUT_S = 30.0
LINGER_TIMEOUT_S = 2.0
_MAX_PIPELINED_BYTES = 256 * 1024
_NEVER = float("inf")

RequestHandler = Callable[[DemoRequest], tuple[DemoResponse, OperationCount | None]]


class DemoConnection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive; pipelined requests are answered one after another."""

    def __init__(
        self, handle: RequestHandler, loop: asyncio.AbstractEventLoop, live: set["DemoConnection"]
    ) -> None:
        self._handle = handle
        self._loop = loop
        self._live = live
        self._transport: asyncio.Transport
        self._buffer = bytearray()
        self._head: RequestHead | None = None
        self._busy = False
        self._lingering = False
        self._timer: asyncio.TimerHandle | None = None
        self._unsent: tuple[OperationCount | None, int, bool] | None = None
        self.deadline = loop.time() + IDLE_TIMEOUT_S

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        # With limits of 0, resume_writing means that the kernel has accepted every byte.
        self._transport.set_write_buffer_limits(high=0)
        self._live.add(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._live.discard(self)

    def eof_received(self) -> bool:
        return False  # a client that has left gets no response, and none is counted

    def data_received(self, data: bytes) -> None:
        if self._lingering:
            return
        self._buffer += data
        if not self._busy:
            self._advance()
        elif len(self._buffer) > _MAX_PIPELINED_BYTES:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._unsent is not None:
            self._finish_response(*self._unsent)
            self._advance()

    def expire(self) -> None:
        """Call after the deadline. An incomplete request gets status 408; any other connection is closed."""
        if self._lingering or self._busy or not (self._buffer or self._head):
            self._transport.abort()
        else:
            self._reject(MalformedRequest(408, "the request took too long"))

    def close(self) -> None:
        self._transport.abort()

    def _advance(self) -> None:
        while not (self._busy or self._lingering or self._transport.is_closing()):
            try:
                head = self._read()
            except MalformedRequest as error:
                self._reject(error)
                return
            if head is None:
                return
            body = bytes(self._buffer[: head.body_bytes])
            del self._buffer[: head.body_bytes]
            self._head = None
            request = DemoRequest(head.method, head.path, head.query, head.headers, body)
            self._respond(request, head.keep_alive)

    def _read(self) -> RequestHead | None:
        """Return the head of the next request once its body has arrived too, else None."""
        if self._head is None:
            self._head = self._read_head()
        if self._head is not None and len(self._buffer) >= self._head.body_bytes:
            self.deadline = _NEVER
            return self._head
        if self._buffer or self._head is not None:
            self.deadline = min(self.deadline, self._loop.time() + READ_TIMEOUT_S)
        return None

    def _read_head(self) -> RequestHead | None:
        while self._buffer.startswith(b"\r\n"):  # some clients send an extra line after a body
            del self._buffer[:2]
        end = self._buffer.find(b"\r\n\r\n")
        if end > MAX_HEAD_BYTES or (end < 0 and len(self._buffer) > MAX_HEAD_BYTES):
            raise MalformedRequest(431, "the request's head is too large")
        if end < 0:
            return None
        head = parse_head(bytes(self._buffer[:end]))
        del self._buffer[: end + 4]
        if head.expects_continue and len(self._buffer) < head.body_bytes:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return head

    def _respond(self, request: DemoRequest, keep_alive: bool) -> None:
        try:
            response, count = self._handle(request)
        except Exception:  # noqa: BLE001 - an error in one request must not end the service
            traceback.print_exc(file=sys.stderr)
            response, count = error_response(500, "the demo service failed; see its log"), None
        with_body = request.method != "HEAD"
        if response.delay_s == 0:
            self._send(response, count, keep_alive, with_body)
            return
        self._busy = True
        if response.delay_s is not None:
            self._timer = self._loop.call_later(
                response.delay_s, self._send_delayed, response, count, keep_alive, with_body
            )

    def _send_delayed(
        self, response: DemoResponse, count: OperationCount | None, keep_alive: bool, with_body: bool
    ) -> None:
        self._timer = None
        self._busy = False
        self._send(response, count, keep_alive, with_body)
        self._advance()

    def _send(
        self, response: DemoResponse, count: OperationCount | None, keep_alive: bool, with_body: bool
    ) -> None:
        self._transport.write(encode_response(response, keep_alive=keep_alive, with_body=with_body))
        if self._transport.is_closing():
            return  # the write failed, so no byte was sent
        if self._transport.get_write_buffer_size() == 0:
            self._finish_response(count, response.status, keep_alive)
        else:
            self._busy = True
            self._unsent = (count, response.status, keep_alive)
            self.deadline = self._loop.time() + WRITE_TIMEOUT_S

    def _finish_response(self, count: OperationCount | None, status: int, keep_alive: bool) -> None:
        """Count a response that was sent completely, then accept the next request or close the connection."""
        self._unsent = None
        self._busy = False
        self.deadline = self._loop.time() + IDLE_TIMEOUT_S
        if count is not None:
            count.add_response(status)
        if keep_alive:
            self._transport.resume_reading()
        else:
            self._transport.close()

    def _reject(self, error: MalformedRequest) -> None:
        """Send an error, then discard further input: a close with unread data would reset the connection."""
        response = error_response(error.status, error.message)
        self._lingering = True
        self._buffer.clear()
        self.deadline = self._loop.time() + LINGER_TIMEOUT_S
        self._transport.write(encode_response(response, keep_alive=False, with_body=True))
        if not self._transport.is_closing():
            self._transport.write_eof()
