"""`bin/dashboard run`: one run, from start to verdict. Ctrl-C stops the run; a second Ctrl-C exits without waiting."""

import time
from typing import Any

from rich.console import Console
from rich.status import Status

from dashboard.model.errors import DashboardError, InvalidRequest
from dashboard.runs.start.request import StartRequest
from dashboard.terminal.backends import Backend
from dashboard.terminal.console import open_console
from dashboard.terminal.output import echo_json
from dashboard.terminal.report import print_result, progress_line

POLL_INTERVAL_S = 0.5
LINE_INTERVAL_S = 5.0
PENDING_STATUSES = ("queued", "starting", "running", "stopping")
EXIT_BY_VERDICT = {"pass": 0, "none": 0, "fail": 99, "unknown": 3, "invalid": 3}
EXIT_BY_STATUS = {"failed": 1, "stopped": 4, "interrupted": 4}
USAGE = 2


def run_and_report(backend: Backend, request: StartRequest, console: Console, *, as_json: bool) -> int:
    """Carry out a run and return the exit code. The result goes to standard output, all else to `console`."""
    try:
        run_id = backend.start(request)
        record = follow(backend, run_id, console)
    except InvalidRequest as error:
        console.print(f"bin/dashboard: {error.detail}", markup=False, style="red")
        return USAGE
    except DashboardError as error:
        console.print(f"bin/dashboard: {error.detail}", markup=False, style="red")
        return 1
    ops, slo = backend.read_result(run_id)
    if as_json:
        echo_json({"run": record, "ops": ops, "slo": slo})
    else:
        print_result(open_console(), record, ops, slo)
    return exit_code(record)


def follow(backend: Backend, run_id: str, console: Console) -> dict[str, Any]:
    """Show progress until the run has ended, and return its final record."""
    interrupts = 0
    next_line_at = 0.0
    with console.status(run_id) as status:
        while True:
            try:
                record = backend.read_record(run_id)
                if record["status"] not in PENDING_STATUSES:
                    return record
                next_line_at = _show_progress(record, console, status, next_line_at)
                time.sleep(POLL_INTERVAL_S)
            except KeyboardInterrupt:
                interrupts += 1
                if interrupts > 1:
                    raise
                console.print("Stopping. Press Ctrl-C again to exit without waiting.", markup=False)
                backend.stop(run_id)


def _show_progress(record: dict[str, Any], console: Console, status: Status, next_line_at: float) -> float:
    """Update the status line on a terminal; elsewhere print a line every 5 s. Returns the time of the next line."""
    line = progress_line(record)
    if console.is_terminal:
        status.update(line)
        return next_line_at
    if time.monotonic() < next_line_at:
        return next_line_at
    console.print(line, markup=False, highlight=False)
    return time.monotonic() + LINE_INTERVAL_S


def exit_code(record: dict[str, Any]) -> int:
    """Return 0 for pass or none, 99 for fail, 3 for unknown or invalid, 4 for stopped or interrupted, 1 for failed.

    For a run that a breached SLO stopped, the verdict decides.
    """
    by_status = None if record["slo_abort_reason"] else EXIT_BY_STATUS.get(record["status"])
    return by_status if by_status is not None else EXIT_BY_VERDICT.get(record["verdict"], 3)
