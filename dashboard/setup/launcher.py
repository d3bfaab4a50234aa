"""What `bin/dashboard`, `bin/test` and `bin/bench` do: set up, then become the program itself."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from dashboard.setup.place import ROOT, Place
from dashboard.setup.problem import SetupProblem

USAGE = """\
usage: bin/dashboard [serve] [--host H] [--port P] [--data-dir D] [--demo]
       bin/dashboard run PROFILE [...]
       bin/dashboard dry [...]
       bin/dashboard doctor [--host H] [--port P] [--data-dir D]
       bin/dashboard setup
       bin/dashboard backup FILE | restore FILE [--data-dir D]
       bin/dashboard influx status | backfill | verify | retry

  serve    serve the dashboard, on port 5656 (the default)
  run      run a load profile and print its result
  dry      send every request once and show what came back
  doctor   check everything a start needs and say what to do
  setup    set up what is missing and start nothing
  backup   copy the whole data folder into a file, also while it serves
  restore  unpack such a file into a data folder that nobody uses
  influx   the replica in InfluxDB: its state, older runs, counts of both sides

Every start sets up what is missing first, unless --no-setup says not to.
`bin/dashboard COMMAND --help` tells more of serve, run, dry, backup, restore, influx.
"""
HELP = {"-h", "--help"}
WITHOUT_OWN_HELP = ("doctor", "setup")


def main(command: str, arguments: Sequence[str]) -> int:
    """The exit code, unless this process becomes the dashboard."""
    signal.signal(signal.SIGTERM, on_sigterm)
    place = Place(ROOT, os.environ)
    os.chdir(ROOT)
    wanted = [argument for argument in arguments if argument != "--no-setup"]
    try:
        return COMMANDS[command](place, wanted, len(wanted) == len(arguments))
    except SetupProblem as problem:
        print(f"bin/{command}: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nbin/{command}: stopped; the next start goes on from here", file=sys.stderr)
        return 130


def on_sigterm(number: int, _frame: object) -> NoReturn:
    """Unwind, so that the tools which the set-up started end too."""
    raise SystemExit(128 + number)


def dashboard(place: Place, arguments: list[str], set_up: bool) -> int:
    told_here = not place.python.exists() or arguments[:1] in [[name] for name in WITHOUT_OWN_HELP]
    if HELP & set(arguments if told_here else arguments[:1]):
        print(USAGE, end="")
        return 0
    if arguments[:1] == ["doctor"]:
        from dashboard.setup.doctor import doctor

        return doctor(place, arguments[1:])
    if set_up or arguments[:1] == ["setup"]:
        prepare(place, dev=False)
    return 0 if arguments[:1] == ["setup"] else become(place, "dashboard", arguments)


def bench(place: Place, arguments: list[str], set_up: bool) -> int:
    from dashboard.setup.console import SetupConsole
    from dashboard.setup.go import with_go
    from dashboard.setup.influxd import find_influxd
    from dashboard.setup.stages import cache

    if set_up:
        prepare(place, dev=True)
    influxd = find_influxd(place, SetupConsole(place.logs), cache(place), build=False)
    if influxd:
        os.environ["INFLUXD_BIN"] = str(influxd)
    os.environ["PATH"] = with_go(place, place.environ)["PATH"]
    return become(place, "bench", arguments)


def test(place: Place, arguments: list[str], set_up: bool) -> int:
    from dashboard.setup.stages import run_all

    if set_up:
        prepare(place, dev=True)
    return run_all(place, arguments, set_up=set_up)


def prepare(place: Place, *, dev: bool) -> None:
    from dashboard.setup import steps
    from dashboard.setup.console import SetupConsole

    wanted = steps.to_test(place) if dev else steps.to_serve(place)
    steps.ensure(place, wanted, SetupConsole(place.logs))


def become(place: Place, module: str, arguments: list[str]) -> NoReturn:
    """No process in between: signals, the terminal and the exit code are the program's own."""
    from dashboard.setup.k6 import K6

    if not place.python.exists():
        raise SetupProblem("The dashboard cannot start", "there is no .venv", "Leave out --no-setup")
    k6 = K6(place).found()
    if k6 and k6 != place.k6:
        os.environ["K6_BIN"] = str(k6)
    os.execv(place.python, [str(place.python), "-m", module, *arguments])  # noqa: S606


COMMANDS = {"dashboard": dashboard, "test": test, "bench": bench}
