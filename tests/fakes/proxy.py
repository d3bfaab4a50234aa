"""A proxy that opens tunnels, by HTTP's CONNECT or as SOCKS 5, for one user alone; it remembers who wanted where."""

from __future__ import annotations

import base64
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseRequestHandler, ThreadingTCPServer

USER, PASSWORD = "ann", "p@ss/w:rd-7f3e+%&"
PAIR = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


class FakeProxy(ThreadingTCPServer):
    """Every tunnel leads to `leads_to`, whatever its name; `asked` holds the names."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, kind: str, leads_to: int) -> None:
        super().__init__(("127.0.0.1", 0), Connect if kind == "http" else Socks)
        self.leads_to = leads_to
        self.asked: list[str] = []
        self.refused = 0
        self.url = f"{kind}://127.0.0.1:{self.server_address[1]}"


class Tunnel(BaseRequestHandler):
    server: FakeProxy

    def join(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.leads_to)) as there:
            ends = {self.request: there, there: self.request}
            while True:
                for end in select.select(list(ends), [], [])[0]:
                    try:
                        piece = end.recv(65_536)
                        ends[end].sendall(piece)
                    except ConnectionError:
                        return
                    if not piece:
                        return


class Connect(Tunnel):
    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.request.recv(65_536)
            if not piece:
                return
            head += piece
        if f"Proxy-Authorization: Basic {PAIR}".encode() not in head:
            self.server.refused += 1
            self.request.sendall(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
            return
        self.server.asked.append(head.split()[1].decode())
        self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        self.join()


class Socks(Tunnel):
    def take(self, count: int) -> bytes:
        return bytes(self.request.recv(count, socket.MSG_WAITALL))

    def handle(self) -> None:
        self.take(self.take(2)[1])
        self.request.sendall(b"\x05\x02")
        user = self.take(self.take(2)[1])
        password = self.take(self.take(1)[0])
        if (user.decode(), password.decode()) != (USER, PASSWORD):
            self.server.refused += 1
            self.request.sendall(b"\x01\x01")
            return
        self.request.sendall(b"\x01\x00")
        kind = self.take(4)[3]
        host = socket.inet_ntoa(self.take(4)) if kind == 1 else self.take(self.take(1)[0]).decode()
        self.server.asked.append(f"{host}:{int.from_bytes(self.take(2), 'big')}")
        self.request.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        self.join()


@contextmanager
def tunnels(kind: str, leads_to: int) -> Iterator[FakeProxy]:
    proxy = FakeProxy(kind, leads_to)
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield proxy
    proxy.shutdown()
    thread.join()
    proxy.server_close()
