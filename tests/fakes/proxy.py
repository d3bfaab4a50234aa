"""A proxy that opens tunnels, by HTTP CONNECT or SOCKS 5, for one user only. It records the requested targets."""

from __future__ import annotations

import base64
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseRequestHandler, ThreadingTCPServer

USER, PASSWORD = "ann", "p@ss/w:rd-7f3e+%&"
CREDENTIALS = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


class FakeProxy(ThreadingTCPServer):
    """Every tunnel leads to the port `target_port`, whatever target was requested; `targets` records them."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, scheme: str, target_port: int) -> None:
        super().__init__(("127.0.0.1", 0), ConnectHandler if scheme == "http" else SocksHandler)
        self.target_port = target_port
        self.targets: list[str] = []
        self.rejected = 0
        self.url = f"{scheme}://127.0.0.1:{self.server_address[1]}"


class TunnelHandler(BaseRequestHandler):
    server: FakeProxy

    def tunnel(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.target_port)) as upstream:
            peers = {self.request: upstream, upstream: self.request}
            while True:
                for sock in select.select(list(peers), [], [])[0]:
                    try:
                        data = sock.recv(65_536)
                        peers[sock].sendall(data)
                    except ConnectionError:
                        return
                    if not data:
                        return


class ConnectHandler(TunnelHandler):
    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            data = self.request.recv(65_536)
            if not data:
                return
            head += data
        if f"Proxy-Authorization: Basic {CREDENTIALS}".encode() not in head:
            self.server.rejected += 1
            self.request.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        self.server.targets.append(head.split()[1].decode())
        self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        self.tunnel()


class SocksHandler(TunnelHandler):
    def read(self, count: int) -> bytes:
        return bytes(self.request.recv(count, socket.MSG_WAITALL))

    def handle(self) -> None:
        self.read(self.read(2)[1])
        self.request.sendall(b"\x05\x02")
        user = self.read(self.read(2)[1])
        password = self.read(self.read(1)[0])
        if (user.decode(), password.decode()) != (USER, PASSWORD):
            self.server.rejected += 1
            self.request.sendall(b"\x01\x01")
            return
        self.request.sendall(b"\x01\x00")
        is_ipv4 = self.read(4)[3] == 1
        host = socket.inet_ntoa(self.read(4)) if is_ipv4 else self.read(self.read(1)[0]).decode()
        self.server.targets.append(f"{host}:{int.from_bytes(self.read(2), 'big')}")
        self.request.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        self.tunnel()


@contextmanager
def proxy_to(scheme: str, target_port: int) -> Iterator[FakeProxy]:
    proxy = FakeProxy(scheme, target_port)
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield proxy
    proxy.shutdown()
    thread.join()
    proxy.server_close()
