"""`bin/bench`: measure, print a row for each figure, and exit with 1 when one is over its budget."""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from bench.backlog import backlog
from bench.bench import Bench
from bench.calm import wait_for_calm
from bench.framework import framework
from bench.generator import generator
from bench.history import history
from bench.intake import intake
from bench.page import page
from bench.ranges import ranges
from bench.runner import runner
from bench.scale import FULL, QUICK, Scale
from bench.server import BenchError
from bench.shared import shared
from bench.start import start
from bench.steering import steering
from bench.streams import streams
from bench.table import Row, heading
from bench.trends import trends

MEASUREMENTS: Mapping[str, Callable[[Bench], list[Row]]] = {
    "start": start,
    "push": intake,
    "runner": runner,
    "history": history,
    "trends": trends,
    "range": ranges,
    "streams": streams,
    "backlog": backlog,
    "shared": shared,
    "page": page,
    "framework": framework,
    "generator": generator,
    "steering": steering,
}


def main(arguments: Sequence[str]) -> int:
    """0 when all was measured and is within its budget."""
    chosen = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _unwind)
    failed = 0
    print(heading(), flush=True)
    for name in [*chosen.names, *chosen.only] or MEASUREMENTS:
        failed += _measure(name, QUICK if chosen.quick else FULL)
    return 1 if failed else 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="bin/bench",
        description="Measures the dashboard on this machine; docs/performance.md explains the table.",
    )
    made.add_argument("--quick", action="store_true", help="a look in two minutes: fewer and smaller")
    names = ", ".join(MEASUREMENTS)
    made.add_argument("names", nargs="*", type=_known, metavar="NAME", help=f"only these, of {names}")
    made.add_argument(
        "--only", action="append", default=[], type=_known, metavar="NAME", help="the same, one at a time"
    )
    return made


def _known(name: str) -> str:
    if name not in MEASUREMENTS:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(MEASUREMENTS)}")
    return name


def _measure(name: str, scale: Scale) -> int:
    """How many rows are over their budget; one more when the measurement could not be made."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        wait_for_calm(scale.calm_s)
        try:
            rows = MEASUREMENTS[name](Bench(scale, Path(folder), _say))
        except (BenchError, OSError) as error:
            _say(f"{name} was not measured: {error}")
            return 1
    for row in rows:
        print(row, flush=True)
    _say(f"{name} took {time.monotonic() - began:.0f} s")
    return sum(row.ok is False for row in rows)


def _say(words: str) -> None:
    print(f"  {words}", file=sys.stderr, flush=True)


def _unwind(number: int, _frame: object) -> NoReturn:
    """So that what was started is stopped."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
