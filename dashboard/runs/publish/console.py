"""Reads k6's console.log: follows the file while it grows, and returns pages of lines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from dashboard.engine.exchanges import is_payload_line
from dashboard.engine.logs import LogLine, parse_line
from dashboard.run_folder.files import ConsoleFile, RunFolder
from dashboard.run_folder.validation import UnreadableFile

CHUNK_BYTES = 1024 * 1024
MAX_LAG_BYTES = 8 * 1024 * 1024
MAX_LINE_BYTES = 16 * 1024
PAGE_SCAN_BYTES = 4 * 1024 * 1024
LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class ConsoleLine:
    """A line and its offset in everything that k6 has printed, including bytes dropped from the file since."""

    offset: int
    line: LogLine

    def entry(self) -> dict[str, Any]:
        """Return the line for the API and the stream."""
        return {
            "offset": self.offset,
            "at": self.line.at,
            "level": self.line.level,
            "source": "k6",
            "message": self.line.message,
        }


@dataclass(frozen=True, slots=True)
class ConsoleChunk:
    """Part of the console: log lines, raw payload lines with their offsets, and the size of both in bytes."""

    lines: list[ConsoleLine]
    payload_lines: list[tuple[int, bytes]]
    used_bytes: int


class ConsoleTail:
    """Follows console.log. Each call reads at most one chunk and skips ahead when k6 prints faster than that."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._offset = 0

    def poll(self, *, ended: bool = False) -> ConsoleChunk:
        """Return new complete lines; with `ended` also a last line without a line feed."""
        dropped = read_dropped_bytes(self._folder)
        size = read_file_size(self._folder)
        self._offset = max(self._offset, dropped, dropped + size - MAX_LAG_BYTES)
        data = read_bytes(self._folder, self._offset - dropped, CHUNK_BYTES)
        chunk = split_lines(data, self._offset, is_complete=_is_complete(data, CHUNK_BYTES, ended=ended))
        self._offset += chunk.used_bytes
        return chunk


def read_page(
    folder: RunFolder,
    *,
    after: int | None,
    before: int | None,
    limit: int,
    level: str | None = None,
    search: str | None = None,
) -> dict[str, Any]:
    """Return lines from offset `after`, or the last lines before offset `before` (default: the end), oldest first."""
    dropped, size = read_dropped_bytes(folder), read_file_size(folder)
    end = dropped + size
    line_filter = _LineFilter(level, search.lower() if search else None)
    if after is not None:
        start = min(max(after, dropped), end)
        data = read_bytes(folder, start - dropped, PAGE_SCAN_BYTES)
        used = _used_bytes(data, is_complete=_is_complete(data, PAGE_SCAN_BYTES, ended=True))
        matches = _matches(_raw_lines(data[:used], start), line_filter, limit + 1)
        next_after = matches[limit].offset if len(matches) > limit else start + used
        return _page(matches[:limit], start, next_after, size, dropped)
    stop = end if before is None else min(max(before, dropped), end)
    start = max(dropped, stop - PAGE_SCAN_BYTES)
    data = read_bytes(folder, start - dropped, stop - start)
    if start > dropped:
        partial_bytes = data.find(b"\n") + 1
        data, start = data[partial_bytes:], start + partial_bytes
    matches = _matches(reversed(list(_raw_lines(data, start))), line_filter, limit + 1)[::-1]
    first = matches[-limit].offset if len(matches) > limit else start
    return _page(matches[-limit:], first, stop, size, dropped)


def _matches(lines: Iterable[tuple[int, bytes]], line_filter: "_LineFilter", limit: int) -> list[ConsoleLine]:
    """Return the first `limit` lines that match. Later lines are not parsed, because parsing many lines is slow."""
    parsed = (line for at, raw in lines if (line := _console_line(at, raw)) and line_filter.matches(line))
    return list(islice(parsed, limit))


@dataclass(frozen=True, slots=True)
class _LineFilter:
    level: str | None
    search: str | None

    def matches(self, line: ConsoleLine) -> bool:
        if self.level and LEVELS.index(line.line.level) < LEVELS.index(self.level):
            return False
        return not self.search or self.search in line.line.message.lower()


def _page(lines: list[ConsoleLine], first: int, next_after: int, size: int, dropped: int) -> dict[str, Any]:
    return {
        "entries": [line.entry() for line in lines],
        "first": first,
        "next_after": next_after,
        "size": dropped + size,
        "dropped_bytes": dropped,
    }


def split_lines(data: bytes, offset: int, *, is_complete: bool) -> ConsoleChunk:
    """Split `data`, which starts at `offset`, into lines. `is_complete` keeps an unterminated last line."""
    used = _used_bytes(data, is_complete=is_complete)
    chunk = ConsoleChunk([], [], used)
    for at, raw in _raw_lines(data[:used], offset):
        if is_payload_line(raw):
            chunk.payload_lines.append((at, raw))
        elif line := _console_line(at, raw):
            chunk.lines.append(line)
    return chunk


def _used_bytes(data: bytes, *, is_complete: bool) -> int:
    return len(data) if is_complete else data.rfind(b"\n") + 1


def _raw_lines(data: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    """Yield each line of `data`, which starts at `offset`, with its own offset."""
    for raw in data.split(b"\n"):
        yield offset, raw
        offset += len(raw) + 1


def _console_line(at: int, raw: bytes) -> ConsoleLine | None:
    """Parse a line. None for a payload line or an empty one."""
    if is_payload_line(raw):
        return None
    text = raw[:MAX_LINE_BYTES].decode(errors="replace").rstrip("\r")
    return ConsoleLine(at, parse_line(text)) if text.strip() else None


def _is_complete(data: bytes, requested: int, *, ended: bool) -> bool:
    """Return whether an unterminated last line counts as a line: at the end, or when it fills the whole chunk."""
    return ended if len(data) < requested else b"\n" not in data


def read_dropped_bytes(folder: RunFolder) -> int:
    """Return how many bytes the runner has dropped from the beginning of the file."""
    try:
        console = folder.read(ConsoleFile)
    except UnreadableFile:
        return 0
    return console.dropped_bytes if console else 0


def read_file_size(folder: RunFolder) -> int:
    """Return the current size of the file; 0 when it does not exist."""
    try:
        return folder.console_log.stat().st_size
    except OSError:
        return 0


def read_bytes(folder: RunFolder, start: int, size: int) -> bytes:
    """Return part of the file; empty when it does not exist."""
    try:
        with folder.console_log.open("rb") as file:
            file.seek(max(0, start))
            return file.read(size)
    except OSError:
        return b""
