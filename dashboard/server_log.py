"""The server's log: plain lines on standard error. A failure to write the log never affects the server."""

import logging
from contextlib import suppress
from typing import TextIO

import structlog
from structlog.typing import EventDict

from dashboard.log_limit import OpenFilesLimit
from dashboard.model.printable import printable_line

log = structlog.get_logger()


class FailsafeStream:
    """A stream that ignores its own write errors: a full disk or a closed pipe must not end a run's thread."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write `text`. Returns 0 when the write fails."""
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        return 0

    def flush(self) -> None:
        """Flush the stream and ignore errors."""
        with suppress(OSError, ValueError):
            self._stream.flush()


class LibraryLogHandler(logging.Handler):
    """Forwards log records of libraries such as waitress to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the record with the name of its logger."""
        log.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)


def _clean_values(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Return the event with every text on one line, because a value may come from a user or a target."""
    return {key: printable_line(value) if isinstance(value, str) else value for key, value in event.items()}


def configure_logging(stream: TextIO, level: str) -> None:
    """Log entries of `level` and above to `stream`. Tracebacks contain no values, because a value may be a secret."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.set_exc_info,
            OpenFilesLimit(),
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            _clean_values,
            structlog.dev.ConsoleRenderer(
                colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(FailsafeStream(stream)),  # type: ignore[arg-type]
    )
    logging.basicConfig(level=logging.WARNING, handlers=[LibraryLogHandler()], force=True)
