"""Servers to scan."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

OPENAPI = b'{"openapi": "3.1.0", "paths": {"/items": {"get": {"responses": {"200": {}}}}}}'
Answer = tuple[int, Mapping[str, str], bytes]


@dataclass
class ScannedService:
    """A server with the answers of a test, by method and path, and the requests that it got."""

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def serve(self, path: str, body: bytes, status: int = 200, method: str = "GET", **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[f"{method} {path}"] = (status, named, body)


@pytest.fixture
def make_service() -> Iterator[Callable[[], ScannedService]]:
    servers: list[ThreadingHTTPServer] = []

    def make() -> ScannedService:
        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                made.requests.append((f"{self.command} {self.path}", dict(self.headers)))
                status, headers, body = made.answers.get(f"{self.command} {self.path}", (404, {}, b""))
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = _answer  # noqa: N815
            do_POST = _answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Discard http.server's log lines."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        made = ScannedService(f"http://127.0.0.1:{server.server_port}")
        return made

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def service(make_service: Callable[[], ScannedService]) -> ScannedService:
    return make_service()
