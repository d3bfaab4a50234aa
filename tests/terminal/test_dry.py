"""A dry run in the terminal: each request is printed once, even one without a response."""

from io import StringIO
from typing import Any, cast

import pytest
from rich.console import Console

from dashboard.settings import Settings
from dashboard.terminal.backends import Backend
from dashboard.terminal.context import CommandContext
from dashboard.terminal.dry import entry_lines, follow, verdict_line
from dashboard.terminal.interrupts import Interrupts


def an_entry(op: str, state: str) -> dict[str, Any]:
    return {"op": op, "state": state, "part": "endpoint", "failed": False, "exchange": None, "reason": None}


class FakeBackend:
    """Returns one (status, entries) pair per poll."""

    def __init__(self, *polls: tuple[str, list[dict[str, Any]]]) -> None:
        self.polls = list(polls)

    def read_dry_run(self, _dry_id: str, after: int) -> dict[str, Any]:
        status, entries = self.polls.pop(0)
        return {"status": status, "after": after, "entries": entries[after:]}


@pytest.mark.parametrize("last", ["answered", "waiting"])
def test_every_request_is_printed_once_in_its_final_state(last: str) -> None:
    first = an_entry("First", "skipped") | {"reason": "weight 0"}
    backend = FakeBackend(
        ("running", [first, an_entry("Second", "waiting")]),
        ("canceled", [first, an_entry("Second", last)]),
    )
    out = Console(file=StringIO(), width=100)
    with Interrupts() as interrupts:
        context = CommandContext(
            backend=cast(Backend, backend),
            settings=Settings(_env_file=None),
            console=Console(file=StringIO()),
            interrupts=interrupts,
        )
        result = follow(context, "x", out)
    assert [(entry["op"], entry["state"]) for entry in result["entries"]] == [
        ("First", "skipped"),
        ("Second", last),
    ]
    printed = cast(StringIO, out.file).getvalue()
    assert (printed.count("First"), printed.count("Second")) == (1, 1)
    assert printed.count("not sent: weight 0") == 1
    assert printed.count("no response before the dry run ended") == 1


def test_control_characters_of_a_response_are_not_printed() -> None:
    error = "malformed MIME header line: \x1b]0;mine\x07\x1b[31m"
    response = {"status": 0, "error": error, "body": "\x1b[2J", "duration_ms": 1.0}
    request = {"method": "GET", "url": "http://127.0.0.1/", "body": None}
    exchange = {"expected": False, "checks": [], "request": request, "response": response}
    entry = an_entry("First", "answered") | {"failed": True, "exchange": exchange}
    counts = {"answered": 1, "failed": 1, "skipped": 0, "elapsed_s": 1.0, "base_url": "http://127.0.0.1"}
    verdict = verdict_line({"status": "finished", "message": error, **counts})
    for text in (entry_lines(entry).plain, verdict.plain):
        assert "malformed MIME header line" in text
        assert text.replace("\n", "").isprintable()
