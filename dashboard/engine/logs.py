"""Lines of k6's console: JSON objects from its logger, plain text from everything else."""

import contextlib
import json
import re
from dataclasses import dataclass, replace

from dashboard.model.masking import mask_text

LEVELS = {"trace": "debug", "debug": "debug", "info": "info", "warning": "warning", "warn": "warning"}
MAX_MESSAGE_LENGTH = 8_192
MAX_ESCAPE_LENGTH = 13  # longer than an escaped surrogate pair
CRASH_PREFIXES = ("panic: ", "fatal error: ")
SEND_FAILURE_MESSAGES = ("Failed to send the time series data", "Stopping output 0 failed")
_UNCAUGHT = re.compile(r'\{"executor":"[^"]*",(?:"hint":"[^"]*",)?"level":"error",')
_TRUNCATED_JSON = re.compile(r'\{"level":"([a-z]+)","msg":"(.*)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line. `at` is k6's own timestamp, in whole seconds; None for plain text.

    ends_iteration: k6 reports an exception that the script did not catch
    """

    at: str | None
    level: str
    message: str
    ends_iteration: bool = False


def parse_line(line: str) -> LogLine:
    """Parse one line, with secrets masked. Plain text has the level info, or error when it starts a crash report."""
    parsed = _parse(line)
    return replace(parsed, ends_iteration=True) if _UNCAUGHT.match(line) else parsed


def _parse(line: str) -> LogLine:
    if line.startswith("{"):
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            data = None
        if isinstance(data, dict) and isinstance(data.get("msg"), str):
            return _from_json(data)
        if cut := _TRUNCATED_JSON.fullmatch(line):  # a line longer than the reader's limit
            return LogLine(
                None, LEVELS.get(cut[1], "error"), mask_text(_unescape(cut[2]))[:MAX_MESSAGE_LENGTH]
            )
    level = "error" if line.startswith(CRASH_PREFIXES) else "info"
    return LogLine(None, level, mask_text(line)[:MAX_MESSAGE_LENGTH])


def _unescape(text: str) -> str:
    """Decode the start of a JSON string that was cut, possibly within an escape sequence."""
    for end in range(len(text), max(0, len(text) - MAX_ESCAPE_LENGTH), -1):
        with contextlib.suppress(ValueError):
            return str(json.loads(f'"{text[:end]}"'))
    return text


def is_send_failure(line: LogLine) -> bool:
    """Return whether k6 could not send a push. Its figures are missing until a later push arrives."""
    return any(message in line.message for message in SEND_FAILURE_MESSAGES)


def _from_json(data: dict[str, object]) -> LogLine:
    message = str(data["msg"]).strip()
    error = data.get("error")
    if error and str(error) not in message:
        message = f"{message}: {error}"
    at = data.get("time")
    level = LEVELS.get(str(data.get("level", "info")), "error")
    return LogLine(at if isinstance(at, str) else None, level, mask_text(message)[:MAX_MESSAGE_LENGTH])
