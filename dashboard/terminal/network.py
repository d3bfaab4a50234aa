"""Options of the command line that say how the requests of a run travel, by the names of the fields."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from dashboard.settings import Settings

MOST_PEM = 32_768
FIELDS = (
    *("timeout", "redirects", "verify_tls", "reuse_connections", "hosts", "proxy", "proxy_user"),
    *("ca_certificate", "client_certificate", "client_key"),
)


def _pem(_context: object, _option: object, path: Path | None) -> str | None:
    """What a file holds; whether that is a certificate the run's own checks say."""
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_PEM + 1)
        if len(raw) > MOST_PEM:
            raise click.BadParameter(f"{path} is larger than {MOST_PEM} bytes")
        return raw.decode("utf-8")
    except OSError as error:
        raise click.BadParameter(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise click.BadParameter(f"{path} is no PEM text") from None


def _hosts(_context: object, _option: object, pairs: tuple[str, ...]) -> dict[str, str] | None:
    """`shop.test=10.0.0.7:8443`, as often as there are names."""
    found = {}
    for pair in pairs:
        name, equals, address = pair.partition("=")
        if not equals:
            raise click.BadParameter(f'must be like shop.test=10.0.0.7:8443, not "{pair}"')
        found[name.strip()] = address.strip()
    return found or None


_FILE = click.Path(path_type=Path)
_OPTIONS = (
    click.option("--timeout", help='How long a response may take, for example "10s".'),
    click.option("--redirects", type=click.IntRange(0, 50), help="Most redirects that are followed."),
    click.option("--verify-tls/--no-verify-tls", default=None, help="Whether certificates are checked."),
    click.option(
        "--reuse-connections/--no-reuse-connections",
        default=None,
        help="Whether a connection carries more than one request.",
    ),
    click.option(
        "--hosts",
        multiple=True,
        callback=_hosts,
        help="NAME=ADDRESS to connect to for it; as often as need be.",
    ),
    click.option("--proxy", help="Proxy, for example http://127.0.0.1:3128."),
    click.option(
        "--proxy-user", help="Its user; the password comes from PROXY_PASSWORD or PROXY_PASSWORD_FILE."
    ),
    click.option(
        "--ca-certificate", type=_FILE, callback=_pem, help="File (PEM) of an authority to believe."
    ),
    click.option(
        "--client-certificate",
        type=_FILE,
        callback=_pem,
        help="File (PEM) shown to servers that ask for one.",
    ),
    click.option(
        "--client-key", type=_FILE, callback=_pem, help="Its key (PEM); else CLIENT_KEY or CLIENT_KEY_FILE."
    ),
)


def network_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds them all."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def take_network(typed: dict[str, Any], settings: "Settings") -> dict[str, Any]:
    """The fields of `network` out of what was typed, with the secrets of this command's own settings."""
    found = {name: value for name in FIELDS if (value := typed.pop(name)) is not None}
    password, key = settings.proxy_password.get_secret_value(), settings.client_key.get_secret_value()
    if "proxy_user" in found and password:
        found["proxy_password"] = password
    if "client_certificate" in found and key:
        found.setdefault("client_key", key)
    return found
