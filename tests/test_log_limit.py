"""Too many open files do not flood the log."""

import errno
import logging
import os
from collections.abc import Callable
from io import StringIO

import pytest
import structlog

from dashboard.server_log import configure_logging
from tests.test_server_log import restore_configuration

__all__ = ["restore_configuration"]
TEXT = os.strerror(errno.EMFILE)


def raise_through(error: OSError) -> None:
    try:
        raise error
    except OSError as cause:
        raise ValueError("the store failed") from cause


def log_caused(error: OSError) -> None:
    try:
        raise_through(error)
    except ValueError:
        structlog.get_logger().exception("loop.tick_failed", loop="run-1")


ENTRIES: dict[str, Callable[[], None]] = {
    "exception": lambda: structlog.get_logger().error("x", exc_info=OSError(errno.EMFILE, TEXT)),
    "system": lambda: structlog.get_logger().error("x", exc_info=OSError(errno.ENFILE, "table")),
    "cause": lambda: log_caused(OSError(errno.EMFILE, TEXT)),
    "text": lambda: structlog.get_logger().error("request.failed", error=f"[Errno 24] {TEXT}: '/x'"),
    "library": lambda: logging.getLogger("waitress").error("uncaptured python exception (%s)", TEXT),
}


def count_lines(write: Callable[[], None], out: StringIO) -> int:
    before = out.getvalue().count("[error")
    for _ in range(1_000):
        write()
    return out.getvalue().count("[error") - before


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_about_too_many_open_files_is_written_once(entry: str) -> None:
    out = StringIO()
    configure_logging(out, "info")

    assert count_lines(ENTRIES[entry], out) == 1


def test_the_next_entry_has_the_number_of_dropped_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    out = StringIO()
    configure_logging(out, "info")
    count_lines(ENTRIES["text"], out)
    monkeypatch.setattr("time.monotonic", lambda: 1e9)
    ENTRIES["text"]()

    assert "similar_dropped=999" in out.getvalue()


def test_other_entries_are_all_written() -> None:
    out = StringIO()
    configure_logging(out, "info")

    assert count_lines(lambda: structlog.get_logger().error("request.failed", error="x"), out) == 1_000
