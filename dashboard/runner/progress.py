"""k6's standard output: its progress, whose last lines contain the only exact count of iterations that were cut.

Log lines go to standard error, and so to console.log. What k6 or a script prints besides the progress, such as the
summary, is appended to console.log when k6 has ended.
"""

import re
from pathlib import Path
from typing import Final, NamedTuple

from dashboard.run_folder.files import RunFolder

_LIMIT_BYTES: Final = 1024 * 1024
_TAIL_BYTES: Final = 256 * 1024
# What k6 prints before the load: its banner and the list of scenarios.
_INTRODUCTION: Final = re.compile(r"\A\s*/\\ .*^ {14}\* [^\n]*\n", re.MULTILINE | re.DOTALL)
_BANNER: Final = re.compile(r"\A\s*/\\ ")
_COUNTS: Final = re.compile(
    r"^running \([^()\n]*\), (\d+)/\d+ VUs, (\d+) complete and (\d+) interrupted iterations\n"
    r"(?:\S.* \[ *\d+% \].*\n?)*",
    re.MULTILINE,
)

_TORN: Final = re.compile(r"^running \([^\n]*\Z", re.MULTILINE)  # k6 was killed


class FinalCounts(NamedTuple):
    """k6's counts of iterations that ended by themselves, and of those that it interrupted; None while unknown."""

    ended: int | None
    cut: int | None


UNKNOWN: Final = FinalCounts(None, None)


def limit(folder: RunFolder) -> None:
    """Empty a progress.log that has grown large. Only its end is needed."""
    path = folder.progress_log
    if path.exists() and path.stat().st_size > _LIMIT_BYTES:
        path.write_bytes(b"")


def finish(folder: RunFolder) -> FinalCounts:
    """Return the final counts of a k6 that has ended, and move the output of the script to console.log.

    The counts are unknown if k6 ended before all users had stopped.
    """
    text = _read_tail(folder.progress_log)
    last = next(reversed(list(_COUNTS.finditer(text))), None)
    rest = _without_progress(text)
    if rest:
        with folder.console_log.open("ab") as log:
            log.write(rest.encode("utf-8", "replace"))
    folder.progress_log.unlink(missing_ok=True)
    if last is None or int(last[1]) > 0:
        return UNKNOWN
    return FinalCounts(int(last[2]), int(last[3]))


def _without_progress(text: str) -> str:
    """Return what a script printed. k6 prints its summary before the last lines of the progress."""
    own = _TORN.sub("", _COUNTS.sub("", _INTRODUCTION.sub("", text))).strip("\n")
    return f"{own}\n" if own and not _BANNER.match(own) else ""


def _read_tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            return file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
