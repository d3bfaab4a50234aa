"""A target that answers 500 with all that it was sent, and gives secrets of its own away."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PASS, MADE, COOKIE = "login-canary-42", 'made "canary" 43', "cookie-canary-44"


class EchoTarget(ThreadingHTTPServer):
    """Its `given_away` are the secrets that it made or was told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), EchoHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.given_away = {PASS, MADE, COOKIE, "typed-canary-1"}


class EchoHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: EchoTarget

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        self._remember(self.headers.get("Authorization", ""))
        if self.path.startswith("/login"):
            self._answer(200, {"pass": PASS, "made": MADE})
        else:
            decoded = base64.b64decode(self.headers.get("Authorization", "").partition(" ")[2] + "==")
            told = {"Authorization": "", **dict(self.headers), "path": self.path, "body": body}
            self._answer(500, {**told, "decoded": decoded.decode(errors="replace")})

    do_GET = do_POST  # noqa: N815 (the names in the base class)

    def _remember(self, authorization: str) -> None:
        credential = authorization.partition(" ")[2]
        if credential:
            self.server.given_away.add(credential)

    def _answer(self, status: int, data: dict[str, str]) -> None:
        payload = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(payload)))
        self.send_header("Set-Cookie", f"sid={COOKIE}; Path=/")
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (the name in the base class)
        """What matters is kept."""


@contextmanager
def served() -> Iterator[EchoTarget]:
    """The target while it listens."""
    made = EchoTarget()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()
