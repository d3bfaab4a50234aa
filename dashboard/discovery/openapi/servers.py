"""The addresses that a document names: base URLs with their variables filled in, and paths on the same host."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from dashboard.discovery.discovered import Json, RequestedValue
from dashboard.discovery.openapi.versions import members

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SCHEMES = ("https", "http")
_MAX_SERVERS = 100


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """An address: `origin` is empty if the document names only a path. `path` has no slash at its end."""

    origin: str
    path: str
    is_scheme_guessed: bool = False

    @property
    def url(self) -> str:
        return self.origin + self.path


def read_servers(
    given: Any, values: Mapping[str, str], requested: dict[str, RequestedValue]
) -> tuple[ServerAddress, ...]:
    """Return the servers of OpenAPI 3. Variables without a default are added to `requested`."""
    servers = []
    for one in given[:_MAX_SERVERS] if isinstance(given, list) else []:
        url = one.get("url") if isinstance(one, dict) else None
        if isinstance(url, str) and (server := _server(_filled(url, one, values, requested))):
            servers.append(server)
    return tuple(dict.fromkeys(servers))


def servers_of_version_2(root: Json) -> tuple[ServerAddress, ...]:
    """Return the servers of an OpenAPI 2.0 document: `schemes`, `host` and `basePath`."""
    host, path = root.get("host"), root.get("basePath")
    path = "/" + path.strip("/") if isinstance(path, str) and path.strip("/") else ""
    if not isinstance(host, str) or not host.strip():
        return (ServerAddress("", path),) if path else ()
    given = root.get("schemes")
    schemes = [one for one in _SCHEMES if isinstance(given, list) and one in given]
    host = host.strip().split("://")[-1].strip("/")
    return tuple(ServerAddress(f"{one}://{host}", path, not schemes) for one in schemes or ["https"])


def _filled(url: str, server: Json, values: Mapping[str, str], requested: dict[str, RequestedValue]) -> str:
    """Return the URL with values in place of its variables."""
    variables = dict(members(server.get("variables")))

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        variable = variables.get(name)
        variable = variable if isinstance(variable, dict) else {}
        if name in values:
            return values[name]
        enum = variable.get("enum")
        default = variable.get("default", enum[0] if isinstance(enum, list) and enum else None)
        if default is None:
            requested.setdefault(
                name, RequestedValue(name=name, reason=f"The server address {url} contains it.")
            )
            return name
        return str(default)

    return _PLACEHOLDER.sub(value_of, url.strip())


def _server(url: str) -> ServerAddress | None:
    if url.startswith("//"):
        server = _server(f"https:{url}")
        return server and ServerAddress(server.origin, server.path, True)
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    path = "/" + parts.path.strip("/") if parts.path.strip("/") else ""
    if parts.scheme in _SCHEMES and parts.netloc:
        return ServerAddress(f"{parts.scheme}://{parts.netloc}", path)
    return None if parts.scheme and parts.netloc else ServerAddress("", path) if not parts.scheme else None
