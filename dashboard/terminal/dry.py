"""`bin/dashboard dry`: sends every request once and prints it as it ends. An interrupt cancels; a second one exits."""

from typing import Any

from rich.console import Console
from rich.text import Text

from dashboard.model.errors import DashboardError, InvalidRequest
from dashboard.model.printable import printable_line
from dashboard.runs.start.request import StartRequest
from dashboard.terminal.console import open_console
from dashboard.terminal.context import CommandContext
from dashboard.terminal.output import echo_json
from dashboard.terminal.start_options import complete_request

POLL_INTERVAL_S = 0.25
PENDING_STATUSES = ("starting", "running")
SYMBOLS = {
    "waiting": ("…", "dim"),
    "answered": ("✓", "green"),
    "failed": ("✗", "red"),
    "skipped": ("–", "yellow"),
    "excluded": ("–", "dim"),
}
TITLES = {"setup": "Setup", "endpoint": "Individual endpoints", "teardown": "Teardown"}
MAX_BODY_CHARACTERS = 400
PASSED, NOT_DONE, USAGE, CANCELED, SOME_FAILED = 0, 1, 2, 4, 99


def dry_and_report(context: CommandContext, request: StartRequest, *, as_json: bool) -> int:
    """Carry out a dry run and return the exit code. Requests go to standard output, all else to the console."""
    out, console = None if as_json else open_console(), context.console
    try:
        request = complete_request(request, context, has_load=False)
        result = follow(context, context.backend.start_dry_run(request), out)
    except InvalidRequest as error:
        console.print(f"bin/dashboard: {error.detail}", markup=False, style="red")
        return USAGE
    except DashboardError as error:
        console.print(f"bin/dashboard: {error.detail}", markup=False, style="red")
        return NOT_DONE
    if out is None:
        echo_json(result)
    else:
        out.print(verdict_line(result))
    return exit_code(result)


def follow(context: CommandContext, dry_id: str, out: Console | None) -> dict[str, Any]:
    """Print each request once it has ended, and return the final result with all entries."""
    entries: list[dict[str, Any]] = []
    title, is_canceling = "", False
    while True:
        result = context.backend.read_dry_run(dry_id, len(entries))
        live = result["status"] in PENDING_STATUSES
        new = [entry for entry in result["entries"] if not (live and entry["state"] == "waiting")]
        entries += new
        if out is not None:
            title = print_entries(out, new, title)
        if not live:
            return result | {"after": 0, "entries": entries}
        if context.interrupts.count and not is_canceling:
            is_canceling = True
            context.console.print("Canceling. Press Ctrl-C again to exit without waiting.", markup=False)
            context.backend.cancel_dry_run(dry_id)
        context.interrupts.wait(POLL_INTERVAL_S)


def print_entries(out: Console, entries: list[dict[str, Any]], title: str) -> str:
    """Print entries, each part of the test below its title. Returns the title of the last part."""
    for entry in entries:
        if title_of(entry) != title:
            title = title_of(entry)
            out.print(Text(f"\n{title}", style="bold"))
        out.print(entry_lines(entry))
    return title


def title_of(entry: dict[str, Any]) -> str:
    """Return the title of the part of the test that the entry belongs to."""
    return TITLES.get(entry["part"]) or f"Scenario {entry['scenario']}"


def entry_lines(entry: dict[str, Any]) -> Text:
    """Return one line for the request, and below a failed one its reasons."""
    symbol, style = SYMBOLS["failed" if entry["failed"] else entry["state"]]
    text = Text(f"  {symbol} ", style=style)
    text.append(entry["op"], style="" if entry["state"] == "answered" else "dim")
    exchange = entry["exchange"]
    if exchange is None:
        reason = f"not sent: {entry['reason']}" if entry["reason"] else "no response before the dry run ended"
        return text.append(f"  {reason}", style="dim")
    request, response = exchange["request"], exchange["response"]
    status = (
        str(response["status"]) if response["status"] else printable_line(response["error"] or "no response")
    )
    text.append(f"  {request['method']} {request['url']}", style="dim")
    text.append(f"  {status}", style=style)
    text.append(f"  {response['duration_ms']:.0f} ms", style="dim")
    if entry["failed"]:
        for line in _failure_reasons(exchange):
            text.append(f"\n      {line}")
    return text


def _failure_reasons(exchange: dict[str, Any]) -> list[str]:
    request, response = exchange["request"], exchange["response"]
    lines = [f"check failed: {check['check']}" for check in exchange["checks"] if not check["pass"]]
    if not exchange["expected"] and response["status"]:
        lines.append("the status is an error")
    if request["body"]:
        lines.append(f"request body: {_shorten(request['body'])}")
    if response["body"]:
        lines.append(f"response body: {_shorten(response['body'])}")
    return lines


def _shorten(body: str) -> str:
    text = printable_line(body[: MAX_BODY_CHARACTERS + 1])
    return text[:MAX_BODY_CHARACTERS] + "…" if len(text) > MAX_BODY_CHARACTERS else text


def verdict_line(result: dict[str, Any]) -> Text:
    """Return the result and the counts of a dry run."""
    code = exit_code(result)
    style = {PASSED: "green", CANCELED: "yellow"}.get(code, "red")
    symbol = "✓" if code == PASSED else "✗"
    line = Text(f"\n{symbol} {printable_line(result['message'] or result['status'])}", style=style)
    counts = f"{result['answered']} answered, {result['failed']} failed, {result['skipped']} skipped"
    return line.append(f"\n  {counts} in {result['elapsed_s']:.1f} s, {result['base_url']}", style="dim")


def exit_code(result: dict[str, Any]) -> int:
    """Return 0 if every request passed, 99 if some failed, 4 if canceled, 1 if the dry run failed or sent nothing."""
    if result["status"] == "canceled":
        return CANCELED
    if result["status"] != "finished" or not result["answered"]:
        return NOT_DONE
    return SOME_FAILED if result["failed"] else PASSED
