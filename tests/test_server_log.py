"""The server's log: write failures are ignored, tracebacks contain no values of variables, libraries use it too."""

import io
import logging
import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
import structlog

from dashboard.loop import Loop
from dashboard.server_log import configure_logging
from tests.api.conftest import wait_until

FULL = Path("/dev/full")


@pytest.fixture(autouse=True)
def restore_configuration() -> Iterator[None]:
    """Restore the logging configuration after each test."""
    before, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    yield
    structlog.configure(**before)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def fail(secret: str) -> None:
    raise ValueError("the tick failed")


def test_tracebacks_contain_no_values_of_variables() -> None:
    out = StringIO()
    configure_logging(out, "info")
    secret = "-".join(("hush", "hush"))
    try:
        fail(secret)
    except ValueError:
        structlog.get_logger().exception("loop.tick_failed", loop="run-1")
    assert "loop.tick_failed" in out.getvalue()
    assert "ValueError: the tick failed" in out.getvalue()
    assert secret not in out.getvalue()


def test_messages_below_the_level_are_dropped() -> None:
    out = StringIO()
    configure_logging(out, "warning")
    structlog.get_logger().info("run.starting")
    assert out.getvalue() == ""


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_a_loop_survives_a_log_that_cannot_be_written() -> None:
    with os.fdopen(os.open(FULL, os.O_WRONLY), "wb", buffering=0) as full:
        configure_logging(io.TextIOWrapper(full, write_through=True), "info")
        loop = Loop("l", lambda _: fail("x"))
        loop.start()
        wait_until(lambda: loop.errors > 1)
        assert loop.alive
        assert loop.stop()


def test_messages_of_libraries_are_in_the_same_log() -> None:
    out = StringIO()
    configure_logging(out, "info")
    logging.getLogger("waitress.queue").warning("Task queue depth is %d", 7)
    logging.getLogger("waitress").info("Serving")

    assert "Task queue depth is 7" in out.getvalue()
    assert "waitress.queue" in out.getvalue()
    assert "Serving" not in out.getvalue()


def test_logging_to_a_closed_stream_raises_nothing() -> None:
    out = StringIO()
    configure_logging(out, "info")
    out.close()
    structlog.get_logger().info("run.starting")
