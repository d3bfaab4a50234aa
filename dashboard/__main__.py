"""The command line: `serve` (the default), `run`, `dry`, `discover`, `token`, `webhooks`, `influx` and backups."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dashboard import __version__
from dashboard.output_encoding import replace_unencodable
from dashboard.terminal.common_options import FilePath, data_dir_option, no_setup_option
from dashboard.terminal.discover_command import discover
from dashboard.terminal.entry import fail, read_settings
from dashboard.terminal.influx_commands import influx
from dashboard.terminal.output import echo
from dashboard.terminal.run_commands import dry, run
from dashboard.terminal.token_commands import token
from dashboard.terminal.webhook_commands import webhooks
from dashboard.termination import handle_termination, interrupt

if TYPE_CHECKING:
    from dashboard.settings import Settings


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
    replace_unencodable()
    handle_termination(interrupt)


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
    from dashboard.slim_imports import import_structlog_without_rich

    reduce_collections()
    import_structlog_without_rich()
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
@click.argument("file", type=FilePath())
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
        create_backup(settings.path(settings.data_dir), file, datetime.now(UTC))
    except (BackupError, StoreError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or file}: cannot write: {error.strerror or error}")
    echo(f"Wrote the backup to {file} ({file.stat().st_size:,} bytes).")


@main.command()
@click.argument("file", type=FilePath())
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
        created_at = restore_into(file, folder)
    except (BackupError, StoreError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or folder}: cannot write: {error.strerror or error}")
    finally:
        lock.release()
    echo(f"Restored the backup of {created_at} to {folder}. Start bin/dashboard to use it.")


main.add_command(run)
main.add_command(dry)
main.add_command(discover)
main.add_command(influx)
main.add_command(token)
main.add_command(webhooks)


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
