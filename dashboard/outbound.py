"""The one client for requests that the dashboard sends on somebody's behalf.

Addresses are checked when the connection is made: the name is resolved once, every address is judged, and
the judged address itself is connected to, so that a name cannot change its mind in between.
"""

import contextlib
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from dashboard.addresses import Guard
from dashboard.model.hosts import address_for, address_of, port_of
from dashboard.proxies import Proxy, ProxyRefuses, open_tunnel, takes_proxy

TIMEOUT_S = 5.0
MOST_BYTES = 1024 * 1024
_MOST_QUOTED = 100
_MOST_NAME = 253


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a request travels: names that lead elsewhere, what TLS believes and shows, a proxy."""

    hosts: Mapping[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    proxy: Proxy | None = None
    timeout_s: float = TIMEOUT_S


STRAIGHT = Way()


class NoAnswer(Exception):
    """Nothing came back; the message says why in plain words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, its body up to the limit."""

    status: int
    location: str | None
    duration_ms: float
    body: bytes
    complete: bool


def fetch(
    url: SplitResult,
    guard: Guard,
    *,
    headers: Mapping[str, str],
    method: str = "GET",
    body: bytes | None = None,
    way: Way = STRAIGHT,
) -> Answer:
    """One request; redirects are not followed. Raises Refused, NoAnswer."""
    host, port = _ascii(url.hostname or ""), url.port or (443 if url.scheme == "https" else 80)
    guard.check_name(host)
    timeout_s = way.timeout_s
    dial = _Dial(host, port, url.scheme == "https", guard, way)
    end = threading.Timer(timeout_s, dial.abort)
    end.daemon = True
    end.start()
    started = time.perf_counter()
    try:
        response = _ask(dial, url, headers, method, body)
        duration_ms = (time.perf_counter() - started) * 1000
        if dial.aborted:
            raise TimeoutError
        received, complete = _body(response, dial)
    except (urllib3.exceptions.HTTPError, OSError, UnicodeError) as error:
        raise NoAnswer(_words(TimeoutError() if dial.aborted else error, timeout_s)) from error
    finally:
        end.cancel()
        dial.close()
    location = response.headers.get("Location")
    return Answer(
        status=response.status, location=location, duration_ms=duration_ms, body=received, complete=complete
    )


def _ascii(host: str) -> str:
    """A name as the name servers know it; a proxy is told none that they cannot know. Raises NoAnswer."""
    try:
        known = host.encode("idna").decode("ascii")
        if len(known) > _MOST_NAME:
            raise UnicodeError("name too long")
    except UnicodeError as error:
        raise NoAnswer(_words(error, TIMEOUT_S)) from error
    return known


def _ask(
    dial: "_Dial", url: SplitResult, headers: Mapping[str, str], method: str, body: bytes | None
) -> urllib3.BaseHTTPResponse:
    asked = (url.path or "/") + (f"?{url.query}" if url.query else "")
    return _pool(url.scheme, dial).request(
        method,
        f"http://{url.netloc}{asked}" if dial.relayed else asked,
        headers={
            name: value.encode().decode("latin-1") for name, value in (*headers.items(), *dial.for_proxy())
        },
        body=body,
        timeout=urllib3.Timeout(total=dial.timeout_s),
        retries=False,
        redirect=False,
        preload_content=False,
        decode_content=False,
    )


def _body(response: urllib3.BaseHTTPResponse, dial: "_Dial") -> tuple[bytes, bool]:
    """The body and whether it is whole: it is cut at the size and at the time limit."""
    body = bytearray()
    try:
        while len(body) <= MOST_BYTES and (piece := response.read1(16_384)):
            body += piece
    except (urllib3.exceptions.HTTPError, OSError):
        if not dial.aborted:
            raise
    return bytes(body[:MOST_BYTES]), len(body) <= MOST_BYTES and not dial.aborted


class _Dial:
    """Connects to a judged address of one host or its proxy, and can hang up whatever the other side does."""

    def __init__(self, host: str, port: int, secure: bool, guard: Guard, way: Way) -> None:
        self.host, self.port, self.tls, self.timeout_s = host, port, way.tls, way.timeout_s
        self.proxy = way.proxy if way.proxy and takes_proxy(host) else None
        self.relayed = self.proxy is not None and not secure and self.proxy.scheme != "socks5"
        self.aborted = False
        self._hosts = dict(way.hosts)
        self._guard = guard
        self._sock: socket.socket | None = None

    def for_proxy(self) -> list[tuple[str, str]]:
        """The headers that a relaying proxy reads."""
        told = self.proxy.authorization if self.relayed and self.proxy else None
        return [("Proxy-Authorization", told)] if told else []

    def connect(self) -> socket.socket:
        """A connection to the host, as straight as it goes."""
        if self.proxy is None:
            return self._connect(self.host, self.port)
        with contextlib.suppress(ValueError):  # a name is the proxy's to resolve
            self._guard.check(self.host, ipaddress.ip_address(self.host), self.port)
        if self.proxy.scheme == "https" and not self.relayed:
            raise ProxyRefuses("TLS through a proxy of TLS cannot be tried here; a run can take it")
        sock = self._connect(self.proxy.host, self.proxy.port)
        if self.proxy.scheme == "https":
            tls = self.tls or ssl.create_default_context()
            sock = self.hold(tls.wrap_socket(sock, server_hostname=self.proxy.host))
        if not self.relayed:
            open_tunnel(sock, self.proxy, self.host, self.port)
        return sock

    def _connect(self, host: str, port: int) -> socket.socket:
        """Resolve, judge every address, connect to the first that answers. One bad address refuses them all."""
        led = address_for(host, port, self._hosts)
        name, number = (str(address_of(led)), port_of(led) or port) if led else (host, port)
        found = _resolve(name, number, self.timeout_s)
        for *_, where in found:
            address = ipaddress.ip_address(str(where[0]).partition("%")[0])
            self._guard.check(host, address, number)
        failure: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
        for family, kind, protocol, _, where in found:
            sock = self.hold(socket.socket(family, kind, protocol))
            sock.settimeout(self.timeout_s)
            try:
                sock.connect(where)
            except OSError as error:
                sock.close()
                failure = error
            else:
                return sock
        raise failure

    def hold(self, sock: socket.socket) -> socket.socket:
        """What is hung up at the end of the time. Raises TimeoutError when that has come."""
        self._sock = sock
        if self.aborted:
            raise TimeoutError
        return sock

    def abort(self) -> None:
        """Hang up: an answer that drips without end ends here too."""
        self.aborted = True
        if self._sock is not None:
            with contextlib.suppress(OSError):
                # that of TLS would take itself off first, and what comes would be read as it is
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up for good."""
        self.abort()
        if self._sock is not None:
            self._sock.close()


def _pool(scheme: str, dial: _Dial) -> HTTPConnectionPool:
    """A pool of one connection that is made by `dial`; name, SNI and certificate check stay the host's."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return dial.connect()

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return dial.connect()

        def connect(self) -> None:
            super().connect()
            dial.hold(self.sock)
            self.is_verified = True  # as far as it was asked for: no warning of an unverified one

    if scheme == "https":
        secure = HTTPSConnectionPool(dial.host, dial.port, ssl_context=dial.tls)
        secure.ConnectionCls = Secure
        return secure
    plain = HTTPConnectionPool(dial.host, dial.port)
    plain.ConnectionCls = Plain
    return plain


def _resolve(host: str, port: int, timeout_s: float) -> list[Any]:
    """Addresses of `host`. The system's resolver knows no time-out, so it is left behind when it takes longer."""
    found: list[Any] = []
    errors: list[Exception] = []

    def ask() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            errors.append(error)

    thread = threading.Thread(target=ask, name="resolve", daemon=True)
    thread.start()
    thread.join(timeout_s)
    if thread.is_alive():
        raise TimeoutError(f"the name server did not answer within {timeout_s:g} s")
    if errors:
        raise errors[0]
    return found


def _words(error: BaseException, timeout_s: float) -> str:
    """Why nothing came back, for people."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        reason = getattr(cause, "reason", None)
        cause = (
            cause.__cause__ or (reason if isinstance(reason, BaseException) else None) or cause.__context__
        )
    for kind, words in _REASONS:
        for link in chain:
            if isinstance(link, kind):
                return words.format(seconds=f"{timeout_s:g}", error=_plain(link))
    return f"The connection failed: {_plain(chain[-1])}."


def _plain(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    # ("Connection broken", the real cause), which may quote whatever bytes came
    cause = error.args[-1] if isinstance(error, urllib3.exceptions.ProtocolError) and error.args else error
    text = "".join(letter if letter.isprintable() else "·" for letter in str(cause)[:_MOST_QUOTED])
    return text or type(cause).__name__


_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (ProxyRefuses, "The connection failed: {error}."),
    (socket.gaierror, "The host name cannot be resolved: {error}."),
    (UnicodeError, "The host name cannot be resolved: it is not a host name."),
    (ConnectionRefusedError, "The connection was refused: nothing listens on that port."),
    (ssl.SSLCertVerificationError, "TLS failed: the certificate is not trusted ({error})."),
    (ssl.SSLError, "TLS failed: {error}."),
    (TimeoutError, "There was no answer within {seconds} s."),
    (urllib3.exceptions.TimeoutError, "There was no answer within {seconds} s."),
    (ConnectionResetError, "The connection was closed before an answer came."),
    (urllib3.exceptions.ProtocolError, "What answered does not speak HTTP, or broke off: {error}."),
)
