"""A token server and a service that wants its tokens, with their own account of what they were asked."""

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


class Asked(NamedTuple):
    """One request for a token."""

    method: str
    headers: dict[str, str]
    body: str
    at_s: float


class TokenWorld(ThreadingHTTPServer):
    """TOKEN_PATH and KEYCLOAK_PATH give tokens that live `life_s`; every other path wants one.

    `judge` says until when a token from elsewhere is good.

    `manner` is how tokens are refused: wrong, down, html, redirect, empty, hang; "" gives them.
    """

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, life_s: float = 60.0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.life_s = life_s
        self.told_life: Any = life_s
        self.manner = ""
        self.delay_s = 0.0
        self.asked: list[Asked] = []
        self.issued: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.refused_by: Counter[int] = Counter()
        self.served_until_s = 0.0
        self._users: dict[str, set[int]] = {}
        self.judge: Callable[[str], float] = lambda _token: 0.0
        self.released = threading.Event()
        self._valid: dict[str, float] = {}
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def issue(self, prefix: str = "token") -> str:
        with self._lock:
            token = (
                f"{prefix}-{len(self.issued) + 1}-{base64.urlsafe_b64encode(str(id(self)).encode()).decode()}"
            )
            self.issued.append(token)
            self._valid[token] = time.monotonic() + self.life_s
            return token

    def revoke(self) -> None:
        """No token that was given so far is good any more."""
        with self._lock:
            self._valid = dict.fromkeys(self._valid, 0.0)

    def asked_while_serving(self) -> int:
        """Requests for tokens up to the last request of a user: starting and ending k6 takes its time too."""
        return sum(asked.at_s <= self.served_until_s for asked in self.asked)

    def users_of(self, token: str) -> set[int]:
        """The connections, one for each user, that came with that token."""
        return set(self._users.get(token, ()))

    def serve(self, authorization: str | None, port: int) -> int:
        """The status that the service answers with."""
        kind, _, token = (authorization or "").partition(" ")
        with self._lock:
            if kind == "Bearer" and token not in self._valid:
                self._valid[token] = self.judge(token)
            good = kind == "Bearer" and self._valid[token] > time.monotonic()
            status = 200 if good else 401
            self.statuses[status] += 1
            self.served_until_s = time.monotonic()
            self._users.setdefault(token, set()).add(port)
            if not good:
                self.refused_by[port] += 1
            return status

    def close(self) -> None:
        self.released.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: TokenWorld

    def answer(self) -> None:
        path = self.path.partition("?")[0]
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length).decode()
        if path in (TOKEN_PATH, KEYCLOAK_PATH):
            self._give_token(path, body)
        else:
            self._say(self.server.serve(self.headers["Authorization"], self.client_address[1]), b"{}")

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def do_PUT(self) -> None:
        self.answer()

    def _give_token(self, path: str, body: str) -> None:
        world = self.server
        world.asked.append(Asked(self.command, dict(self.headers), body, time.monotonic()))
        time.sleep(world.delay_s)
        if world.manner == "hang":
            world.released.wait(30)
            self.close_connection = True
        elif world.manner == "wrong" or (path == KEYCLOAK_PATH and not _knows_client(body)):
            words = f"Invalid client or Invalid client credentials: {body}"
            self._say(401, _json({"error": "invalid_client", "error_description": words}))
        elif world.manner == "redirect":
            self._say(302, b"", Location="/elsewhere")
        elif world.manner in _BAD:
            self._say(*_BAD[world.manner])
        else:
            told = {} if world.told_life is None else {"expires_in": world.told_life}
            self._say(200, _json({"access_token": world.issue(), "token_type": "Bearer", **told}))

    def _say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (the base class's name)
        """What matters is counted."""


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


_BAD = {
    "down": (503, b'{"message": "in maintenance"}'),
    "html": (200, b"<html>Sign in</html>"),
    "empty": (200, b'{"token_type": "Bearer"}'),
}


def _knows_client(body: str) -> bool:
    form = {name: values[0] for name, values in parse_qs(body).items()}
    return form == {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
