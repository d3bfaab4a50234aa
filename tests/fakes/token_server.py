"""A token server and a service that requires its tokens. Both record the requests that they received."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs

CLIENT, SECRET = "load-test", "s3cret/of+the client"
TOKEN_PATH, KEYCLOAK_PATH = "/auth/token", "/realms/shop/protocol/openid-connect/token"


class TokenRequest(NamedTuple):
    """A token request that the server received."""

    method: str
    headers: dict[str, str]
    body: str
    at_s: float


class FakeTokenServer(ThreadingHTTPServer):
    """TOKEN_PATH and KEYCLOAK_PATH issue tokens that are valid for `life_s`; every other path requires one.

    `behavior` names how the server fails: wrong, down, html, redirect, empty or hang. With "" it issues tokens.
    `valid_until` returns the time until which a token of another server is accepted.
    """

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, life_s: float = 60.0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.life_s = life_s
        self.reported_life_s: Any = life_s
        self.behavior = ""
        self.delay_s = 0.0
        self.requests: list[TokenRequest] = []
        self.issued: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.rejections_by_port: Counter[int] = Counter()
        self.last_served_s = 0.0
        self._ports: dict[str, set[int]] = {}
        self.valid_until: Callable[[str], float] = lambda _token: 0.0
        self.released = threading.Event()
        self._expires_at: dict[str, float] = {}
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def issue(self, prefix: str = "token") -> str:
        with self._lock:
            suffix = base64.urlsafe_b64encode(str(id(self)).encode()).decode()
            token = f"{prefix}-{len(self.issued) + 1}-{suffix}"
            self.issued.append(token)
            self._expires_at[token] = time.monotonic() + self.life_s
            return token

    def revoke(self) -> None:
        """Invalidate all tokens that were issued so far."""
        with self._lock:
            self._expires_at = dict.fromkeys(self._expires_at, 0.0)

    def count_requests_while_serving(self) -> int:
        """Return the number of token requests up to the last user request, without those while k6 shuts down."""
        return sum(request.at_s <= self.last_served_s for request in self.requests)

    def ports_with(self, token: str) -> set[int]:
        """Return the client ports, one per user, that have sent this token."""
        return set(self._ports.get(token, ()))

    def serve(self, authorization: str | None, port: int) -> int:
        """Record one request to the service and return the response status."""
        scheme, _, token = (authorization or "").partition(" ")
        with self._lock:
            if scheme == "Bearer" and token not in self._expires_at:
                self._expires_at[token] = self.valid_until(token)
            is_valid = scheme == "Bearer" and self._expires_at[token] > time.monotonic()
            status = 200 if is_valid else 401
            self.statuses[status] += 1
            self.last_served_s = time.monotonic()
            self._ports.setdefault(token, set()).add(port)
            if not is_valid:
                self.rejections_by_port[port] += 1
            return status

    def close(self) -> None:
        self.released.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: FakeTokenServer

    def _handle(self) -> None:
        path = self.path.partition("?")[0]
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length).decode()
        if path in (TOKEN_PATH, KEYCLOAK_PATH):
            self._handle_token_request(path, body)
        else:
            self._respond(self.server.serve(self.headers["Authorization"], self.client_address[1]), b"{}")

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def _handle_token_request(self, path: str, body: str) -> None:
        server = self.server
        server.requests.append(TokenRequest(self.command, dict(self.headers), body, time.monotonic()))
        time.sleep(server.delay_s)
        if server.behavior == "hang":
            server.released.wait(30)
            self.close_connection = True
        elif server.behavior == "wrong" or (path == KEYCLOAK_PATH and not _has_client_credentials(body)):
            description = f"Invalid client or Invalid client credentials: {body}"
            self._respond(401, _json({"error": "invalid_client", "error_description": description}))
        elif server.behavior == "redirect":
            self._respond(302, b"", Location="/elsewhere")
        elif server.behavior in _FAILURES:
            self._respond(*_FAILURES[server.behavior])
        else:
            life_s = server.reported_life_s
            lifetime = {} if life_s is None else {"expires_in": life_s}
            self._respond(200, _json({"access_token": server.issue(), "token_type": "Bearer", **lifetime}))

    def _respond(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (the base class's name)
        """Discard http.server's log lines."""


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


_FAILURES = {
    "down": (503, b'{"message": "in maintenance"}'),
    "html": (200, b"<html>Sign in</html>"),
    "empty": (200, b'{"token_type": "Bearer"}'),
}


def _has_client_credentials(body: str) -> bool:
    form = {name: values[0] for name, values in parse_qs(body).items()}
    return form == {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
