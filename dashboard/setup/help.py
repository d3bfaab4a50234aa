"""Help of every command, before anything is installed. `help.json` is generated from the options of the program."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

HELP = {"-h", "--help"}
PAGES = Path(__file__).with_name("help.json")
INDENT, MAX_NAME_WIDTH = "  ", 26
UNLIMITED_WIDTH = 100_000
OVERVIEW = {
    "usage": "bin/dashboard [COMMAND] [OPTIONS]",
    "text": [
        "Every start first installs what is missing, unless --no-setup is given.",
        "`bin/dashboard COMMAND --help` describes the options of a command.",
    ],
    "rows": [
        ["serve", "serve the dashboard, on port 5656 (the default)"],
        ["run", "run a load profile and print its result"],
        ["dry", "send every request once and print the responses"],
        ["discover", "print the requests of a file or a service"],
        ["token", "create, list and revoke access tokens"],
        ["webhooks", "list, test, export and import webhooks"],
        ["doctor", "check everything that a start needs"],
        ["setup", "install what is missing without starting anything"],
        ["backup", "copy the whole data folder into a file, even while the dashboard runs"],
        ["restore", "unpack such a file into an unused data folder"],
        ["influx", "show, fill, verify or retry the replica in InfluxDB"],
    ],
}
# These commands run before the program and its option parser are installed.
OWN_PAGES: dict[str, dict[str, Any]] = {
    "doctor": {
        "usage": "bin/dashboard doctor [OPTIONS]",
        "text": [
            "Check everything that a start needs, and print what to do. It takes the options of `serve`.",
            "Exit codes: 0 if all checks pass, 1 if one fails, 2 for wrong usage.",
        ],
        "rows": [
            ["--host TEXT", "Address to listen on (127.0.0.1)."],
            ["--port INTEGER", "Port to listen on (5656)."],
            ["--data-dir PATH", "Folder of the database, the runs and the uploads (data)."],
        ],
    },
    "setup": {
        "usage": "bin/dashboard setup",
        "text": ["Install what is missing without starting anything: Python packages, the page, k6."],
        "rows": [],
    },
}
TOOLS: dict[str, dict[str, Any]] = {
    "test": {
        "usage": "bin/test [--quick] [--long] [PATHS AND OPTIONS OF PYTEST]",
        "text": [
            "Run all checks and tests. A path or an option of pytest runs only the selected tests.",
            "--quick runs the tests that need no other tool, --long also those that repeat or take minutes.",
        ],
        "rows": [],
    },
    "bench": {
        "usage": "bin/bench [--quick] [NAMES OF MEASUREMENTS]",
        "text": ["Run measurements, print a row per figure, and exit with 1 if a figure is over its budget."],
        "rows": [],
    },
}


def help_text(command: str, arguments: Sequence[str], width: int | None = None) -> str | None:
    """Return the help page that the arguments request; None if they request no help.

    Lines wrap at the width of the terminal. Off a terminal they do not wrap.
    """
    if not HELP & set(arguments):
        return None
    if width is None:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else UNLIMITED_WIDTH
    page = TOOLS[command] if command in TOOLS else _page_of(arguments)
    return "\n".join(_lines(page, width)) + "\n"


def _page_of(arguments: Sequence[str]) -> Mapping[str, Any]:
    """Return the page of the command in the arguments. Options without a command belong to `serve`."""
    pages = json.loads(PAGES.read_text("utf-8")) | OWN_PAGES
    before = [argument for argument in arguments if argument not in HELP]
    if not before:
        return OVERVIEW
    names = (" ".join(before[:2]), before[0])
    page: Mapping[str, Any] = next((pages[name] for name in names if name in pages), pages["serve"])
    return page if before[0] in pages or before[0].startswith("-") else OVERVIEW


def _lines(page: Mapping[str, Any], width: int) -> Iterator[str]:
    yield from wrap(f"usage: {page['usage']}", width, subsequent_indent=INDENT)
    for paragraph in page["text"]:
        yield ""
        yield from wrap(paragraph, width)
    if page["rows"]:
        yield ""
    for name, text in page["rows"]:
        yield from _row_lines(name, text, width)


def _row_lines(name: str, text: str, width: int) -> Iterator[str]:
    column = len(INDENT) + MAX_NAME_WIDTH + 2
    lines = wrap(text, max(20, width - column)) or [""]
    if len(name) > MAX_NAME_WIDTH:
        yield f"{INDENT}{name}"
        name = ""
    for line in lines:
        yield f"{INDENT}{name:<{MAX_NAME_WIDTH}}  {line}".rstrip()
        name = ""
