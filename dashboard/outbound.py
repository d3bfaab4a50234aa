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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from dashboard.model.errors import DashboardError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
TIMEOUT_S = 5.0
MOST_BYTES = 1024 * 1024
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_METADATA_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"}
)
# Cloud metadata outside the link-local ranges: AWS over IPv6, Alibaba, Oracle, Azure's wire server.
_METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in ("fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16")
)


class Refused(DashboardError):
    """The address is one that the dashboard does not talk to."""

    status = 422
    title = "Address refused"


class NoAnswer(Exception):
    """Nothing came back; the message says why in plain words."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be talked to. `own_ports` are the dashboard's and its runs', on any address of this machine."""

    allow_loopback: bool
    own_ports: frozenset[int] = frozenset()

    def check(self, name: str, address: IPAddress, port: int) -> None:
        """Raises Refused."""
        reason = self._reason(address, port)
        if reason:
            shown = str(address) if name == str(address) else f"{name} ({address})"
            raise Refused(f"{shown} is {reason}: the dashboard sends nothing there.")

    def check_name(self, name: str) -> None:
        """Raises Refused for names of cloud metadata services."""
        if name.rstrip(".").lower() in _METADATA_NAMES:
            raise Refused(f"{name} is a cloud metadata service: the dashboard sends nothing there.")

    def _reason(self, address: IPAddress, port: int) -> str | None:
        for form in embedded(address):
            if form in _METADATA:
                return "a cloud metadata service"
            if form.is_link_local:
                return "a link-local address, where cloud metadata lives"
            if form.is_multicast:
                return "a multicast address"
            if form.is_unspecified or form == ipaddress.IPv4Address("255.255.255.255"):
                return "no address of one machine"
            if form.is_loopback and not self.allow_loopback:
                return "this machine itself"
        if port in self.own_ports and _is_ours(address):
            return "the dashboard itself"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, its body up to the limit."""

    status: int
    location: str | None
    duration_ms: float
    body: bytes
    complete: bool


def embedded(address: IPAddress) -> Iterable[IPAddress]:
    """`address` and every IPv4 address that it stands for: mapped, NAT64, 6to4, Teredo."""
    yield address
    if isinstance(address, ipaddress.IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    low = int(address) & 0xFFFFFFFF
    if any(address in network for network in _NAT64) or int(address) >> 32 == 0:
        yield ipaddress.IPv4Address(low)


def fetch(
    url: SplitResult, guard: Guard, *, headers: Mapping[str, str], timeout_s: float = TIMEOUT_S
) -> Answer:
    """One GET; redirects are not followed. Raises Refused, NoAnswer."""
    host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
    guard.check_name(host)
    dial = _Dial(host, port, guard, timeout_s)
    end = threading.Timer(timeout_s, dial.abort)
    end.daemon = True
    end.start()
    started = time.perf_counter()
    try:
        response = _ask(dial, url, headers)
        duration_ms = (time.perf_counter() - started) * 1000
        if dial.aborted:
            raise TimeoutError
        body, complete = _body(response, dial)
    except (urllib3.exceptions.HTTPError, OSError, UnicodeError) as error:
        raise NoAnswer(_words(TimeoutError() if dial.aborted else error, timeout_s)) from error
    finally:
        end.cancel()
        dial.abort()
    location = response.headers.get("Location")
    return Answer(
        status=response.status, location=location, duration_ms=duration_ms, body=body, complete=complete
    )


def _ask(dial: "_Dial", url: SplitResult, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
    return _pool(url.scheme, dial).request(
        "GET",
        (url.path or "/") + (f"?{url.query}" if url.query else ""),
        headers={name: value.encode().decode("latin-1") for name, value in headers.items()},
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
    """Connects to a judged address of one host, and can hang up whatever the other side does."""

    def __init__(self, host: str, port: int, guard: Guard, timeout_s: float) -> None:
        self.host, self.port, self.timeout_s = host, port, timeout_s
        self.aborted = False
        self._guard = guard
        self._sock: socket.socket | None = None

    def connect(self) -> socket.socket:
        """Resolve, judge every address, connect to the first that answers. One bad address refuses them all."""
        found = _resolve(self.host, self.port, self.timeout_s)
        for *_, where in found:
            address = ipaddress.ip_address(str(where[0]).partition("%")[0])
            self._guard.check(self.host, address, self.port)
        failure: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
        for family, kind, protocol, _, where in found:
            self._sock = socket.socket(family, kind, protocol)
            self._sock.settimeout(self.timeout_s)
            try:
                self._sock.connect(where)
            except OSError as error:
                self._sock.close()
                failure = error
            else:
                return self._sock
        raise failure

    def abort(self) -> None:
        """Hang up: an answer that drips without end ends here too."""
        self.aborted = True
        if self._sock is not None:
            with contextlib.suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)
            self._sock.close()


def _pool(scheme: str, dial: _Dial) -> HTTPConnectionPool:
    """A pool of one connection that is made by `dial`; name, SNI and certificate check stay the host's."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return dial.connect()

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return dial.connect()

    if scheme == "https":
        secure = HTTPSConnectionPool(dial.host, dial.port)
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


def _is_ours(address: IPAddress) -> bool:
    """Whether `address` belongs to this machine: one can only listen on an address of one's own."""
    if any(form.is_loopback for form in embedded(address)):
        return True
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


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
    return str(error) or type(error).__name__


_REASONS: tuple[tuple[type[BaseException], str], ...] = (
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
