"""The command line sends the token to nobody but the server that holds the data folder."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dashboard.data_dir import SERVER_FILE, lock_data_dir, write_server_file
from dashboard.file_lock import FileLock
from dashboard.terminal.backends import RemoteBackend, ServerUnreachable, find_remote_backend


class Listener(BaseHTTPRequestHandler):
    """Answers like a dashboard and records the tokens that it receives."""

    tokens: list[str | None]

    def do_GET(self) -> None:
        self.tokens.append(self.headers["Authorization"])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "ok"}')

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str | None]]]:
    """A program that listens on a port of this machine, and the tokens that it received."""
    tokens: list[str | None] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Recording", (Listener,), {"tokens": tokens}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_port, tokens
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def lock(tmp_path: Path, listener: tuple[int, list[str | None]]) -> Iterator[FileLock]:
    """The data folder of a server at the port of the listener."""
    held = lock_data_dir(tmp_path)
    write_server_file(tmp_path, "127.0.0.1", listener[0], "secret")
    yield held
    held.release()


def test_the_live_server_gets_the_token(
    tmp_path: Path, lock: FileLock, listener: tuple[int, list[str | None]]
) -> None:
    assert find_remote_backend(tmp_path) is not None
    assert listener[1] == ["Bearer secret"]


@pytest.mark.parametrize("how", ["no lock", "no file", "another process", "no identity"])
def test_the_token_is_not_sent_when_the_server_is_gone(
    tmp_path: Path,
    lock: FileLock,
    listener: tuple[int, list[str | None]],
    how: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server was killed after the first request, and another program took its port."""
    monkeypatch.setattr("dashboard.terminal.backends.RETRY_TIMEOUT_S", 0.0)
    backend = RemoteBackend(tmp_path)
    backend.call("GET", "/health")
    path = tmp_path / SERVER_FILE
    content = json.loads(path.read_text())
    changes = {"another process": {"start_ticks": 1}, "no identity": {"boot_id": ""}}
    path.write_text(json.dumps(content | changes.get(how, {})))
    if how == "no lock":
        lock.release()
    if how == "no file":
        path.unlink()

    with pytest.raises(ServerUnreachable, match="No dashboard is running"):
        backend.call("GET", "/health")
    assert find_remote_backend(tmp_path) is None
    assert listener[1] == ["Bearer secret"]
