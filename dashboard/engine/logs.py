"""Lines of k6's console: JSON objects from its logger, plain text from everything else."""

import json
import re
from dataclasses import dataclass

LEVELS = {"trace": "debug", "debug": "debug", "info": "info", "warning": "warning", "warn": "warning"}
MESSAGE_LENGTH = 8_192
CRASH_MARKS = ("panic: ", "fatal error: ")
_CUT = re.compile(r'\{"level":"([a-z]+)","msg":"(.*)', re.DOTALL)
SEND_FAILURE_MESSAGES = ("Failed to send the time series data", "Stopping output 0 failed")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line: `at` as k6 wrote it (whole seconds), None for plain text."""

    at: str | None
    level: str
    message: str


def parse_line(line: str) -> LogLine:
    """Read one line; what is not k6's JSON is an info line as it stands, or the first of a crash."""
    if line.startswith("{"):
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            data = None
        if isinstance(data, dict) and isinstance(data.get("msg"), str):
            return _from_json(data)
        if cut := _CUT.fullmatch(line):  # longer than lines are read
            return LogLine(None, LEVELS.get(cut[1], "error"), cut[2][:MESSAGE_LENGTH])
    level = "error" if line.startswith(CRASH_MARKS) else "info"
    return LogLine(None, level, line[:MESSAGE_LENGTH])


def is_send_failure(line: LogLine) -> bool:
    """k6 could not deliver figures: they are missing until a later push arrives."""
    return any(mark in line.message for mark in SEND_FAILURE_MESSAGES)


def _from_json(data: dict[str, object]) -> LogLine:
    message = str(data["msg"]).strip()
    error = data.get("error")
    if error and str(error) not in message:
        message = f"{message}: {error}"
    at = data.get("time")
    level = LEVELS.get(str(data.get("level", "info")), "error")
    return LogLine(at if isinstance(at, str) else None, level, message[:MESSAGE_LENGTH])
