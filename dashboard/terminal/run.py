"""`bin/dashboard run`: one run from start to verdict. Ctrl-C is one stop, a second one leaves k6 to end by itself."""

import json
import time
from typing import Any

from rich.console import Console
from rich.status import Status

from dashboard.model.errors import DashboardError, InvalidRequest
from dashboard.terminal.backends import Backend, Wish
from dashboard.terminal.report import print_result, progress_line

LOOK_S = 0.5
PLAIN_LINE_S = 5.0
WAITING = ("queued", "starting", "running", "stopping")
EXIT_OF_VERDICT = {"pass": 0, "none": 0, "fail": 99, "unknown": 3, "invalid": 3}
EXIT_OF_STATUS = {"failed": 1, "stopped": 4, "interrupted": 4}
USAGE = 2


def run_and_report(backend: Backend, wish: Wish, console: Console, *, as_json: bool) -> int:
    """Carry out `wish`; the process's exit code. The result goes to standard output, the rest to `console`."""
    try:
        run_id = backend.start(wish)
        record = follow(backend, run_id, console)
    except InvalidRequest as error:
        console.print(f"bin/dashboard: {error.detail}", markup=False, style="red")
        return USAGE
    except DashboardError as error:
        console.print(f"bin/dashboard: {error.detail}", markup=False, style="red")
        return 1
    ops, slo = backend.result(run_id)
    if as_json:
        print(json.dumps({"run": record, "ops": ops, "slo": slo}))
    else:
        print_result(Console(), record, ops, slo)
    return exit_code(record)


def follow(backend: Backend, run_id: str, console: Console) -> dict[str, Any]:
    """Show progress until the run has ended; its final record."""
    stops = 0
    next_line = 0.0
    with console.status(run_id) as status:
        while True:
            try:
                record = backend.record(run_id)
                if record["status"] not in WAITING:
                    return record
                next_line = _show(record, console, status, next_line)
                time.sleep(LOOK_S)
            except KeyboardInterrupt:
                stops += 1
                if stops > 1:
                    raise
                console.print("stopping; press Ctrl-C again to leave it to itself", markup=False)
                backend.stop(run_id)


def _show(record: dict[str, Any], console: Console, status: Status, next_line: float) -> float:
    """A living line on a terminal; elsewhere a line now and then."""
    line = progress_line(record)
    if console.is_terminal:
        status.update(line)
        return next_line
    if time.monotonic() < next_line:
        return next_line
    console.print(line, markup=False, highlight=False)
    return time.monotonic() + PLAIN_LINE_S


def exit_code(record: dict[str, Any]) -> int:
    """0 pass or none, 99 fail, 3 unknown or invalid, 4 stopped or interrupted, 1 failed.

    A run that was stopped for a broken limit has failed it.
    """
    by_status = None if record["slo_abort_reason"] else EXIT_OF_STATUS.get(record["status"])
    return by_status if by_status is not None else EXIT_OF_VERDICT.get(record["verdict"], 3)
