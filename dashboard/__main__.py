"""The command line: `serve` (the default) and `run`. Reads the settings, builds the services, starts and stops them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from dashboard import __version__
from dashboard.terminal.network import network_options, take_network
from dashboard.terminal.typed import typed_scenarios, typed_stages

if TYPE_CHECKING:
    from dashboard.settings import Settings

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
    from dashboard.collector import look_less_often, spare_what_is_there

    look_less_often()
    from dashboard.app import create_app
    from dashboard.server import CannotListen
    from dashboard.server import serve as listen
    from dashboard.server_log import log_to_stderr

    settings = _settings(dashboard_host=host, dashboard_port=port, data_dir=data_dir)
    log_to_stderr(settings.log_level)
    services = _services(settings, demo=demo)

    def ready(bound_host: str, bound_port: int) -> None:
        spare_what_is_there()
        services.start()
        services.announce(bound_host, bound_port)
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
    except CannotListen as error:
        _fail(str(error))
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
    from rich.console import Console

    from dashboard.model.errors import DashboardError
    from dashboard.server_log import log_to_stderr
    from dashboard.services import FolderInUse, FolderUnusable
    from dashboard.store.base import StoreError
    from dashboard.terminal.backends import Wish, choose
    from dashboard.terminal.run import run_and_report

    settings = _settings(data_dir=data_dir)
    log_to_stderr("warning")
    try:
        backend = choose(settings)
    except (FolderInUse, FolderUnusable, StoreError) as error:
        _fail(str(error))
    try:
        if demo:
            typed["base_url"] = backend.start_demo()
        wish = Wish(network=take_network(typed, settings), **typed)
        code = run_and_report(backend, wish, Console(stderr=True), as_json=as_json)
    except DashboardError as error:
        _fail(error.detail)
    except KeyboardInterrupt:
        code = 130
    finally:
        backend.close()
    sys.exit(code)


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

    settings = _settings(data_dir=data_dir)
    try:
        back_up(settings.path(settings.data_dir), file.absolute(), datetime.now(UTC))
    except (NoBackup, StoreError) as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename or file} cannot be written: {error.strerror or error}")
    click.echo(f"{file} holds everything up to the moment it was made ({file.stat().st_size:,} bytes).")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@_DATA_DIR
@_NO_SETUP
def restore(file: Path, data_dir: Path | None) -> None:
    """Put the backup FILE into an empty data folder that no dashboard serves."""
    from dashboard.backup.archive import NoBackup
    from dashboard.backup.backup import restore as restore_into
    from dashboard.services import FolderInUse, FolderUnusable, hold_folder
    from dashboard.store.base import StoreError

    settings = _settings(data_dir=data_dir)
    folder = settings.path(settings.data_dir)
    try:
        lock = hold_folder(folder)
    except (FolderInUse, FolderUnusable) as error:
        _fail(str(error))
    try:
        made_at = restore_into(file.absolute(), folder)
    except (NoBackup, StoreError) as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename or folder} cannot be written: {error.strerror or error}")
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
    _with_replica("status", data_dir)


@influx.command()
@_DATA_DIR
@_NO_SETUP
def backfill(data_dir: Path | None) -> None:
    """Send every run that was never sent, and wait until all is there. Cut off, it goes on where it was."""
    _with_replica("backfill", data_dir)


@influx.command()
@click.option("--repair", is_flag=True, help="Send anew what differs.")
@_DATA_DIR
@_NO_SETUP
def verify(data_dir: Path | None, repair: bool) -> None:
    """Compare counts and totals of every run on both sides. Exits with 1 when one differs."""
    _with_replica("repair" if repair else "verify", data_dir)


@influx.command()
@_DATA_DIR
@_NO_SETUP
def retry(data_dir: Path | None) -> None:
    """Send the lines that were refused once more."""
    _with_replica("retry", data_dir)


def _with_replica(command: str, data_dir: Path | None) -> NoReturn:
    from rich.console import Console

    from dashboard.model.errors import DashboardError
    from dashboard.server_log import log_to_stderr
    from dashboard.services import FolderInUse, FolderUnusable
    from dashboard.store.base import StoreError
    from dashboard.terminal.influx import COMMANDS, choose_replica

    log_to_stderr("error")
    try:
        with choose_replica(_settings(data_dir=data_dir)) as replica:
            sys.exit(COMMANDS[command](replica, Console(stderr=True)))
    except (FolderInUse, FolderUnusable, StoreError) as error:
        _fail(str(error))
    except DashboardError as error:
        _fail(error.detail)
    except KeyboardInterrupt:
        sys.exit(130)


def _settings(**flags: object) -> "Settings":
    """Flags before environment before `.env`; a wrong one is told in a line."""
    from dashboard.settings import ROOT, Settings

    given = {name: value for name, value in flags.items() if value is not None}
    if isinstance(given.get("data_dir"), Path):
        given["data_dir"] = Path(str(given["data_dir"])).absolute()
    try:
        return Settings(_env_file=ROOT / ".env", **given)  # type: ignore[arg-type, call-arg]
    except ValueError as error:
        _fail(_words(error), code=2)


def _words(error: Exception) -> str:
    from pydantic import ValidationError

    if isinstance(error, UnicodeDecodeError):
        return f".env is not UTF-8 text: {error}"
    if not isinstance(error, ValidationError):
        return str(error)
    problems = [
        f"{str(e['loc'][0]).upper()}: {e['msg'].removeprefix('Value error, ')}"
        for e in error.errors(include_input=False)
    ]
    return "; ".join(problems)


def _services(settings: "Settings", *, demo: bool) -> Any:
    from dashboard.model.errors import DashboardError
    from dashboard.services import FolderInUse, FolderUnusable, Services
    from dashboard.store.base import StoreError

    try:
        return Services(settings, demo=demo)
    except (FolderInUse, FolderUnusable, StoreError, DashboardError) as error:
        _fail(str(error))


def _fail(message: str, code: int = 1) -> NoReturn:
    click.echo(f"bin/dashboard: {message}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main(prog_name="bin/dashboard")
