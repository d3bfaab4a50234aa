"""The commands of `bin/dashboard webhooks`."""

from pathlib import Path

import click

from dashboard.terminal.common_options import FilePath, data_dir_option, no_setup_option
from dashboard.terminal.entry import run_on_webhooks


@click.group()
def webhooks() -> None:
    """Webhooks of a running dashboard: list, test, export, import."""


@webhooks.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print the response of GET /webhooks as JSON.")
@data_dir_option
@no_setup_option
def list_all(data_dir: Path | None, as_json: bool) -> None:
    """Print all webhooks with their events and deliveries."""
    run_on_webhooks(data_dir, "print_all", as_json=as_json)


@webhooks.command()
@click.argument("name")
@data_dir_option
@no_setup_option
def test(data_dir: Path | None, name: str) -> None:
    """Send a test to the webhook NAME and print the answer. Exits with 1 if the receiver did not accept it."""
    run_on_webhooks(data_dir, "test", name)


@webhooks.command()
@data_dir_option
@no_setup_option
def export(data_dir: Path | None) -> None:
    """Print all webhooks without secrets, as webhooks.json."""
    run_on_webhooks(data_dir, "export")


@webhooks.command(name="import")
@click.argument("file", type=FilePath())
@data_dir_option
@no_setup_option
def import_webhooks(data_dir: Path | None, file: Path) -> None:
    """Create the webhooks of FILE (- for standard input), or replace those of the same name."""
    run_on_webhooks(data_dir, "import_file", file)
