"""The route of a request: host overrides, TLS settings, a proxy and a timeout."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from dashboard.outbound.proxies import Proxy

DEFAULT_TIMEOUT_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`hosts` maps host names to addresses, as k6's `hosts` option does. Without `tls` the system's defaults apply."""

    hosts: Mapping[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    proxy: Proxy | None = None
    timeout_s: float = DEFAULT_TIMEOUT_S


DIRECT: Final = Route()
