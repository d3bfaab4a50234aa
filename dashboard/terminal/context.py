"""The objects with which a command starts runs."""

from dataclasses import dataclass

from rich.console import Console

from dashboard.settings import Settings
from dashboard.terminal.backends import Backend
from dashboard.terminal.interrupts import Interrupts


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandContext:
    """The backend, the settings of this process, the console for all but results, and the requests to stop."""

    backend: Backend
    settings: Settings
    console: Console
    interrupts: Interrupts
