"""The commands of `bin/dashboard token`."""

from pathlib import Path
from typing import Any

import click

from dashboard.terminal.common_options import data_dir_option, no_setup_option
from dashboard.terminal.entry import run_on_tokens


@click.group()
def token() -> None:
    """Named access tokens: create, list, revoke."""


@token.command()
@click.argument("name")
@click.option("--role", type=click.Choice(("viewer", "runner", "admin")), required=True)
@click.option(
    "--expires", default="90d", show_default=True, help="How long the token is accepted, or `never`."
)
@click.option("--targets", help='Hosts that its runs may target, comma-separated, "*" as wildcard.')
@click.option("--environments", help="Environments that its runs may name, comma-separated.")
@click.option("--max-vus", type=click.IntRange(1), help="Maximum number of virtual users of its runs.")
@click.option("--max-rate", type=click.IntRange(1), help="Maximum iterations per second of its runs.")
@data_dir_option
@no_setup_option
def create(data_dir: Path | None, targets: str | None, environments: str | None, **fields: Any) -> None:
    """Create the token NAME and print it. It cannot be printed again."""
    lists = {"targets": _split(targets), "environments": _split(environments)}
    body = {name: value for name, value in (fields | lists).items() if value is not None}
    run_on_tokens(data_dir, "create", body)


@token.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print the response of GET /tokens as JSON.")
@data_dir_option
@no_setup_option
def list_all(data_dir: Path | None, as_json: bool) -> None:
    """Print all tokens with role, expiry and last use."""
    run_on_tokens(data_dir, "print_all", as_json=as_json)


@token.command()
@click.argument("name")
@data_dir_option
@no_setup_option
def revoke(data_dir: Path | None, name: str) -> None:
    """Revoke the token NAME. It is refused from now on."""
    run_on_tokens(data_dir, "revoke", name)


def _split(text: str | None) -> list[str] | None:
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]
