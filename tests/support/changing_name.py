"""Runs a program in its own network, in which one name first leads to loopback and then to a refused address.

Both addresses are real: a server listens on each and reports what it received. Start this module with `unshare`.
"""

import ctypes
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from fcntl import ioctl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

NAME, PORT, FIRST = "changing.test", 8000, "127.0.0.1"
SIOCSIFFLAGS, SIOCSIFADDR, IFF_UP, MS_BIND = 0x8914, 0x8916, 1, 4096
TYPE_A, NO_TTL = 1, 0
TOKEN = b'{"access_token": "t", "expires_in": 60}'


class RecordingServer(ThreadingHTTPServer):
    """Counts connections and requests at one address. Each response contains a token."""

    daemon_threads = True

    def __init__(self, address: str) -> None:
        super().__init__((address, PORT), _Handler)
        self.connections, self.requests = 0, 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def process_request(self, request: object, client_address: object) -> None:
        self.connections += 1
        super().process_request(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    """Sends a token in response to GET and POST, and closes the connection."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.requests += 1  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(TOKEN)))
        self.end_headers()
        self.wfile.write(TOKEN)

    do_POST = do_GET  # noqa: N815 - the name of the method

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing."""


class NameServer:
    """Resolves NAME to FIRST until the server at FIRST has received a request, and from then on to `second`."""

    def __init__(self, first: RecordingServer, second: str) -> None:
        self._first, self._second = first, second
        self.answers: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            query, client = self._socket.recvfrom(1500)
            self._socket.sendto(self._answer_to(query), client)

    def _answer_to(self, query: bytes) -> bytes:
        end = query.index(b"\0", 12) + 5  # the end of the question: it consists of the name, type and class
        kind = struct.unpack("!H", query[end - 4 : end - 2])[0]
        records = b""
        if kind == TYPE_A:
            self.answers.append(self._second if self._first.requests else FIRST)
            address = socket.inet_aton(self.answers[-1])
            records = b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, NO_TTL, len(address)) + address
        counts = struct.pack("!HHHHH", 0x8180, 1, 1 if records else 0, 0, 0)
        return query[:2] + counts + query[12:end] + records


def main(results: Path, second: str, command: list[str]) -> int:
    """Run `command` in the new network, write what the servers received, and return its exit code."""
    _start_network(second)
    servers = {address: RecordingServer(address) for address in (FIRST, second)}
    names = NameServer(servers[FIRST], second)
    exit_code = subprocess.run(command, check=False).returncode
    received = {address: [one.connections, one.requests] for address, one in servers.items()}
    results.write_text(json.dumps({"received": received, "answers": names.answers}))
    return exit_code


def _start_network(address: str) -> None:
    """Bring the loopback interface up, give it `address` too, and make this process the only name server."""
    alias = struct.pack("16sHH4s8x", b"lo:1", socket.AF_INET, 0, socket.inet_aton(address))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
        ioctl(control, SIOCSIFADDR, alias)
    with tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False) as file:
        file.write("nameserver 127.0.0.1\n")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(file.name.encode(), b"/etc/resolv.conf", None, MS_BIND, None):
        raise OSError(ctypes.get_errno(), "resolv.conf cannot be replaced")
    os.unlink(file.name)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
