"""One request to a token server: bounded in time and size, no redirect followed, every failure in words."""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from typing import Final
from urllib.parse import SplitResult, urlsplit

from dashboard.run_folder.files import AuthFile
from dashboard.runner.tokens.answer import Token, TokenError, read_answer

TIMEOUT_S: Final = 5.0
MOST_BYTES: Final = 64 * 1024
TOKEN: Final = "@TOKEN@"
# Cloud metadata outside the link-local ranges: AWS over IPv6, Alibaba, Oracle, Azure's wire server.
_METADATA: Final = frozenset({"fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"})


def ask_for_token(order: AuthFile, *, timeout_s: float = TIMEOUT_S) -> Token:
    """Ask once. Raises TokenError, also when the time is up, whatever the other side does."""
    url = urlsplit(order.url)
    request = _Request(order, url, timeout_s)
    thread = threading.Thread(target=request.carry_out, name="token-request", daemon=True)
    thread.start()
    thread.join(timeout_s)
    where = f"the token server {url.netloc.rpartition('@')[2]}"
    try:
        if thread.is_alive():
            request.hang_up()
            raise TokenError(f"it did not answer within {timeout_s:g} s")
        return request.token()
    except TokenError as error:
        raise TokenError(f"No token could be had from {where}: {error}.") from None


class _Request:
    """Runs in a thread of its own, for the system's resolver knows no time-out."""

    def __init__(self, order: AuthFile, url: SplitResult, timeout_s: float) -> None:
        self._order = order
        self._url = url
        # the whole request has a limit of its own, which is to be the one that is told
        self._connection = _connection(url, timeout_s + 1, verify=order.verify_tls)
        self._answer: tuple[int, str | None, bytes] | None = None
        self._failure: BaseException | None = None

    def carry_out(self) -> None:
        try:
            self._answer = self._ask()
        except (OSError, http.client.HTTPException, UnicodeError, ValueError, TokenError) as error:
            self._failure = error
        finally:
            self._connection.close()

    def token(self) -> Token:
        if self._failure is not None:
            raise TokenError(_words(self._failure, self._url)) from None
        if self._answer is None:
            raise TokenError("the request broke off")
        order = self._order
        return read_answer(*self._answer, order.token_path, order.expires_path, (*order.hidden, order.token))

    def hang_up(self) -> None:
        sock = self._connection.sock
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _ask(self) -> tuple[int, str | None, bytes]:
        order, url = self._order, self._url
        self._connection.connect()
        _refuse_metadata(str(self._connection.sock.getpeername()[0]))
        headers = {name: value.replace(TOKEN, order.token) for name, value in order.headers.items()}
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        body = order.body.replace(TOKEN, order.token).encode() if order.body else None
        self._connection.request(order.method, target, body, {"Accept": "application/json", **headers})
        response = self._connection.getresponse()
        body_read = response.read(MOST_BYTES + 1)
        if len(body_read) > MOST_BYTES:
            raise TokenError(f"its answer has more than {MOST_BYTES // 1024} KiB")
        return response.status, response.headers.get("Location"), body_read


def _connection(url: SplitResult, timeout_s: float, *, verify: bool) -> http.client.HTTPConnection:
    host = url.hostname or ""
    if url.scheme != "https":
        return http.client.HTTPConnection(host, url.port, timeout=timeout_s)
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, url.port, timeout=timeout_s, context=context)


def _refuse_metadata(peer: str) -> None:
    """Credentials never go where clouds keep those of the machine; nothing was sent yet."""
    address = ipaddress.ip_address(peer.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None) or address
    if mapped.is_link_local or str(mapped) in _METADATA:
        raise TokenError(f"{peer} is a link-local or cloud metadata address, which is never asked")


def _words(error: BaseException, url: SplitResult) -> str:
    if isinstance(error, TokenError):
        return str(error)
    for kind, words in _REASONS:
        if isinstance(error, kind):
            return words.format(error=_plain(error), host=url.hostname)
    return f"the connection failed ({_plain(error)})"


def _plain(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__


_REASONS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (socket.gaierror, "the name {host} cannot be resolved ({error})"),
    (UnicodeError, "{host} is not the name of a host"),
    (ConnectionRefusedError, "nothing listens there"),
    (ssl.SSLCertVerificationError, "TLS: its certificate is not trusted ({error})"),
    (ssl.SSLError, "TLS failed ({error})"),
    (TimeoutError, "it did not answer in time"),
    (ConnectionResetError, "it closed the connection before it answered"),
    (http.client.HTTPException, "what answers does not speak HTTP, or broke off ({error})"),
)
