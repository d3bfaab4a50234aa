"""The server's log: plain lines on standard error. Writing it never disturbs the work that it tells of."""

import logging
import sys
from contextlib import suppress
from typing import TextIO

import structlog


class FailsafeStream:
    """A stream that swallows its own failures: a full disk or a closed pipe must not end a run's thread."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write `text` if that is possible."""
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        return 0

    def flush(self) -> None:
        """Pass on what waits if that is possible."""
        with suppress(OSError, ValueError):
            self._stream.flush()


def log_to(stream: TextIO, level: str) -> None:
    """Log to `stream` from `level` on. Tracebacks show no values: a secret may be among them."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.set_exc_info,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(
                colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(FailsafeStream(stream)),  # type: ignore[arg-type]  # all it uses
    )


def log_to_stderr(level: str) -> None:
    """Log to standard error from `level` on."""
    log_to(sys.stderr, level)
