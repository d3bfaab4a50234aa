"""`bin/dashboard dry`: every request once, told as it comes. Ctrl-C cancels, a second one leaves it to itself."""

import json
import time
from typing import Any

from rich.console import Console
from rich.text import Text

from dashboard.model.errors import DashboardError, InvalidRequest
from dashboard.terminal.backends import Backend

LOOK_S = 0.25
LIVE = ("starting", "running")
MARKS = {
    "waiting": ("…", "dim"),
    "answered": ("✓", "green"),
    "failed": ("✗", "red"),
    "skipped": ("–", "yellow"),
}
TITLES = {"setup": "Set-up", "endpoint": "Endpoints, each by itself", "teardown": "Teardown"}
MOST_BODY = 400
PASSED, NOT_DONE, USAGE, CANCELED, SOME_FAILED = 0, 1, 2, 4, 99


def dry_and_report(backend: Backend, body: dict[str, Any], console: Console, *, as_json: bool) -> int:
    """Carry it out; the process's exit code. What came goes to standard output, the rest to `console`."""
    out = None if as_json else Console()
    try:
        told = follow(backend, backend.begin_dry(body), console, out)
    except InvalidRequest as error:
        console.print(f"bin/dashboard: {error.detail}", markup=False, style="red")
        return USAGE
    except DashboardError as error:
        console.print(f"bin/dashboard: {error.detail}", markup=False, style="red")
        return NOT_DONE
    if out is None:
        print(json.dumps(told))
    else:
        out.print(verdict_line(told))
    return exit_code(told)


def follow(backend: Backend, dry_id: str, console: Console, out: Console | None) -> dict[str, Any]:
    """Tell each request once it is answered; the whole answer at the end."""
    entries: list[dict[str, Any]] = []
    title, cancels = "", 0
    while True:
        try:
            told = backend.dry(dry_id, len(entries))
            live = told["status"] in LIVE
            new = [entry for entry in told["entries"] if not (live and entry["state"] == "waiting")]
            entries += new
            if out is not None:
                title = tell(out, new, title)
            if not live:
                return told | {"after": 0, "entries": entries}
            time.sleep(LOOK_S)
        except KeyboardInterrupt:
            cancels += 1
            if cancels > 1:
                raise
            console.print("canceling; press Ctrl-C again to leave it to itself", markup=False)
            backend.cancel_dry(dry_id)


def tell(out: Console, entries: list[dict[str, Any]], title: str) -> str:
    """Each under the title of its part; the title that the next one stands under."""
    for entry in entries:
        if title_of(entry) != title:
            title = title_of(entry)
            out.print(Text(f"\n{title}", style="bold"))
        out.print(entry_lines(entry))
    return title


def title_of(entry: dict[str, Any]) -> str:
    """The part of the test that it belongs to."""
    return TITLES.get(entry["part"]) or f"Scenario {entry['scenario']}"


def entry_lines(entry: dict[str, Any]) -> Text:
    """One line; below a failed request all that it takes to see why."""
    mark, style = MARKS["failed" if entry["failed"] else entry["state"]]
    text = Text(f"  {mark} ", style=style)
    text.append(entry["op"], style="" if entry["state"] == "answered" else "dim")
    exchange = entry["exchange"]
    if exchange is None:
        return text.append(f"  not sent: {entry['reason'] or 'it was still waiting'}", style="dim")
    request, response = exchange["request"], exchange["response"]
    status = str(response["status"]) if response["status"] else _plain(response["error"] or "no response")
    text.append(f"  {request['method']} {request['url']}", style="dim")
    text.append(f"  {status}", style=style)
    text.append(f"  {response['duration_ms']:.0f} ms", style="dim")
    if entry["failed"]:
        for line in _why(exchange):
            text.append(f"\n      {line}")
    return text


def _why(exchange: dict[str, Any]) -> list[str]:
    request, response = exchange["request"], exchange["response"]
    lines = [f"check failed: {one['check']}" for one in exchange["checks"] if not one["pass"]]
    if not exchange["expected"] and response["status"]:
        lines.append("the status is an error")
    if request["body"]:
        lines.append(f"sent: {_short(request['body'])}")
    if response["body"]:
        lines.append(f"came: {_short(response['body'])}")
    return lines


def _plain(said: str) -> str:
    """On one line, without what would drive the terminal: k6 quotes what a target sends."""
    return "".join(letter if letter.isprintable() else " " for letter in said)


def _short(body: str) -> str:
    plain = _plain(body[: MOST_BODY + 1])
    return plain[:MOST_BODY] + "…" if len(plain) > MOST_BODY else plain


def verdict_line(told: dict[str, Any]) -> Text:
    """How it ended, and how many there were."""
    code = exit_code(told)
    style = {PASSED: "green", CANCELED: "yellow"}.get(code, "red")
    line = Text(
        f"\n{'✓' if code == PASSED else '✗'} {_plain(told['message'] or told['status'])}", style=style
    )
    counts = f"{told['answered']} answered, {told['failed']} failed, {told['skipped']} skipped"
    return line.append(f"\n  {counts} in {told['elapsed_s']:.1f} s, {told['base_url']}", style="dim")


def exit_code(told: dict[str, Any]) -> int:
    """0 all that was sent passed, 99 some failed, 4 canceled, 1 it could not be carried out or sent nothing."""
    if told["status"] == "canceled":
        return CANCELED
    if told["status"] != "finished" or not told["answered"]:
        return NOT_DONE
    return SOME_FAILED if told["failed"] else PASSED
