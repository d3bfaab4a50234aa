"""A connection that goes through a proxy: who it is, and the few words that open a tunnel through it."""

import base64
import ipaddress
import socket
from dataclasses import dataclass

MOST_HEAD = 65_536
SOCKS_VERSION, SOCKS_OK, BY_PASSWORD, BY_NOTHING, BY_NAME = 5, 0, 2, 0, 3
SOCKS_REASONS = {2: "forbids it", 3: "finds no way to that network", 4: "does not reach it", 5: "was refused"}


class ProxyRefuses(OSError):
    """The proxy answers, and does not open a tunnel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """Where it is, and what it is told to let one through."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str = ""

    @property
    def authorization(self) -> str | None:
        """The value of Proxy-Authorization."""
        if self.user is None:
            return None
        return f"Basic {base64.b64encode(f'{self.user}:{self.password}'.encode()).decode()}"


def takes_proxy(host: str) -> bool:
    """What goes to this machine never takes a proxy: k6 sends it straight there too."""
    if host.lower() == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


def open_tunnel(sock: socket.socket, proxy: Proxy, host: str, port: int) -> None:
    """After it the socket speaks to `host`. Raises ProxyRefuses, OSError."""
    if proxy.scheme == "socks5":
        _greet(sock, proxy)
        _ask_socks(sock, host, port)
    else:
        _ask_http(sock, proxy, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")


def _ask_http(sock: socket.socket, proxy: Proxy, where: str) -> None:
    said = f"Proxy-Authorization: {proxy.authorization}\r\n" if proxy.authorization else ""
    sock.sendall(f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n{said}\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        piece = sock.recv(1)  # what follows the head belongs to the tunnel
        if not piece or len(head) > MOST_HEAD:
            raise ProxyRefuses("the proxy hung up")
        head += piece
    words = head.split(b"\r\n", 1)[0].decode("latin-1").split(None, 2)
    status = words[1] if len(words) > 1 and words[0].startswith("HTTP/") else "?"
    if not status.startswith("2"):
        wanted = ": it wants a user and a password of its own" if status == "407" else ""
        raise ProxyRefuses(f"the proxy answered {status[:3]}{wanted}")


def _greet(sock: socket.socket, proxy: Proxy) -> None:
    way = BY_NOTHING if proxy.user is None else BY_PASSWORD
    sock.sendall(bytes([SOCKS_VERSION, 1, way]))
    version, chosen = _exactly(sock, 2)
    if version != SOCKS_VERSION:
        raise ProxyRefuses("the proxy does not speak SOCKS 5")
    if chosen != way:
        raise ProxyRefuses("the proxy wants another way to sign in")
    if proxy.user is not None:
        pair = proxy.user.encode()[:255], proxy.password.encode()[:255]
        sock.sendall(b"\x01" + b"".join(bytes([len(part)]) + part for part in pair))
        if _exactly(sock, 2)[1] != SOCKS_OK:
            raise ProxyRefuses("the proxy refuses the user or the password")


def _ask_socks(sock: socket.socket, host: str, port: int) -> None:
    name = host.encode("idna") if not host.isascii() else host.encode()
    sock.sendall(bytes([SOCKS_VERSION, 1, 0, BY_NAME, len(name)]) + name + port.to_bytes(2, "big"))
    _, answer, _, kind = _exactly(sock, 4)
    if answer != SOCKS_OK:
        raise ProxyRefuses(f"the proxy {SOCKS_REASONS.get(answer, 'does not open a connection')}")
    rest = {1: 4, 4: 16}.get(kind)
    _exactly(sock, (rest if rest is not None else _exactly(sock, 1)[0]) + 2)


def _exactly(sock: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        piece = sock.recv(count - len(found))
        if not piece:
            raise ProxyRefuses("the proxy hung up")
        found += piece
    return found
