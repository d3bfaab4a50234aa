"""Decides from the headers whether a request may send its body: host, site, token and the disk space for the body."""

import io
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from waitress.proxy_headers import proxy_headers_middleware
from waitress.task import WSGITask

from dashboard.connections.limits import INPUT_MEMORY_BYTES, ConnectionOptions, HeaderCheck
from dashboard.connections.request import GuardedRequest, Refusal, problem
from dashboard.model.client_address import PEER_KEY

FORWARDED = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"}


def proxy_settings(trusted_proxy: str) -> dict[str, Any]:
    """Return the settings of waitress for forwarded headers."""
    if not trusted_proxy:
        return {}
    return {
        "trusted_proxy": trusted_proxy,
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": FORWARDED,
    }


def with_peer(app: Any) -> Any:
    """Return `app` with the address of the connection in PEER_KEY, before forwarded headers replace REMOTE_ADDR."""

    def remember_peer(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        environ[PEER_KEY] = environ["REMOTE_ADDR"]
        return app(environ, start_response)

    return remember_peer


class BodyAdmission:
    """Applies the header check of `options` and checks the free disk space."""

    def __init__(self, options: ConnectionOptions) -> None:
        self._header_check: HeaderCheck | None = options.header_check
        if options.header_check is not None:
            # The header check must see the client and the host that the application will see.
            header_check: Any = options.header_check
            self._header_check = with_peer(
                proxy_headers_middleware(header_check, **proxy_settings(options.trusted_proxy))
            )
        self._data_dir, self._min_free_bytes = options.data_dir, options.min_free_bytes

    def find_refusal(
        self, channel: Any, request: GuardedRequest, others: Iterable[GuardedRequest]
    ) -> Refusal | None:
        """Return a refusal if `request` may not send its body, else None. `others` are the requests being received."""
        parsed: Any = request
        environ: WSGIEnvironment = WSGITask(channel, parsed).get_environment()
        environ["wsgi.input"] = io.BytesIO()
        return self._check_headers(environ) or self._check_space(request, others)

    def _check_headers(self, environ: WSGIEnvironment) -> Refusal | None:
        if self._header_check is None:
            return None
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None, /) -> Any:
            started.append((status, headers))

        response = self._header_check(environ, start_response)
        if response is None:
            return None
        body = b"".join(response)
        return Refusal(*started[-1], body)

    def _check_space(self, request: GuardedRequest, others: Iterable[GuardedRequest]) -> Refusal | None:
        """Return a refusal if this body and those that are being received could fill the disk."""
        if request.expected_bytes <= INPUT_MEMORY_BYTES:
            return None
        missing = sum(max(0, other.expected_bytes - other.body_bytes_received) for other in others)
        needed = missing + request.expected_bytes + self._reserved_bytes()
        free = shutil.disk_usage(tempfile.gettempdir()).free
        if free >= needed:
            return None
        detail = f"The body needs {needed >> 20} MiB of free disk space including MIN_FREE_DISK"
        return problem(503, "Unavailable", f"{detail}, but only {free >> 20} MiB is free. Free some space.")

    def _reserved_bytes(self) -> int:
        """Return the bytes that must stay free, which are 0 if temporary files are on another disk."""
        if self._data_dir is None:
            return 0
        temporary = Path(tempfile.gettempdir())
        return self._min_free_bytes if temporary.stat().st_dev == self._data_dir.stat().st_dev else 0
