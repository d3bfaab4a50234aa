"""The log stands in nobody's way, and shows no values."""

import io
import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
import structlog

from dashboard.runs.loop import Loop
from dashboard.server_log import log_to
from tests.api.conftest import wait_until

FULL = Path("/dev/full")


@pytest.fixture(autouse=True)
def configuration() -> Iterator[None]:
    """The configuration of the other tests, when this one is done."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def fail(secret: str) -> None:
    raise ValueError("it went wrong")


def test_a_traceback_shows_lines_and_no_values() -> None:
    out = StringIO()
    log_to(out, "info")
    secret = "-".join(("hush", "hush"))
    try:
        fail(secret)
    except ValueError:
        structlog.get_logger().exception("loop.tick_failed", loop="run-1")
    assert "loop.tick_failed" in out.getvalue()
    assert "ValueError: it went wrong" in out.getvalue()
    assert secret not in out.getvalue()


def test_what_is_below_the_level_is_not_logged() -> None:
    out = StringIO()
    log_to(out, "warning")
    structlog.get_logger().info("run.starting")
    assert out.getvalue() == ""


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_a_loop_outlives_a_log_that_cannot_be_written() -> None:
    with os.fdopen(os.open(FULL, os.O_WRONLY), "wb", buffering=0) as full:
        log_to(io.TextIOWrapper(full, write_through=True), "info")
        loop = Loop("l", lambda _: fail("x"))
        loop.start()
        wait_until(lambda: loop.errors > 1)
        assert loop.alive
        assert loop.stop()


def test_a_closed_log_is_no_mistake_of_ours() -> None:
    out = StringIO()
    log_to(out, "info")
    out.close()
    structlog.get_logger().info("run.starting")
