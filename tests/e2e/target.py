"""A target that answers 500 with everything that it received, and that reveals its own secrets."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PASS, GENERATED, COOKIE = "login-canary-42", 'generated "canary" 43', "cookie-canary-44"


class EchoTarget(ThreadingHTTPServer):
    """`revealed` collects the secrets that it issued or received."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), EchoHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.revealed = {PASS, GENERATED, COOKIE, "typed-canary-1"}


class EchoHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: EchoTarget

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        self._collect(self.headers.get("Authorization", ""))
        if self.path.startswith("/login"):
            self._respond(200, {"pass": PASS, "generated": GENERATED})
        else:
            decoded = base64.b64decode(self.headers.get("Authorization", "").partition(" ")[2] + "==")
            received = {"Authorization": "", **dict(self.headers), "path": self.path, "body": body}
            self._respond(500, {**received, "decoded": decoded.decode(errors="replace")})

    do_GET = do_POST  # noqa: N815 (the names in the base class)

    def _collect(self, authorization: str) -> None:
        credential = authorization.partition(" ")[2]
        if credential:
            self.server.revealed.add(credential)

    def _respond(self, status: int, data: dict[str, str]) -> None:
        payload = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(payload)))
        self.send_header("Set-Cookie", f"sid={COOKIE}; Path=/")
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (the name in the base class)
        """Discard http.server's log lines."""


@contextmanager
def echo_target() -> Iterator[EchoTarget]:
    """Start an EchoTarget, and stop it at the end."""
    target = EchoTarget()
    thread = threading.Thread(target=target.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield target
    target.shutdown()
    thread.join()
    target.server_close()
