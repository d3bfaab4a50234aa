"""Origins: scheme, host and port of a URL."""

from typing import NamedTuple
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443, "socks5": 1080}


class Origin(NamedTuple):
    """Secrets of a user are sent to a single origin."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_default = self.port == DEFAULT_PORTS.get(self.scheme)
        return f"{self.scheme}://{host}{'' if is_default else f':{self.port}'}"


def origin_of(url: str) -> Origin | None:
    """Return the origin of `url`; None if it has no scheme, host or valid port."""
    try:
        parts = urlsplit(url)
        port = parts.port if parts.port is not None else DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    host = (parts.hostname or "").lower()
    return Origin(parts.scheme, host, port) if host and port is not None else None
