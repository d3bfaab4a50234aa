"""One request to a token server: limited in time and size, without redirects, every failure with a reason."""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from typing import Final
from urllib.parse import SplitResult, urlsplit

from dashboard.addresses import refused_address, refused_name, refused_port
from dashboard.run_folder.files import AuthFile
from dashboard.runner.tokens.response import Token, TokenError, read_token_response

REQUEST_TIMEOUT_S: Final = 5.0
MAX_RESPONSE_BYTES: Final = 64 * 1024
TOKEN_PLACEHOLDER: Final = "@TOKEN@"


def request_token(auth: AuthFile, *, timeout_s: float = REQUEST_TIMEOUT_S) -> Token:
    """Make one request. Raises TokenError, including when the server does not finish within the timeout."""
    url = urlsplit(auth.url)
    request = _TokenRequest(auth, url, timeout_s)
    thread = threading.Thread(target=request.run, name="token-request", daemon=True)
    thread.start()
    thread.join(timeout_s)
    server = f"the token server {url.netloc.rpartition('@')[2]}"
    try:
        if thread.is_alive():
            request.abort()
            raise TokenError(f"it did not respond within {timeout_s:g} s")
        return request.token()
    except TokenError as error:
        raise TokenError(f"No token could be obtained from {server}: {error}.") from None


class _TokenRequest:
    """Runs in its own thread, because the system's resolver has no timeout."""

    def __init__(self, auth: AuthFile, url: SplitResult, timeout_s: float) -> None:
        self._auth = auth
        self._url = url
        # longer than the limit of the whole request, so that the error names that limit
        self._connection = _connection(url, timeout_s + 1, verify=auth.verify_tls)
        self._response: tuple[int, str | None, bytes] | None = None
        self._failure: BaseException | None = None

    def run(self) -> None:
        try:
            self._response = self._send()
        except (OSError, http.client.HTTPException, UnicodeError, ValueError, TokenError) as error:
            self._failure = error
        finally:
            self._connection.close()

    def token(self) -> Token:
        if self._failure is not None:
            raise TokenError(_reason(self._failure, self._url)) from None
        if self._response is None:
            raise TokenError("the request was interrupted")
        auth = self._auth
        hidden = (*auth.hidden, auth.token)
        return read_token_response(*self._response, auth.token_path, auth.expires_path, hidden)

    def abort(self) -> None:
        sock = self._connection.sock
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _send(self) -> tuple[int, str | None, bytes]:
        auth, url = self._auth, self._url
        self._connection.sock = self._connect(url.hostname or "")
        headers = {name: value.replace(TOKEN_PLACEHOLDER, auth.token) for name, value in auth.headers.items()}
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        body = auth.body.replace(TOKEN_PLACEHOLDER, auth.token).encode() if auth.body else None
        self._connection.request(auth.method, target, body, {"Accept": "application/json", **headers})
        response = self._connection.getresponse()
        data = response.read(MAX_RESPONSE_BYTES + 1)
        if len(data) > MAX_RESPONSE_BYTES:
            raise TokenError(f"its response is larger than {MAX_RESPONSE_BYTES // 1024} KiB")
        return response.status, response.headers.get("Location"), data

    def _connect(self, host: str) -> socket.socket:
        """Return a connection to an address that was checked. If one address is refused, the host is refused."""
        _check(host, refused_name(host))
        connection, own_port = self._connection, self._auth.own_port
        found = socket.getaddrinfo(host, connection.port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        for address in addresses:
            _check_address(address, connection.port, own_port)
        sock = _first_connection(addresses, connection.port, connection.timeout)
        connection.sock = sock  # so that abort() ends the handshake
        context: ssl.SSLContext | None = getattr(connection, "_context", None)
        return context.wrap_socket(sock, server_hostname=host) if context else sock


def _first_connection(addresses: list[str], port: int, timeout_s: float | None) -> socket.socket:
    """Connect to the first address that accepts. Raises OSError."""
    failure: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout_s)
        except OSError as error:
            failure = error
    raise failure


def _connection(url: SplitResult, timeout_s: float, *, verify: bool) -> http.client.HTTPConnection:
    host = url.hostname or ""
    if url.scheme != "https":
        return http.client.HTTPConnection(host, url.port, timeout=timeout_s)
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, url.port, timeout=timeout_s, context=context)


def _check_address(text: str, port: int, own_port: int | None) -> None:
    """Check an address before it is connected to. Raises TokenError."""
    address = ipaddress.ip_address(text.partition("%")[0])
    own_ports = () if own_port is None else (own_port,)
    _check(text, refused_address(address) or refused_port(address, port, own_ports))


def _check(host: str, reason: str | None) -> None:
    if reason is not None:
        raise TokenError(f"{host} is {reason}, to which no request is sent")


def _reason(error: BaseException, url: SplitResult) -> str:
    if isinstance(error, TokenError):
        return str(error)
    for error_type, reason in _REASONS:
        if isinstance(error, error_type):
            return reason.format(error=_short_text(error), host=url.hostname)
    return f"the connection failed ({_short_text(error)})"


def _short_text(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__


_REASONS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (socket.gaierror, "the name {host} cannot be resolved ({error})"),
    (UnicodeError, "{host} is not a valid host name"),
    (ConnectionRefusedError, "the connection was refused: no server listens on that port"),
    (ssl.SSLCertVerificationError, "TLS: its certificate is not trusted ({error})"),
    (ssl.SSLError, "TLS failed ({error})"),
    (TimeoutError, "it did not respond in time"),
    (ConnectionResetError, "it closed the connection before it responded"),
    (http.client.HTTPException, "its response is not valid HTTP or was cut off ({error})"),
)
