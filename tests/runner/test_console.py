"""The limit of console.log: what is dropped is counted, and the last lines are kept."""

from pathlib import Path

import pytest

from dashboard.run_folder.files import ConsoleFile, RunFolder
from dashboard.runner.console import ConsoleLimiter

KIB = 1 << 10
LINE = b"x" * 63 + b"\n"


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def write(folder: RunFolder, data: bytes) -> None:
    """Append to the log, as k6 does."""
    with folder.console_log.open("ab") as log:
        log.write(data)


def test_a_log_within_its_limit_is_unchanged(folder: RunFolder) -> None:
    limiter = ConsoleLimiter(folder, 4 * KIB)
    write(folder, LINE * 64)
    limiter.truncate()
    limiter.finish()
    assert folder.console_log.read_bytes() == LINE * 64
    assert limiter.dropped_bytes == 0
    assert not folder.has(ConsoleFile)


def test_every_dropped_byte_is_counted(folder: RunFolder) -> None:
    limiter = ConsoleLimiter(folder, 4 * KIB)
    for number in range(50):
        write(folder, LINE * number)
        limiter.truncate()
    limiter.finish()
    printed = sum(range(50)) * len(LINE)
    assert limiter.dropped_bytes + folder.console_log.stat().st_size == printed
    assert folder.read(ConsoleFile) == ConsoleFile(limiter.dropped_bytes)
    assert folder.console_log.stat().st_size <= 4 * KIB


@pytest.mark.parametrize("after", [b"", b"printed after the truncation\n"])
def test_lines_before_a_truncation_are_kept_if_k6_ends_soon(folder: RunFolder, after: bytes) -> None:
    limiter = ConsoleLimiter(folder, 4 * KIB)
    write(folder, LINE * 100 + b"the reason\n")
    limiter.truncate()
    write(folder, after)
    limiter.finish()
    kept = folder.console_log.read_bytes()
    assert kept.endswith(LINE + b"the reason\n" + after)
    assert len(kept) == 4 * KIB
    assert limiter.dropped_bytes == len(LINE * 100 + b"the reason\n" + after) - 4 * KIB


def test_a_log_over_its_limit_keeps_its_end(folder: RunFolder) -> None:
    limiter = ConsoleLimiter(folder, 4 * KIB)
    write(folder, LINE * 100)
    limiter.truncate()
    write(folder, b"y" * 10_000 + b"the reason\n")
    limiter.finish()
    assert folder.console_log.read_bytes() == (b"y" * 10_000 + b"the reason\n")[-4 * KIB :]


def test_a_runner_that_takes_over_continues_the_count(folder: RunFolder) -> None:
    first = ConsoleLimiter(folder, 4 * KIB)
    write(folder, LINE * 100)
    first.truncate()
    second = ConsoleLimiter(folder, 4 * KIB)
    write(folder, LINE * 100)
    second.truncate()
    assert second.dropped_bytes == 200 * len(LINE)
