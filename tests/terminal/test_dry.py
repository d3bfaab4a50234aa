"""A dry run in the terminal: each request once, also one that never was answered."""

from io import StringIO
from typing import Any, cast

import pytest
from rich.console import Console

from dashboard.terminal.backends import Backend
from dashboard.terminal.dry import entry_lines, follow, verdict_line


def an_entry(op: str, state: str) -> dict[str, Any]:
    return {"op": op, "state": state, "part": "endpoint", "failed": False, "exchange": None, "reason": None}


class Told:
    """Answers what a server says, look by look."""

    def __init__(self, *looks: tuple[str, list[dict[str, Any]]]) -> None:
        self.looks = list(looks)

    def dry(self, _dry_id: str, after: int) -> dict[str, Any]:
        status, entries = self.looks.pop(0)
        return {"status": status, "after": after, "entries": entries[after:]}


@pytest.mark.parametrize("last", ["answered", "waiting"])
def test_every_request_is_told_once_and_the_last_as_it_ended(last: str) -> None:
    first = an_entry("First", "skipped")
    backend = Told(
        ("running", [first, an_entry("Second", "waiting")]),
        ("canceled", [first, an_entry("Second", last)]),
    )
    out = Console(file=StringIO(), width=100)
    told = follow(cast(Backend, backend), "x", Console(file=StringIO()), out)
    assert [(entry["op"], entry["state"]) for entry in told["entries"]] == [
        ("First", "skipped"),
        ("Second", last),
    ]
    printed = cast(StringIO, out.file).getvalue()
    assert (printed.count("First"), printed.count("Second")) == (1, 1)
    assert ("it was still waiting" in printed) or last == "answered"


def test_what_a_target_sent_does_not_drive_the_terminal() -> None:
    error = "malformed MIME header line: \x1b]0;mine\x07\x1b[31m"
    response = {"status": 0, "error": error, "body": "\x1b[2J", "duration_ms": 1.0}
    request = {"method": "GET", "url": "http://127.0.0.1/", "body": None}
    exchange = {"expected": False, "checks": [], "request": request, "response": response}
    entry = an_entry("First", "answered") | {"failed": True, "exchange": exchange}
    counts = {"answered": 1, "failed": 1, "skipped": 0, "elapsed_s": 1.0, "base_url": "http://127.0.0.1"}
    verdict = verdict_line({"status": "finished", "message": error, **counts})
    for told in (entry_lines(entry).plain, verdict.plain):
        assert "malformed MIME header line" in told
        assert told.replace("\n", "").isprintable()
