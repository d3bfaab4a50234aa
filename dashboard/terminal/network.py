"""Command-line options for the network fields of a run. Each option has the name of its field."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dashboard.terminal.common_options import FilePath

if TYPE_CHECKING:
    from dashboard.runs.start.request import NetworkRequest
    from dashboard.settings import Settings

MAX_PEM_BYTES = 32_768


def _read_pem(_context: object, _option: object, path: Path | None) -> str | None:
    """Return the text of a file. The start request checks whether it is a certificate."""
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_PEM_BYTES + 1)
        if len(raw) > MAX_PEM_BYTES:
            raise click.BadParameter(f"{path} is larger than {MAX_PEM_BYTES} bytes")
        return raw.decode("utf-8")
    except OSError as error:
        raise click.BadParameter(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise click.BadParameter(f"{path} is not a PEM file") from None


def _parse_hosts(_context: object, _option: object, pairs: tuple[str, ...]) -> dict[str, str] | None:
    """Return addresses by host name, from pairs such as `shop.test=10.0.0.7:8443`."""
    addresses = {}
    for pair in pairs:
        name, equals, address = pair.partition("=")
        if not equals:
            raise click.BadParameter(f'"{pair}" must have the form shop.test=10.0.0.7:8443')
        addresses[name.strip()] = address.strip()
    return addresses or None


_FILE = FilePath()
_OPTIONS = (
    click.option("--timeout", help='Time limit of a response, for example "10s".'),
    click.option("--redirects", type=click.IntRange(0, 50), help="Maximum number of redirects to follow."),
    click.option("--verify-tls/--no-verify-tls", default=None, help="Whether to verify TLS certificates."),
    click.option(
        "--reuse-connections/--no-reuse-connections",
        default=None,
        help="Send several requests over one connection, or open one for each.",
    ),
    click.option(
        "--hosts",
        multiple=True,
        callback=_parse_hosts,
        help="Connect to another address for a host name: NAME=ADDRESS. Repeatable.",
    ),
    click.option("--proxy", help="Proxy, for example http://127.0.0.1:3128."),
    click.option(
        "--proxy-user",
        help="User of the proxy. Also set PROXY_PASSWORD_FOR, and PROXY_PASSWORD or PROXY_PASSWORD_FILE.",
    ),
    click.option(
        "--ca-certificate",
        type=_FILE,
        callback=_read_pem,
        help="PEM file of an additional trusted authority.",
    ),
    click.option(
        "--client-certificate",
        type=_FILE,
        callback=_read_pem,
        help="PEM file that is sent to servers that request a certificate.",
    ),
    click.option(
        "--client-key",
        type=_FILE,
        callback=_read_pem,
        help="PEM file of the client's key. Default: CLIENT_KEY or CLIENT_KEY_FILE.",
    ),
)


def network_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add all network options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def pop_network(options: dict[str, Any], settings: "Settings") -> "NetworkRequest":
    """Remove the network options from `options`. Missing secrets come from the settings of this process."""
    from dashboard.runs.start.network import network_secrets
    from dashboard.runs.start.request import NetworkRequest

    names = (field.name for field in fields(NetworkRequest))
    values = {name: value for name in names if (value := options.pop(name, None)) is not None}
    secrets = network_secrets(settings, values.get("proxy"))
    if "proxy_user" in values and "proxy_password" in secrets:
        values["proxy_password"] = secrets["proxy_password"]
    if "client_certificate" in values and "client_key" in secrets:
        values.setdefault("client_key", secrets["client_key"])
    return NetworkRequest(**values)
