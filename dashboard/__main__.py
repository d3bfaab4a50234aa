"""The command line: `serve` (the default), `run`, `dry` and more, as words and options."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dashboard import __version__
from dashboard.terminal.entry import fail, on_backend, settings_of, with_replica
from dashboard.terminal.network import network_options, take_network
from dashboard.terminal.typed import typed_scenarios, typed_stages

if TYPE_CHECKING:
    from rich.console import Console

    from dashboard.settings import Settings
    from dashboard.terminal.backends import Backend

PROFILES = ("smoke", "ramp", "soak", "stress", "spike", "arrival", "custom")


_DATA_DIR = click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Folder of the database and the runs (data)."
)
_NO_SETUP = click.option(
    "--no-setup", is_flag=True, expose_value=False, help="Do not look whether something has to be set up."
)


class Commands(click.Group):
    """`serve` when the first word is no command: `bin/dashboard --port 8080` serves."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("--help", "-h", "--version")):
            args = ["serve", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """A self-hosted dashboard that runs k6 load tests, shows them live and remembers them."""


@main.command()
@click.option("--host", help="Address to listen on (127.0.0.1); beyond loopback a token is needed.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen on (5656); 0 takes a free one.")
@_DATA_DIR
@click.option("--demo", is_flag=True, help="Start the demo service too and make it the target.")
@_NO_SETUP
def serve(host: str | None, port: int | None, data_dir: Path | None, demo: bool) -> None:
    """Serve the dashboard."""
    from dashboard.gc_tuning import freeze_loaded_objects, reduce_collections

    reduce_collections()
    from dashboard.app import create_app
    from dashboard.server import ListenError
    from dashboard.server import serve as listen
    from dashboard.server_log import configure_logging

    settings = settings_of(dashboard_host=host, dashboard_port=port, data_dir=data_dir)
    configure_logging(sys.stderr, settings.log_level)
    services = _services(settings, demo=demo)

    def ready(bound_host: str, bound_port: int) -> None:
        freeze_loaded_objects()
        services.start()
        services.write_server_file(bound_host, bound_port)
        if demo:
            click.echo(f"The demo service listens on {services.demo.url}; it is the target")
        shown = f"[{bound_host}]" if ":" in bound_host else bound_host
        click.echo(f"The dashboard is ready: http://{shown}:{bound_port}")
        if services.access.token_created:
            click.echo(f"Its access token, shown this once: {services.access.token}")
        sys.stdout.flush()

    try:
        app = create_app(services)
        listen(
            app,
            settings.dashboard_host,
            settings.dashboard_port,
            ready,
            on_stop=services.hub.close,
            trusted_proxy=settings.trusted_proxy,
        )
    except ListenError as error:
        fail(str(error))
    finally:
        services.stop()


@main.command()
@click.argument("profile", type=click.Choice(PROFILES))
@click.option("--base-url", help="Target of the load.")
@click.option("--rate", type=click.IntRange(1), help="Iterations in a second, of arrival.")
@click.option("--vus", type=click.IntRange(1), help="Virtual users; for a rate, the most there may be.")
@click.option("--duration", help='Length, for example "60s".')
@click.option("--ramp-duration", help="Time of each ramp.")
@click.option("--unit", type=click.Choice(("vus", "rate")), help="What the targets of --stages are.")
@click.option(
    "--stages", callback=typed_stages, help='Of custom: durations and targets, "30s:10,1m:10,30s:0".'
)
@click.option(
    "--scenarios", callback=typed_scenarios, help="Of custom: JSON as k6's options.scenarios, or @file."
)
@click.option("--label", help="A note to find the run by.")
@network_options
@_DATA_DIR
@click.option("--queue", is_flag=True, help="Wait for a turn when another run is live.")
@click.option("--confirm", is_flag=True, help="Load a public address with more than 50 users on purpose.")
@click.option("--demo", is_flag=True, help="Load the demo service.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@_NO_SETUP
def run(data_dir: Path | None, demo: bool, as_json: bool, **typed: Any) -> None:
    """Carry out one run and print its result.

    Exits with 0 when it passed or no SLO is set, 99 when it failed its SLOs, 3 when the verdict is unknown or
    invalid, 4 when it was stopped or interrupted, 1 when it could not be carried out, 2 for wrong usage.
    """
    from dashboard.terminal.backends import Wish
    from dashboard.terminal.run import run_and_report

    def carry_out(backend: "Backend", settings: "Settings", console: "Console") -> int:
        if demo:
            typed["base_url"] = backend.start_demo()
        wish = Wish(network=take_network(typed, settings), **typed)
        return run_and_report(backend, wish, console, as_json=as_json)

    on_backend(data_dir, carry_out)


@main.command()
@click.option("--base-url", help="Where the requests go.")
@network_options
@_DATA_DIR
@click.option("--demo", is_flag=True, help="Send them to the demo service.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print all of it as JSON, as GET /run/dry/<id> tells it."
)
@_NO_SETUP
def dry(data_dir: Path | None, demo: bool, as_json: bool, base_url: str | None, **typed: Any) -> None:
    """Send every request once, and tell what went out and came back. Nothing is recorded.

    Exits with 0 when all that was sent passed, 99 when a request or a check failed, 4 when it was canceled, 1
    when it could not be carried out, took too long or sent nothing, 2 for wrong usage.
    """
    from dashboard.terminal.dry import dry_and_report

    def carry_out(backend: "Backend", settings: "Settings", console: "Console") -> int:
        target = backend.start_demo() if demo else base_url
        body = {"network": take_network(typed, settings)} | ({"base_url": target} if target else {})
        return dry_and_report(backend, body, console, as_json=as_json)

    on_backend(data_dir, carry_out)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@_DATA_DIR
@_NO_SETUP
def backup(file: Path, data_dir: Path | None) -> None:
    """Copy the whole data folder into FILE (.tar.gz), also while the dashboard serves and runs are live."""
    from datetime import UTC, datetime

    from dashboard.backup.archive import NoBackup
    from dashboard.backup.backup import back_up
    from dashboard.store.base import StoreError

    settings = settings_of(data_dir=data_dir)
    try:
        back_up(settings.path(settings.data_dir), file.absolute(), datetime.now(UTC))
    except (NoBackup, StoreError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or file} cannot be written: {error.strerror or error}")
    click.echo(f"{file} holds everything up to the moment it was made ({file.stat().st_size:,} bytes).")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@_DATA_DIR
@_NO_SETUP
def restore(file: Path, data_dir: Path | None) -> None:
    """Put the backup FILE into an empty data folder that no dashboard serves."""
    from dashboard.backup.archive import NoBackup
    from dashboard.backup.backup import restore as restore_into
    from dashboard.services import DataDirInUse, DataDirUnusable, lock_data_dir
    from dashboard.store.base import StoreError

    settings = settings_of(data_dir=data_dir)
    folder = settings.path(settings.data_dir)
    try:
        lock = lock_data_dir(folder)
    except (DataDirInUse, DataDirUnusable) as error:
        fail(str(error))
    try:
        made_at = restore_into(file.absolute(), folder)
    except (NoBackup, StoreError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or folder} cannot be written: {error.strerror or error}")
    finally:
        lock.release()
    click.echo(f"{folder} is as it was at {made_at}. bin/dashboard serves it.")


@main.group()
def influx() -> None:
    """The replica in InfluxDB: its state, runs from before it, and whether it holds what the record holds."""


@influx.command()
@_DATA_DIR
@_NO_SETUP
def status(data_dir: Path | None) -> None:
    """Tell how much waits and what went wrong last."""
    with_replica("status", data_dir)


@influx.command()
@_DATA_DIR
@_NO_SETUP
def backfill(data_dir: Path | None) -> None:
    """Send every run that was never sent, and wait until all is there. Cut off, it goes on where it was."""
    with_replica("backfill", data_dir)


@influx.command()
@click.option("--repair", is_flag=True, help="Send anew what differs.")
@_DATA_DIR
@_NO_SETUP
def verify(data_dir: Path | None, repair: bool) -> None:
    """Compare counts and totals of every run on both sides. Exits with 1 when one differs."""
    with_replica("repair" if repair else "verify", data_dir)


@influx.command()
@_DATA_DIR
@_NO_SETUP
def retry(data_dir: Path | None) -> None:
    """Send the lines that were refused once more."""
    with_replica("retry", data_dir)


def _services(settings: "Settings", *, demo: bool) -> Any:
    from dashboard.model.errors import DashboardError
    from dashboard.services import DataDirInUse, DataDirUnusable, Services
    from dashboard.store.base import StoreError

    try:
        return Services(settings, demo=demo)
    except (DataDirInUse, DataDirUnusable, StoreError, DashboardError) as error:
        fail(str(error))


if __name__ == "__main__":
    main(prog_name="bin/dashboard")
