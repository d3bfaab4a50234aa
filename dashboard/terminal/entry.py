"""What all commands share: settings, a backend, and a one-line message for each error."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from dashboard.terminal.output import echo

if TYPE_CHECKING:
    from dashboard.settings import Settings
    from dashboard.terminal.context import CommandContext


INTERRUPTED = 130


def run_on_backend(execute: "Callable[[CommandContext], int]", **flags: object) -> NoReturn:
    """Call `execute` with the live server, or with this process when no server is live. Exits with its code.

    `flags` are settings given on the command line.
    """
    from dashboard.data_dir import DataDirInUse, DataDirUnusable
    from dashboard.model.errors import DashboardError
    from dashboard.server_log import configure_logging
    from dashboard.store.errors import StoreError
    from dashboard.terminal.backends import choose_backend
    from dashboard.terminal.console import open_console
    from dashboard.terminal.context import CommandContext
    from dashboard.terminal.interrupts import Interrupts

    settings = read_settings(**flags)
    configure_logging(sys.stderr, "warning")
    with Interrupts() as interrupts:
        try:
            backend = choose_backend(settings)
        except (DataDirInUse, DataDirUnusable, StoreError) as error:
            fail(str(error))
        console = open_console(stderr=True)
        context = CommandContext(backend=backend, settings=settings, console=console, interrupts=interrupts)
        try:
            code = INTERRUPTED if interrupts.count else execute(context)
        except DashboardError as error:
            fail(error.detail)
        except KeyboardInterrupt:
            code = INTERRUPTED
        finally:
            backend.close()
    sys.exit(code)


def run_on_replica(command: str, data_dir: Path | None) -> NoReturn:
    """Run a command of `bin/dashboard influx`. Exits with its code."""
    from dashboard.data_dir import DataDirInUse, DataDirUnusable
    from dashboard.model.errors import DashboardError
    from dashboard.server_log import configure_logging
    from dashboard.store.errors import StoreError
    from dashboard.terminal.console import open_console
    from dashboard.terminal.influx import COMMANDS, choose_replica

    configure_logging(sys.stderr, "error")
    try:
        with choose_replica(read_settings(data_dir=data_dir)) as replica:
            sys.exit(COMMANDS[command](replica, open_console(stderr=True)))
    except (DataDirInUse, DataDirUnusable, StoreError) as error:
        fail(str(error))
    except DashboardError as error:
        fail(error.detail)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def run_on_tokens(data_dir: Path | None, command: str, *arguments: object, **options: object) -> NoReturn:
    """Run a command of `bin/dashboard token`. Exits with its code."""
    from dashboard.data_dir import DataDirInUse, DataDirUnusable
    from dashboard.model.errors import DashboardError, InvalidRequest
    from dashboard.store.errors import StoreError
    from dashboard.terminal.tokens import COMMANDS, choose_tokens

    try:
        with choose_tokens(read_settings(data_dir=data_dir)) as tokens:
            COMMANDS[command](tokens, *arguments, **options)
    except (DataDirInUse, DataDirUnusable, StoreError) as error:
        fail(str(error))
    except InvalidRequest as error:
        fail(error.detail, code=2)
    except DashboardError as error:
        fail(error.detail)
    sys.exit(0)


def run_on_webhooks(data_dir: Path | None, command: str, *arguments: object, **options: object) -> NoReturn:
    """Run a command of `bin/dashboard webhooks`. Exits with its code."""
    from dashboard.model.errors import DashboardError, InvalidRequest
    from dashboard.terminal.webhooks import COMMANDS, choose_server

    try:
        server = choose_server(read_settings(data_dir=data_dir))
        code = COMMANDS[command](server, *arguments, **options)
    except InvalidRequest as error:
        fail(error.detail, code=2)
    except DashboardError as error:
        fail(error.detail)
    sys.exit(code)


def read_settings(**flags: object) -> "Settings":
    """Return the settings: flags, then the environment, then `.env`. Exits with 2 for an invalid setting."""
    from dashboard.settings import ROOT, Settings

    given = {name: value for name, value in flags.items() if value is not None}
    if isinstance(given.get("data_dir"), Path):
        given["data_dir"] = Path(str(given["data_dir"])).absolute()
    try:
        return Settings(_env_file=ROOT / ".env", **given)
    except ValueError as error:
        fail(_describe(error), code=2)


def _describe(error: Exception) -> str:
    from pydantic import ValidationError

    from dashboard.validation_messages import message_of

    if isinstance(error, UnicodeDecodeError):
        return f".env is not UTF-8 text: {error}"
    if not isinstance(error, ValidationError):
        return str(error)
    entries = error.errors(include_url=False, include_input=False)
    return "; ".join(f"{str(entry['loc'][0]).upper()}: {message_of(entry)}" for entry in entries)


def fail(message: str, code: int = 1) -> NoReturn:
    """Print an error and exit with `code`."""
    echo(f"bin/dashboard: {message}", err=True)
    sys.exit(code)
