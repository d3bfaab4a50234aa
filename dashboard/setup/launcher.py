"""`bin/dashboard`, `bin/test` and `bin/bench`: set up what is missing, then replace this process with the program."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from dashboard.output_encoding import replace_unencodable
from dashboard.setup.checkout import ROOT, Checkout
from dashboard.setup.error import SetupError
from dashboard.setup.help import help_text
from dashboard.termination import handle_termination

CALLER_FOLDER = "DASHBOARD_CALLER_FOLDER"  # relative paths that the user gives start here


def main(command: str, arguments: Sequence[str]) -> int:
    """Run a command. Return the exit code, unless the program replaces this process."""
    replace_unencodable()
    handle_termination(on_signal, (signal.SIGTERM, signal.SIGHUP))
    text = help_text(command, arguments)
    if text is not None:
        print(text, end="")
        return 0
    os.environ[CALLER_FOLDER] = caller_folder()
    checkout = Checkout(ROOT, os.environ)
    os.chdir(ROOT)
    kept = [argument for argument in arguments if argument != "--no-setup"]
    try:
        return COMMANDS[command](checkout, kept, len(kept) == len(arguments))
    except SetupError as error:
        print(f"bin/{command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nbin/{command}: interrupted. The next start continues the setup.", file=sys.stderr)
        return 130


def caller_folder() -> str:
    """Return the folder in which the user called the command."""
    try:
        return os.getcwd()
    except FileNotFoundError:  # it was deleted
        return str(ROOT)


def on_signal(number: int, _frame: object) -> NoReturn:
    """Unwind the stack, so that the tools of the setup are killed too."""
    raise SystemExit(128 + number)


def dashboard(checkout: Checkout, arguments: list[str], set_up: bool) -> int:
    if arguments[:1] == ["doctor"]:
        from dashboard.setup.doctor import doctor

        return doctor(checkout, arguments[1:])
    if set_up or arguments[:1] == ["setup"]:
        prepare(checkout, dev=False)
    return 0 if arguments[:1] == ["setup"] else exec_module(checkout, "dashboard", arguments)


def bench(checkout: Checkout, arguments: list[str], set_up: bool) -> int:
    from dashboard.setup.console import SetupConsole
    from dashboard.setup.go import with_go
    from dashboard.setup.influxd import find_influxd
    from dashboard.setup.node import find_node
    from dashboard.setup.prism import find_prism
    from dashboard.setup.tool_environment import tool_cache

    if set_up:
        prepare(checkout, dev=True)
    console = SetupConsole(checkout.logs)
    influxd = find_influxd(checkout, console, tool_cache(checkout), build=False)
    if influxd:
        os.environ["INFLUXD_BIN"] = str(influxd)
    if prism := find_prism(checkout, console, install=set_up and "discover" in arguments):
        os.environ["PRISM_SCRIPT"] = str(prism)
        os.environ["NODE_BIN"] = str(find_node(checkout, console))
    os.environ["PATH"] = with_go(checkout, checkout.environ)["PATH"]
    return exec_module(checkout, "bench", arguments)


def test(checkout: Checkout, arguments: list[str], set_up: bool) -> int:
    from dashboard.setup.stages import run_all

    if set_up:
        prepare(checkout, dev=True)
    return run_all(checkout, arguments, set_up=set_up)


def prepare(checkout: Checkout, *, dev: bool) -> None:
    from dashboard.setup.console import SetupConsole
    from dashboard.setup.steps import run_missing, steps_to_serve, steps_to_test

    steps = steps_to_test(checkout) if dev else steps_to_serve(checkout)
    run_missing(checkout, steps, SetupConsole(checkout.logs))


def exec_module(checkout: Checkout, module: str, arguments: list[str]) -> NoReturn:
    """Replace this process, so that signals, the terminal and the exit code belong to the program."""
    from dashboard.setup.k6 import K6Step

    if not checkout.python.exists():
        raise SetupError("The dashboard cannot start", ".venv is missing", "Omit --no-setup")
    k6 = K6Step(checkout).find_accepted()
    if k6 and k6 != checkout.k6:
        os.environ["K6_BIN"] = str(k6)
    os.execv(checkout.python, [str(checkout.python), "-m", module, *arguments])  # noqa: S606


COMMANDS = {"dashboard": dashboard, "test": test, "bench": bench}
