"""Tunnels through a proxy: HTTP CONNECT and SOCKS 5."""

import base64
import ipaddress
import socket
from dataclasses import dataclass

MAX_HEAD_BYTES = 65_536
SOCKS_VERSION, SOCKS_SUCCEEDED = 5, 0
SOCKS_AUTH_NONE, SOCKS_AUTH_PASSWORD = 0, 2
SOCKS_CONNECT, SOCKS_DOMAIN_NAME = 1, 3
SOCKS_ADDRESS_BYTES = {1: 4, 4: 16}
SOCKS_ERRORS = {
    2: "does not allow this connection",
    3: "cannot reach that network",
    4: "cannot reach that host",
    5: "reports that the host refused the connection",
}


class ProxyError(OSError):
    """The proxy responded but did not open a tunnel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """The address of a proxy and its credentials."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str = ""

    @property
    def authorization(self) -> str | None:
        """The value of the Proxy-Authorization header."""
        if self.user is None:
            return None
        return f"Basic {base64.b64encode(f'{self.user}:{self.password}'.encode()).decode()}"


def uses_proxy(host: str) -> bool:
    """Return whether requests to `host` go through a proxy. Loopback targets never do, which is also k6's rule."""
    if host.lower() == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


def open_tunnel(sock: socket.socket, proxy: Proxy, host: str, port: int) -> None:
    """Connect the proxy's socket to `host`. Raises ProxyError, OSError."""
    if proxy.scheme == "socks5":
        _authenticate_socks(sock, proxy)
        _connect_socks(sock, host, port)
    else:
        _connect_http(sock, proxy, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")


def _connect_http(sock: socket.socket, proxy: Proxy, target: str) -> None:
    header = f"Proxy-Authorization: {proxy.authorization}\r\n" if proxy.authorization else ""
    sock.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{header}\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        data = sock.recv(1)  # bytes after the head belong to the tunnel
        if not data or len(head) > MAX_HEAD_BYTES:
            raise ProxyError("the proxy closed the connection")
        head += data
    parts = head.split(b"\r\n", 1)[0].decode("latin-1").split(None, 2)
    status = parts[1] if len(parts) > 1 and parts[0].startswith("HTTP/") else "?"
    if not status.startswith("2"):
        hint = ": it requires a user and a password" if status == "407" else ""
        raise ProxyError(f"the proxy responded with {status[:3]}{hint}")


def _authenticate_socks(sock: socket.socket, proxy: Proxy) -> None:
    method = SOCKS_AUTH_NONE if proxy.user is None else SOCKS_AUTH_PASSWORD
    sock.sendall(bytes([SOCKS_VERSION, 1, method]))
    version, chosen = _receive_exactly(sock, 2)
    if version != SOCKS_VERSION:
        raise ProxyError("the proxy does not support SOCKS 5")
    if chosen != method:
        raise ProxyError("the proxy requires another authentication method")
    if proxy.user is not None:
        pair = proxy.user.encode()[:255], proxy.password.encode()[:255]
        sock.sendall(b"\x01" + b"".join(bytes([len(part)]) + part for part in pair))
        if _receive_exactly(sock, 2)[1] != SOCKS_SUCCEEDED:
            raise ProxyError("the proxy rejects the user or the password")


def _connect_socks(sock: socket.socket, host: str, port: int) -> None:
    name = host.encode("idna") if not host.isascii() else host.encode()
    request = bytes([SOCKS_VERSION, SOCKS_CONNECT, 0, SOCKS_DOMAIN_NAME, len(name)])
    sock.sendall(request + name + port.to_bytes(2, "big"))
    _, reply, _, address_type = _receive_exactly(sock, 4)
    if reply != SOCKS_SUCCEEDED:
        raise ProxyError(f"the proxy {SOCKS_ERRORS.get(reply, 'did not open a connection')}")
    length = SOCKS_ADDRESS_BYTES.get(address_type)
    _receive_exactly(sock, (length if length is not None else _receive_exactly(sock, 1)[0]) + 2)


def _receive_exactly(sock: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        data = sock.recv(count - len(received))
        if not data:
            raise ProxyError("the proxy closed the connection")
        received += data
    return received
