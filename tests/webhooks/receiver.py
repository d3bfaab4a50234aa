"""A webhook receiver on loopback that accepts, fails, hangs, drips or redirects, and keeps what it received."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DRIP_PAUSE_S = 0.05


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def event_id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """A response. `hangs`: none at all; `drips`: a body that never ends, byte by byte."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hangs: bool = False
    drips: bool = False


OK = Reply()


class WebhookReceiver:
    """Answers with `reply(request)`."""

    def __init__(self, reply: Callable[[Received], Reply] = lambda _: OK) -> None:
        self.reply = reply
        self.received: list[Received] = []
        self.released = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                got = Received(self.path, headers, body, time.monotonic())
                receiver.received.append(got)
                self.answer(receiver.reply(got))

            def answer(self, reply: Reply) -> None:
                if reply.hangs:
                    receiver.released.wait()
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if not reply.drips:
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
                while reply.drips and not receiver.released.wait(DRIP_PAUSE_S):
                    self.wfile.write(b".")

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def event_ids(self) -> list[str]:
        return [one.event_id for one in self.received]

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def a_receiver(reply: Callable[[Received], Reply] = lambda _: OK) -> Iterator[WebhookReceiver]:
    receiver = WebhookReceiver(reply)
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.stop()
