"""A proxy in front of InfluxDB. Tests make the proxy fail."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType

from dashboard.runner.ports import listen_on_free_port


class Proxy:
    """Forwards bytes, responds itself, cuts connections, or hangs."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = listen_on_free_port()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._response: bytes | None = None
        self._cut_after: int | None = None
        self._hang = False
        self._delay_s = 0.0
        self._open: list[socket.socket] = []
        self.failed_requests = 0
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.close_connections()
        self._thread.join(5)

    def respond_with(self, status: int, headers: Mapping[str, str]) -> None:
        body = b'{"message":"not now"}'
        header_lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = (
            f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{header_lines}\r\n"
        )
        self.failed_requests, self._response = 0, head.encode() + body
        self.close_connections()

    def cut_after(self, count: int) -> None:
        """Reset the connection after `count` bytes of a request."""
        self._cut_after = count
        self.close_connections()

    def hang(self) -> None:
        self._hang = True
        self.close_connections()

    def delay(self, seconds: float) -> None:
        """Delay each response. InfluxDB still processes the request immediately."""
        self._delay_s = seconds
        self.close_connections()

    def stop_failing(self) -> None:
        self._response, self._cut_after, self._hang, self._delay_s = None, None, False, 0.0
        self.close_connections()

    def close_connections(self) -> None:
        """Close all connections, so that the new behavior applies to the next request."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError):
            if self._response is not None:
                self._respond(client, self._response)
            elif not self._hang:
                self._forward(client)

    def _respond(self, client: socket.socket, response: bytes) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(65_536)
        length = next(
            (
                int(row.split(b":")[1])
                for row in head.split(b"\r\n")
                if row.lower().startswith(b"content-length")
            ),
            0,
        )
        left = length - len(head.split(b"\r\n\r\n", 1)[1])
        while left > 0 and (data := client.recv(65_536)):
            left -= len(data)
        self.failed_requests += 1
        client.sendall(response)
        client.close()

    def _forward(self, client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self._port))
        self._open.append(server)
        response_pump = (server, client, None, self._delay_s)
        threading.Thread(target=self._pump, args=response_pump, daemon=True).start()
        self._pump(client, server, self._cut_after, 0.0)

    def _pump(self, source: socket.socket, sink: socket.socket, left: int | None, delay_s: float) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                time.sleep(delay_s)
                if left is not None:
                    data, left = data[:left], left - len(data)
                sink.sendall(data)
                if left is not None and left <= 0:
                    self._reset(source)
                    break
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _reset(self, client: socket.socket) -> None:
        """Close with a reset, like a host that lost the connection state."""
        self.failed_requests += 1
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
