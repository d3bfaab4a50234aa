"""A pytest plugin for `bin/test`: adds the results of earlier pytest processes to the closing line."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

import pytest

OUTCOMES = ("failed", "passed", "skipped", "xfailed", "xpassed", "error")


class EarlierResult:
    """Represents one test of an earlier process. That process has already printed the report of the test."""

    count_towards_summary = True


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--counts", type=Path, help="add the counts in this file to the closing line and to the file"
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Generator[None]:
    """Add the counts after the short summary, which therefore lists only the tests of this process."""
    yield
    file: Path | None = config.getoption("--counts")
    if file is None or hasattr(config, "workerinput"):  # a worker of pytest-xdist has a summary too
        return
    stats = terminalreporter.stats
    for outcome, count in (json.loads(file.read_text()) if file.exists() else {}).items():
        stats.setdefault(outcome, []).extend([EarlierResult()] * count)
    file.write_text(json.dumps({outcome: len(stats[outcome]) for outcome in OUTCOMES if stats.get(outcome)}))
