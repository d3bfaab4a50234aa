"""A pytest plugin for `bin/test`: adds the results of an earlier pytest process to the closing line."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

import pytest

OUTCOMES = ("failed", "passed", "skipped", "xfailed", "xpassed", "error")


class EarlierResult:
    """Stands for one test of the earlier process, whose report was printed there."""

    count_towards_summary = True


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--counts-to", type=Path, help="write the number of results by outcome to this file")
    parser.addoption("--counts-from", type=Path, help="add the numbers in this file to the closing line")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Generator[None]:
    """Runs around the whole summary, so that the short summary lists only the tests of this process."""
    yield
    stats = terminalreporter.stats
    if target := config.getoption("--counts-to"):
        target.write_text(json.dumps({outcome: len(stats.get(outcome, ())) for outcome in OUTCOMES}))
    source = config.getoption("--counts-from")
    if source and source.exists():
        for outcome, count in json.loads(source.read_text()).items():
            stats.setdefault(outcome, []).extend([EarlierResult()] * count)
            if not stats[outcome]:
                del stats[outcome]
