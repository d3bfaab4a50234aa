"""The command line: `serve` (the default), `run`, `dry`, `token`, `backup`, `restore` and `influx`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dashboard import __version__
from dashboard.model.profile_names import PROFILE_NAMES
from dashboard.terminal.common_options import data_dir_option, no_setup_option
from dashboard.terminal.entry import fail, read_settings, run_on_backend
from dashboard.terminal.influx_commands import influx
from dashboard.terminal.load_options import parse_scenarios_option, parse_stages_option
from dashboard.terminal.network import network_options
from dashboard.terminal.output import echo
from dashboard.terminal.token_commands import token

if TYPE_CHECKING:
    from rich.console import Console

    from dashboard.settings import Settings
    from dashboard.terminal.backends import Backend


class Commands(click.Group):
    """Adds `serve` when the first argument is not a command, as in `bin/dashboard --port 8080`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("--help", "-h", "--version")):
            args = ["serve", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """A self-hosted dashboard that runs k6 load tests, shows them live and stores their results."""


@main.command()
@click.option(
    "--host",
    help="Address to listen on (127.0.0.1). Beyond loopback, clients need the access token.",
)
@click.option(
    "--port", type=click.IntRange(0, 65_535), help="Port to listen on (5656). 0 takes any free port."
)
@data_dir_option
@click.option("--demo", is_flag=True, help="Also start the demo service and use it as the target.")
@no_setup_option
def serve(host: str | None, port: int | None, data_dir: Path | None, demo: bool) -> None:
    """Serve the dashboard."""
    from dashboard.gc_tuning import freeze_loaded_objects, reduce_collections

    reduce_collections()
    from dashboard.api.http.gate import header_check_of
    from dashboard.app import create_app
    from dashboard.connections.limits import ConnectionOptions
    from dashboard.server import ListenError
    from dashboard.server import serve as listen
    from dashboard.server_log import configure_logging

    settings = read_settings(dashboard_host=host, dashboard_port=port, data_dir=data_dir)
    configure_logging(sys.stderr, settings.log_level)
    services = _create_services(settings, demo=demo)

    def on_ready(bound_host: str, bound_port: int) -> None:
        freeze_loaded_objects()
        services.start()
        services.write_server_file(bound_host, bound_port)
        if demo:
            echo(f"The demo service listens on {services.demo.url} and is the target of runs.")
        url_host = f"[{bound_host}]" if ":" in bound_host else bound_host
        echo(f"The dashboard is ready: http://{url_host}:{bound_port}")
        if services.access.token_created:
            echo(f"Access token, printed only once: {services.access.token}")
        sys.stdout.flush()

    try:
        app = create_app(services)
        listen(
            app,
            settings.dashboard_host,
            settings.dashboard_port,
            on_ready,
            on_stop=services.hub.close,
            options=ConnectionOptions(
                trusted_proxy=settings.trusted_proxy,
                header_check=header_check_of(app),
                data_dir=services.data_dir,
                min_free_bytes=settings.min_free_disk,
            ),
        )
    except ListenError as error:
        fail(str(error))
    finally:
        services.stop()


@main.command()
@click.argument("profile", type=click.Choice(PROFILE_NAMES))
@click.option("--base-url", help="Target of the load.")
@click.option("--rate", type=click.IntRange(1), help="Iterations per second, for arrival.")
@click.option("--vus", type=click.IntRange(1), help="Virtual users. For a rate: the maximum.")
@click.option("--duration", help='Length, for example "60s".')
@click.option("--ramp-duration", help="Length of each ramp.")
@click.option("--unit", type=click.Choice(("vus", "rate")), help="Unit of the targets in --stages.")
@click.option(
    "--stages",
    callback=parse_stages_option,
    help='For custom: durations and targets, for example "30s:10,1m:10,30s:0".',
)
@click.option(
    "--scenarios",
    callback=parse_scenarios_option,
    help="For custom: JSON in the format of k6's options.scenarios, or @file.",
)
@click.option("--label", help="Label of the run.")
@network_options
@data_dir_option
@click.option("--queue", is_flag=True, help="Queue the run while another run is live.")
@click.option("--confirm", is_flag=True, help="Confirm a load of more than 50 users on a public address.")
@click.option("--demo", is_flag=True, help="Start the demo service and use it as the target.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@no_setup_option
def run(data_dir: Path | None, demo: bool, as_json: bool, **options: Any) -> None:
    """Run a load test and print its result.

    Exit codes: 0 if the run passed or has no SLOs, 99 if it breached an SLO, 3 if the verdict is unknown or invalid,
    4 if it was stopped or interrupted, 1 if it failed, 2 for wrong usage.
    """
    from dashboard.terminal.run import run_and_report
    from dashboard.terminal.start_options import start_request

    def execute(backend: "Backend", settings: "Settings", console: "Console") -> int:
        if demo:
            options["base_url"] = backend.start_demo()
        return run_and_report(backend, start_request(options, settings), console, as_json=as_json)

    run_on_backend(data_dir, execute)


@main.command()
@click.option("--base-url", help="Target of the requests.")
@network_options
@data_dir_option
@click.option("--demo", is_flag=True, help="Start the demo service and use it as the target.")
@click.option("--json", "as_json", is_flag=True, help="Print the response of GET /run/dry/<id> as JSON.")
@no_setup_option
def dry(data_dir: Path | None, demo: bool, as_json: bool, base_url: str | None, **options: Any) -> None:
    """Send every request once and print the requests and responses. Nothing is stored.

    Exit codes: 0 if all requests passed, 99 if a request or a check failed, 4 if the dry run was canceled, 1 if it
    failed, timed out or sent nothing, 2 for wrong usage.
    """
    from dashboard.terminal.dry import dry_and_report
    from dashboard.terminal.start_options import dry_run_request

    def execute(backend: "Backend", settings: "Settings", console: "Console") -> int:
        target = backend.start_demo() if demo else base_url
        request = dry_run_request(target, options, settings)
        return dry_and_report(backend, request, console, as_json=as_json)

    run_on_backend(data_dir, execute)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@data_dir_option
@no_setup_option
def backup(file: Path, data_dir: Path | None) -> None:
    """Copy the data folder into FILE (.tar.gz). The dashboard may be running."""
    from datetime import UTC, datetime

    from dashboard.backup.archive import BackupError
    from dashboard.backup.backup import create_backup
    from dashboard.store.errors import StoreError

    settings = read_settings(data_dir=data_dir)
    try:
        create_backup(settings.path(settings.data_dir), file.absolute(), datetime.now(UTC))
    except (BackupError, StoreError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or file}: cannot write: {error.strerror or error}")
    echo(f"Wrote the backup to {file} ({file.stat().st_size:,} bytes).")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@data_dir_option
@no_setup_option
def restore(file: Path, data_dir: Path | None) -> None:
    """Restore the backup FILE into an empty data folder that no dashboard uses."""
    from dashboard.backup.archive import BackupError
    from dashboard.backup.backup import restore as restore_into
    from dashboard.data_dir import DataDirInUse, DataDirUnusable, lock_data_dir
    from dashboard.store.errors import StoreError

    settings = read_settings(data_dir=data_dir)
    folder = settings.path(settings.data_dir)
    try:
        lock = lock_data_dir(folder)
    except (DataDirInUse, DataDirUnusable) as error:
        fail(str(error))
    try:
        created_at = restore_into(file.absolute(), folder)
    except (BackupError, StoreError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or folder}: cannot write: {error.strerror or error}")
    finally:
        lock.release()
    echo(f"Restored the backup of {created_at} to {folder}. Start bin/dashboard to use it.")


main.add_command(influx)
main.add_command(token)


def _create_services(settings: "Settings", *, demo: bool) -> Any:
    from dashboard.data_dir import DataDirInUse, DataDirUnusable
    from dashboard.model.errors import DashboardError
    from dashboard.services import Services
    from dashboard.store.errors import StoreError

    try:
        return Services(settings, demo=demo)
    except (DataDirInUse, DataDirUnusable, StoreError, DashboardError) as error:
        fail(str(error))


if __name__ == "__main__":
    main(prog_name="bin/dashboard")
