"""`bin/dashboard run`: one run, from start to verdict. An interrupt stops the run; a second one exits immediately."""

import time
from typing import Any

from rich.console import Console
from rich.status import Status

from dashboard.model.errors import DashboardError, InvalidRequest
from dashboard.runs.start.request import StartRequest
from dashboard.terminal.backends import Backend, ServerUnreachable
from dashboard.terminal.console import open_console
from dashboard.terminal.context import CommandContext
from dashboard.terminal.export_files import ExportFiles, read_summary, write_exports
from dashboard.terminal.output import echo_json
from dashboard.terminal.report import print_comparison, print_failed_checks, print_result, progress_line
from dashboard.terminal.start_options import complete_request

POLL_INTERVAL_S = 0.5
LINE_INTERVAL_S = 5.0
PENDING_STATUSES = ("queued", "starting", "running", "stopping")
EXIT_BY_VERDICT = {"pass": 0, "none": 0, "fail": 99, "unknown": 3, "invalid": 3}
EXIT_BY_STATUS = {"failed": 1, "stopped": 4, "interrupted": 4}
NOT_DONE, USAGE = 1, 2


def run_and_report(
    context: CommandContext, request: StartRequest, files: ExportFiles, *, as_json: bool
) -> int:
    """Carry out a run and return the exit code. The result goes to standard output, all else to the console."""
    backend, console = context.backend, context.console
    try:
        run_id = backend.start(complete_request(request, context, has_load=True))
        record = follow(context, run_id)
    except InvalidRequest as error:
        console.print(f"bin/dashboard: {error.detail}", markup=False, style="red")
        return USAGE
    except DashboardError as error:
        console.print(f"bin/dashboard: {error.detail}", markup=False, style="red")
        return NOT_DONE
    summary = read_summary(backend, run_id)
    if as_json:
        echo_json(summary)
    else:
        out = open_console()
        print_failed_checks(out, summary["checks"])
        print_result(out, record, *backend.read_result(run_id))
        print_comparison(out, backend.read_baseline(run_id))
    is_written = write_exports(backend, run_id, files, console)
    return exit_code(record) or (0 if is_written else NOT_DONE)


def follow(context: CommandContext, run_id: str) -> dict[str, Any]:
    """Show progress until the run has ended, and return its final record."""
    backend, console, interrupts = context.backend, context.console, context.interrupts
    next_line_at, is_stopping = 0.0, False
    with console.status(run_id) as status:
        while True:
            record = backend.read_record(run_id)
            if record["status"] not in PENDING_STATUSES:
                return record
            if interrupts.count and not is_stopping:
                is_stopping = True
                stop(backend, run_id, console)
                continue
            next_line_at = _show_progress(record, console, status, next_line_at)
            interrupts.wait(POLL_INTERVAL_S)


def stop(backend: Backend, run_id: str, console: Console) -> None:
    """Stop the run. Raises ServerUnreachable."""
    console.print("Stopping. Press Ctrl-C again to exit without waiting.", markup=False)
    try:
        backend.stop(run_id)
    except ServerUnreachable:
        raise
    except DashboardError as error:  # the run may have ended in the meantime
        console.print(error.detail, markup=False)


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
