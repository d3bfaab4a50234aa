"""A `requests` session whose connections are opened by a Connector and that follows no redirect."""

import socket
from collections.abc import Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from dashboard.outbound.connector import Connector


class GuardedSession(requests.Session):
    """A session for the host of one Connector."""

    def __init__(self, connector: Connector) -> None:
        super().__init__()
        self.trust_env = False  # no proxy, .netrc or certificate bundle from the environment
        self.headers.clear()
        adapter = GuardedAdapter(connector)
        for prefix in ("http://", "https://"):
            self.mount(prefix, adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002
        """Return no target. Otherwise the session would read a redirect's whole body to prepare the next request."""
        return


class GuardedAdapter(HTTPAdapter):
    """Sends requests over the Connector's connection. The route decides about TLS and proxies, not the session."""

    def __init__(self, connector: Connector) -> None:
        super().__init__()
        self._connector = connector
        self._pool: HTTPConnectionPool | None = None

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *_: Any, **__: Any
    ) -> HTTPConnectionPool:
        is_secure = str(request.url).startswith("https:")
        self._pool = make_pool(self._connector, secure=is_secure)
        return self._pool

    def cert_verify(self, *_: Any, **__: Any) -> None:
        """Do nothing: the pool's TLS context decides. certifi's bundle must not replace the system's certificates."""

    def request_url(self, request: requests.PreparedRequest, proxies: Mapping[str, str] | None) -> str:  # noqa: ARG002
        return str(request.url) if self._connector.is_forwarded else request.path_url

    def close(self) -> None:
        super().close()
        if self._pool is not None:
            self._pool.close()


def make_pool(connector: Connector, *, secure: bool) -> HTTPConnectionPool:
    """Return a pool with one guarded connection. Host name, SNI and certificate check use the requested host."""

    class GuardedHTTPConnection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connector.connect()

    class GuardedHTTPSConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connector.connect()

        def connect(self) -> None:
            super().connect()
            connector.track(self.sock)
            self.is_verified = True  # no warning when the route turns verification off

    if secure:
        secure_pool = HTTPSConnectionPool(connector.host, connector.port, ssl_context=connector.tls)
        secure_pool.ConnectionCls = GuardedHTTPSConnection
        return secure_pool
    pool = HTTPConnectionPool(connector.host, connector.port)
    pool.ConnectionCls = GuardedHTTPConnection
    return pool
