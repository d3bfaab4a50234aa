"""Limits of connections and bodies."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

MAX_CONNECTIONS = 512
# Must exceed the number of streams that one client may open. Several people share an address behind a NAT or on one
# machine.
MAX_CONNECTIONS_PER_CLIENT = 256
# waitress stores a body until it is complete. A body above INPUT_MEMORY_BYTES goes to a temporary file.
INPUT_MEMORY_BYTES = 64 * 1024
MAX_BODY_BYTES = 32 * 1024 * 1024
_MIB = 1024 * 1024
# The bodies of these paths may be larger. A form is a little larger than its file.
UPLOAD_LIMITS = {"/data/upload": 257 * _MIB, "/runs/import": 257 * _MIB, "/discover/document": 1025 * _MIB}
MAX_UPLOAD_BYTES = max(UPLOAD_LIMITS.values())
# From the first byte of a request, or from the start of the connection, until its headers are complete.
HEADERS_TIMEOUT_S = 15.0
# A body may take BODY_TIMEOUT_S, plus one second for each MIN_BODY_BYTES_PER_S bytes that have arrived.
BODY_TIMEOUT_S = 30.0
MIN_BODY_BYTES_PER_S = 64 * 1024
# Between two requests of a connection.
IDLE_TIMEOUT_S = 120
# How long a client may go without reading any of its response.
UNREAD_TIMEOUT_S = 60.0
# How long the server reads and discards the rest of a refused request. Otherwise, a client that is still sending sees
# a reset instead of the response.
LINGER_TIMEOUT_S = 2.0
CHECK_INTERVAL_S = 1.0
# The pause after the system could not open another connection.
ACCEPT_PAUSE_S = 0.5

# Checks the headers of a request with a body. It is called like a WSGI application, and returns None to accept.
HeaderCheck = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionOptions:
    """What the server needs besides the application. Uploads leave `min_free_bytes` free in `data_dir`."""

    trusted_proxy: str = ""
    header_check: HeaderCheck | None = None
    data_dir: Path | None = None
    min_free_bytes: int = 0
