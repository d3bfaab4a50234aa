"""What every command begins with: its settings, whoever carries it out, and an end that says why in a line."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from rich.console import Console

    from dashboard.settings import Settings
    from dashboard.terminal.backends import Backend


def on_backend(data_dir: Path | None, carry_out: "Callable[[Backend, Settings, Console], int]") -> NoReturn:
    """Do it through the live server, or here when there is none; ends with the code that it gives."""
    from rich.console import Console

    from dashboard.model.errors import DashboardError
    from dashboard.server_log import configure_logging
    from dashboard.services import DataDirInUse, DataDirUnusable
    from dashboard.store.errors import StoreError
    from dashboard.terminal.backends import choose

    settings = settings_of(data_dir=data_dir)
    configure_logging(sys.stderr, "warning")
    try:
        backend = choose(settings)
    except (DataDirInUse, DataDirUnusable, StoreError) as error:
        fail(str(error))
    try:
        code = carry_out(backend, settings, Console(stderr=True))
    except DashboardError as error:
        fail(error.detail)
    except KeyboardInterrupt:
        code = 130
    finally:
        backend.close()
    sys.exit(code)


def with_replica(command: str, data_dir: Path | None) -> NoReturn:
    from rich.console import Console

    from dashboard.model.errors import DashboardError
    from dashboard.server_log import configure_logging
    from dashboard.services import DataDirInUse, DataDirUnusable
    from dashboard.store.errors import StoreError
    from dashboard.terminal.influx import COMMANDS, choose_replica

    configure_logging(sys.stderr, "error")
    try:
        with choose_replica(settings_of(data_dir=data_dir)) as replica:
            sys.exit(COMMANDS[command](replica, Console(stderr=True)))
    except (DataDirInUse, DataDirUnusable, StoreError) as error:
        fail(str(error))
    except DashboardError as error:
        fail(error.detail)
    except KeyboardInterrupt:
        sys.exit(130)


def settings_of(**flags: object) -> "Settings":
    """Flags before environment before `.env`; a wrong one is told in a line."""
    from dashboard.settings import ROOT, Settings

    given = {name: value for name, value in flags.items() if value is not None}
    if isinstance(given.get("data_dir"), Path):
        given["data_dir"] = Path(str(given["data_dir"])).absolute()
    try:
        return Settings(_env_file=ROOT / ".env", **given)  # type: ignore[arg-type, call-arg]
    except ValueError as error:
        fail(_words(error), code=2)


def _words(error: Exception) -> str:
    from pydantic import ValidationError

    from dashboard.validation_messages import message_of

    if isinstance(error, UnicodeDecodeError):
        return f".env is not UTF-8 text: {error}"
    if not isinstance(error, ValidationError):
        return str(error)
    found = error.errors(include_url=False, include_input=False)
    return "; ".join(f"{str(entry['loc'][0]).upper()}: {message_of(entry)}" for entry in found)


def fail(message: str, code: int = 1) -> NoReturn:
    click.echo(f"bin/dashboard: {message}", err=True)
    sys.exit(code)
