"""No text from outside controls a terminal or a CI system, wherever it is printed."""

import ast
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rich.console import Console

from dashboard.model.printable import printable, printable_json, printable_line
from dashboard.model.run import RunStatus, Verdict
from dashboard.server_log import configure_logging, log
from dashboard.terminal.console import open_console
from dashboard.terminal.dry import print_entries, verdict_line
from dashboard.terminal.output import echo, echo_json
from dashboard.terminal.report import print_failed_checks, print_result
from tests.conftest import ROOT
from tests.terminal.test_report import a_record

ATTACKS = (
    *(
        "\x1b[31mred",
        "\x1b]0;title\x07",
        "\x1b[2J\x1b[H",
        "\x9b31m",
        "\x08\x08\x08ok",
        "a\rb",
        "\x00",
        "\x7f",
    ),
    *("\u202etxt", "\u2066x", "\u200bx", "\ufeffx", "\x1b]8;;http://evil.example\x07link\x1b]8;;\x07"),
    *(
        "::error::x",
        "a\n::error file=a,line=1::x",
        "  ::set-output name=a::b",
        "a\r::add-mask::x",
        "a\x85::stop-commands::x",
    ),
    *(
        "##[error]x",
        "a ##[group]x",
        "##vso[task.setvariable variable=a]b",
        "##teamcity[blockOpened name='a']",
    ),
    *("section_start:1:a\r\x1b[0Kx", f"{'w' * 76}::error::x", "\t::debug::x", "::::error::x", "[red]x[/red]"),
)
COMMAND = re.compile(r"^\s*::|##\[|##vso\[|##teamcity\[", re.IGNORECASE | re.MULTILINE)


def assert_harmless(text: str) -> None:
    assert not [letter for letter in text if not letter.isprintable() and letter not in "\n\t"], ascii(text)
    assert not COMMAND.search(text), ascii(text)


def an_entry(text: str) -> dict[str, Any]:
    request = {"method": text, "url": text, "body": text}
    response = {"status": 0, "error": text, "body": text, "duration_ms": 1.0}
    checks = [{"check": text, "pass": False}]
    exchange = {"expected": False, "checks": checks, "request": request, "response": response}
    entry = {"op": text, "state": "answered", "part": "scenario", "scenario": text, "failed": True}
    return entry | {"exchange": exchange, "reason": text}


def print_run(console: Console, text: str) -> None:
    op = {"op": text, "group": text, "total_reqs": 1, "errors": 0, "checks_rate": None}
    op |= dict.fromkeys(("avg_ms", "p50_ms", "p95_ms", "p99_ms"))
    check = {"a": {"pass": False, "reason": text}}
    slo = {"checks": check, "operations": {text: check}, "groups": {text: check}}
    reasons = {"exit_reason": text, "verdict_reason": text}
    print_failed_checks(console, [{"op": text, "check": text, "fails": 1, "passes": 0}])
    print_result(console, a_record(RunStatus.FAILED, verdict=Verdict.FAIL, **reasons), [op], slo)


def print_dry_run(console: Console, text: str) -> None:
    print_entries(console, [an_entry(text), an_entry(text) | {"exchange": None}], "")
    counts = {"answered": 1, "failed": 1, "skipped": 0, "elapsed_s": 1.0, "base_url": text}
    console.print(verdict_line({"status": "finished", "message": text, **counts}))


PRINTERS: dict[str, Callable[[Console, str], None]] = {
    "run": print_run,
    "dry run": print_dry_run,
    "line": lambda console, text: console.print(text),
    "styled line": lambda console, text: console.print(f"bin/dashboard: {text}", style="red"),
}


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
@pytest.mark.parametrize("width", [20, 80, 200])
@pytest.mark.parametrize("printer", PRINTERS)
def test_a_console_prints_no_attack(text: str, width: int, printer: str) -> None:
    out = io.StringIO()
    PRINTERS[printer](open_console(file=out, width=width), text)
    assert_harmless(out.getvalue())


def test_only_colors_of_the_dashboard_reach_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    out = io.StringIO()
    open_console(file=out).print("a\x1b[2Jb", style="red")
    assert out.getvalue() == "\x1b[31ma [2Jb\x1b[0m\n"


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_plain_output_prints_no_attack(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    echo(text)
    echo(text, err=True)
    printed = capsys.readouterr()
    assert_harmless(printed.out)
    assert_harmless(printed.err)


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_json_output_keeps_its_value(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    echo_json({text: [text]})
    printed = capsys.readouterr().out
    assert_harmless(printed)
    assert json.loads(printed) == {text: [text]}


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_the_log_of_the_server_prints_no_attack(text: str) -> None:
    out = io.StringIO()
    configure_logging(out, "info")
    log.info(text, value=text, other="a b")
    assert_harmless(out.getvalue())
    assert len(out.getvalue().splitlines()) == 1


@pytest.mark.parametrize(
    "text", ["Größe 漢字 🦊", "a::b", "Foo::bar::baz", "[::1]:80", "# heading", "x\n\ty"]
)
def test_ordinary_text_is_unchanged(text: str) -> None:
    assert printable(text) == text
    assert printable_json(json.dumps(text)) == json.dumps(text)


def test_a_line_has_no_line_feed() -> None:
    assert printable_line("a\n::error::\tb") == "a ::error:: b"


def printing_calls() -> Iterator[str]:
    """Yield the calls that print, including those in `output` and `console`."""
    files = [*(ROOT / "dashboard" / "terminal").glob("*.py"), ROOT / "dashboard" / "__main__.py"]
    for path in files:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if name in (
                "print",
                "click.echo",
                "click.secho",
                "Console",
                "sys.stdout.write",
                "sys.stderr.write",
            ):
                yield f"{path.stem}: {name}"


def test_nothing_is_printed_past_the_safe_functions() -> None:
    assert sorted(printing_calls()) == ["console: Console", "output: click.echo", "output: click.echo"]
