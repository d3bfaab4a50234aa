"""Opens the connection of one request to a checked address, and can abort it at any moment."""

import contextlib
import ipaddress
import socket
import ssl
import threading
from typing import Any

from dashboard.model.hosts import address_for, address_of, port_of
from dashboard.outbound.addresses import AddressGuard
from dashboard.outbound.proxies import ProxyError, open_tunnel, uses_proxy
from dashboard.outbound.route import Route


class Connector:
    """Connects to one host, directly or through its proxy."""

    def __init__(self, host: str, port: int, secure: bool, guard: AddressGuard, route: Route) -> None:
        self.host, self.port, self.tls, self.timeout_s = host, port, route.tls, route.timeout_s
        self.proxy = route.proxy if route.proxy and uses_proxy(host) else None
        # An HTTP proxy forwards plain requests; everything else goes through a tunnel
        self.is_forwarded = self.proxy is not None and not secure and self.proxy.scheme != "socks5"
        self.aborted = False
        self._hosts = dict(route.hosts)
        self._guard = guard
        self._sock: socket.socket | None = None

    def proxy_headers(self) -> dict[str, str]:
        """Return the headers for a proxy that forwards the request."""
        authorization = self.proxy.authorization if self.is_forwarded and self.proxy else None
        return {"Proxy-Authorization": authorization} if authorization else {}

    def connect(self) -> socket.socket:
        """Return a connection to the host. Raises AddressRefused, ProxyError, OSError."""
        if self.proxy is None:
            return self._connect(self.host, self.port)
        with contextlib.suppress(ValueError):  # a name cannot be checked here, because the proxy resolves it
            self._guard.check(self.host, ipaddress.ip_address(self.host), self.port)
        if self.proxy.scheme == "https" and not self.is_forwarded:
            raise ProxyError("TLS through an https proxy cannot be tested here; a run supports it")
        sock = self._connect(self.proxy.host, self.proxy.port)
        if self.proxy.scheme == "https":
            tls = self.tls or ssl.create_default_context()
            sock = self.track(tls.wrap_socket(sock, server_hostname=self.proxy.host))
        if not self.is_forwarded:
            open_tunnel(sock, self.proxy, self.host, self.port)
        return sock

    def _connect(self, host: str, port: int) -> socket.socket:
        """Resolve, check every address, connect to the first that accepts. One refused address refuses the host."""
        override = address_for(host, port, self._hosts)
        name, target_port = (
            (str(address_of(override)), port_of(override) or port) if override else (host, port)
        )
        candidates = resolve(name, target_port, self.timeout_s)
        for *_, address in candidates:
            ip_address = ipaddress.ip_address(str(address[0]).partition("%")[0])
            self._guard.check(host, ip_address, target_port)
        failure: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
        for family, kind, protocol, _, address in candidates:
            sock = self.track(socket.socket(family, kind, protocol))
            sock.settimeout(self.timeout_s)
            try:
                sock.connect(address)
            except OSError as error:
                sock.close()
                failure = error
            else:
                return sock
        raise failure

    def track(self, sock: socket.socket) -> socket.socket:
        """Remember the socket that `abort` has to shut down. Raises TimeoutError when already aborted."""
        self._sock = sock
        if self.aborted:
            raise TimeoutError
        return sock

    def abort(self) -> None:
        """Shut the connection down, so that a response that arrives byte by byte ends too."""
        self.aborted = True
        if self._sock is not None:
            with contextlib.suppress(OSError):
                # SSLSocket.shutdown() would drop its TLS state first, and the reader would see encrypted bytes
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def close(self) -> None:
        self.abort()
        if self._sock is not None:
            self._sock.close()


def resolve(host: str, port: int, timeout_s: float) -> list[Any]:
    """Return the results of getaddrinfo(). It has no timeout, so its thread is abandoned when it takes too long."""
    results: list[Any] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="resolve", daemon=True)
    thread.start()
    thread.join(timeout_s)
    if thread.is_alive():
        raise TimeoutError(f"the name server did not respond within {timeout_s:g} s")
    if errors:
        raise errors[0]
    return results
