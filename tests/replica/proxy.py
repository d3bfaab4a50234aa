"""A proxy in front of InfluxDB that misbehaves when it is told to."""

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
    """Passes bytes on, or answers by itself, or cuts, or hangs."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = listen_on_free_port()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._answer: bytes | None = None
        self._cut_after: int | None = None
        self._hang = False
        self._late_s = 0.0
        self._open: list[socket.socket] = []
        self.seen = 0
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop()
        self._thread.join(5)

    def answer_with(self, status: int, headers: Mapping[str, str]) -> None:
        body = b'{"message":"not now"}'
        told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{told}\r\n"
        self.seen, self._answer = 0, head.encode() + body
        self.drop()

    def cut_after(self, count: int) -> None:
        """Reset the connection after so many bytes of a request that writes."""
        self._cut_after = count
        self.drop()

    def hang(self) -> None:
        self._hang = True
        self.drop()

    def be_late(self, seconds: float) -> None:
        """Hold each answer back for so long; what was asked is done at once."""
        self._late_s = seconds
        self.drop()

    def heal(self) -> None:
        self._answer, self._cut_after, self._hang, self._late_s = None, None, False, 0.0
        self.drop()

    def drop(self) -> None:
        """End what is open, so that the next request meets the new behaviour."""
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
            if self._answer is not None:
                self._answer_it(client, self._answer)
            elif not self._hang:
                self._pass_on(client)

    def _answer_it(self, client: socket.socket, answer: bytes) -> None:
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
        while left > 0 and (got := client.recv(65_536)):
            left -= len(got)
        self.seen += 1
        client.sendall(answer)
        client.close()

    def _pass_on(self, client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self._to))
        self._open.append(server)
        back = (server, client, None, self._late_s)
        threading.Thread(target=self._pump, args=back, daemon=True).start()
        self._pump(client, server, self._cut_after, 0.0)

    def _pump(self, source: socket.socket, sink: socket.socket, left: int | None, late_s: float) -> None:
        with suppress(OSError):
            while got := source.recv(65_536):
                time.sleep(late_s)
                if left is not None:
                    got, left = got[:left], left - len(got)
                sink.sendall(got)
                if left is not None and left <= 0:
                    self._reset(source)
                    break
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _reset(self, client: socket.socket) -> None:
        """Closed with a reset, as by a machine that has forgotten the connection."""
        self.seen += 1
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
