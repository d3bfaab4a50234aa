"""`bin/bench`: runs measurements, prints a row per figure, and exits with 1 if a figure is over its budget."""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from bench.backlog import measure_backlog
from bench.context import BenchContext
from bench.discover import measure_discover
from bench.framework import measure_framework
from bench.generator import measure_generator
from bench.history import measure_history
from bench.intake import measure_intake
from bench.page import measure_page
from bench.preparation import measure_preparation
from bench.quiet import wait_until_quiet
from bench.ranges import measure_ranges
from bench.rates import measure_rates
from bench.runner import measure_runner
from bench.scale import FULL, QUICK, Scale
from bench.server import BenchError
from bench.shared import measure_shared
from bench.start import measure_start
from bench.steering import measure_steering
from bench.streams import measure_streams
from bench.table import Row, heading
from bench.trends import measure_trends
from dashboard.output_encoding import replace_unencodable

MEASUREMENTS: Mapping[str, Callable[[BenchContext], list[Row]]] = {
    "start": measure_start,
    "preparation": measure_preparation,
    "push": measure_intake,
    "runner": measure_runner,
    "history": measure_history,
    "trends": measure_trends,
    "range": measure_ranges,
    "streams": measure_streams,
    "backlog": measure_backlog,
    "shared": measure_shared,
    "page": measure_page,
    "framework": measure_framework,
    "rates": measure_rates,
    "generator": measure_generator,
    "steering": measure_steering,
    "discover": measure_discover,
}


def main(arguments: Sequence[str]) -> int:
    """Measure, and return the exit code: 0 when everything was measured and is within its budget."""
    replace_unencodable()
    options = make_parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _exit_on_signal)
    failed = 0
    print(heading(), flush=True)
    for name in [*options.names, *options.only] or MEASUREMENTS:
        failed += _measure(name, QUICK if options.quick else FULL)
    return 1 if failed else 0


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/bench",
        description="Measures the dashboard on this machine; docs/performance.md explains the table.",
    )
    parser.add_argument("--quick", action="store_true", help="measure less, in about two minutes")
    names = ", ".join(MEASUREMENTS)
    parser.add_argument(
        "names",
        nargs="*",
        type=_measurement_name,
        metavar="NAME",
        help=f"run only these measurements: {names}",
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        type=_measurement_name,
        metavar="NAME",
        help="the same as NAME; may be repeated",
    )
    return parser


def _measurement_name(name: str) -> str:
    if name not in MEASUREMENTS:
        raise argparse.ArgumentTypeError(
            f"unknown measurement {name!r}; choose from {', '.join(MEASUREMENTS)}"
        )
    return name


def _measure(name: str, scale: Scale) -> int:
    """Measure once. Return the number of rows over their budget, or 1 when the measurement failed."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        wait_until_quiet(scale.quiet_wait_s)
        try:
            rows = MEASUREMENTS[name](BenchContext(scale, Path(folder), _log))
        except (BenchError, OSError) as error:
            _log(f"{name} was not measured: {error}")
            return 1
    for row in rows:
        print(row, flush=True)
    _log(f"{name} took {time.monotonic() - started:.0f} s")
    return sum(row.ok is False for row in rows)


def _log(message: str) -> None:
    print(f"  {message}", file=sys.stderr, flush=True)


def _exit_on_signal(number: int, _frame: object) -> NoReturn:
    """Unwind the stack, so that all started processes are stopped."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
