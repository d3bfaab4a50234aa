"""Reading k6's console.log: followed while it grows, and page by page for people."""

from dataclasses import dataclass
from typing import Any

from dashboard.engine.exchanges import is_payload_line
from dashboard.engine.logs import LogLine, parse_line
from dashboard.run_folder.files import ConsoleFile, RunFolder, UnreadableFile

CHUNK_BYTES = 1024 * 1024
MOST_BEHIND_BYTES = 8 * 1024 * 1024
LINE_BYTES = 16 * 1024
SCAN_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ConsoleLine:
    """A line and its position in all that k6 ever printed."""

    offset: int
    line: LogLine

    def entry(self) -> dict[str, Any]:
        """For the API and the stream."""
        return {
            "offset": self.offset,
            "at": self.line.at,
            "level": self.line.level,
            "source": "k6",
            "message": self.line.message,
        }


@dataclass(frozen=True, slots=True)
class ConsoleChunk:
    """A part of the console: lines for people, raw ones for programs, and how many bytes both had."""

    lines: list[ConsoleLine]
    payload_lines: list[tuple[int, bytes]]
    used: int


class ConsoleTail:
    """Follows the file; bounded work a call, so a k6 that prints without end is skipped through."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._at = 0

    def poll(self, *, ended: bool = False) -> ConsoleChunk:
        """New whole lines; at the end also the last one without a line feed."""
        dropped = dropped_bytes(self._folder)
        size = file_size(self._folder)
        self._at = max(self._at, dropped, dropped + size - MOST_BEHIND_BYTES)
        data = read_bytes(self._folder, self._at - dropped, CHUNK_BYTES)
        found = split_lines(data, self._at, whole=_all_of(data, CHUNK_BYTES, ended=ended))
        self._at += found.used
        return found


def read_page(
    folder: RunFolder,
    *,
    after: int | None,
    before: int | None,
    limit: int,
    level: str | None = None,
    search: str | None = None,
) -> dict[str, Any]:
    """Lines after a position, or the last ones before one (default: the end), oldest first."""
    dropped, size = dropped_bytes(folder), file_size(folder)
    end = dropped + size
    wanted = _Wanted(level, search.lower() if search else None)
    if after is not None:
        start = min(max(after, dropped), end)
        data = read_bytes(folder, start - dropped, SCAN_BYTES)
        found = split_lines(data, start, whole=_all_of(data, SCAN_BYTES, ended=True))
        kept = [line for line in found.lines if wanted.has(line)]
        rest = kept[limit:]
        next_after = rest[0].offset if rest else start + found.used
        return _page(kept[:limit], start, next_after, size, dropped)
    stop = end if before is None else min(max(before, dropped), end)
    start = max(dropped, stop - SCAN_BYTES)
    data = read_bytes(folder, start - dropped, stop - start)
    if start > dropped:
        cut = data.find(b"\n") + 1
        data, start = data[cut:], start + cut
    kept = [line for line in split_lines(data, start, whole=True).lines if wanted.has(line)]
    first = kept[-limit].offset if len(kept) > limit else start
    return _page(kept[-limit:], first, stop, size, dropped)


@dataclass(frozen=True, slots=True)
class _Wanted:
    level: str | None
    search: str | None

    def has(self, line: ConsoleLine) -> bool:
        if self.level and line.line.level != self.level:
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


def split_lines(data: bytes, offset: int, *, whole: bool) -> ConsoleChunk:
    """Lines of `data`, which stands at `offset`; a last part is left unless `whole`."""
    used = len(data) if whole else data.rfind(b"\n") + 1
    found = ConsoleChunk([], [], used)
    at = offset
    for raw in data[:used].split(b"\n"):
        if is_payload_line(raw):
            found.payload_lines.append((at, raw))
        elif (text := raw[:LINE_BYTES].decode(errors="replace").rstrip("\r")).strip():
            found.lines.append(ConsoleLine(at, parse_line(text)))
        at += len(raw) + 1
    return found


def _all_of(data: bytes, asked: int, *, ended: bool) -> bool:
    """Whether a part without a line feed at its end is a line: the last one, or one of endless length."""
    return ended if len(data) < asked else b"\n" not in data


def dropped_bytes(folder: RunFolder) -> int:
    """Bytes that were cut from the beginning of the file so far."""
    try:
        found = folder.read(ConsoleFile)
    except UnreadableFile:
        return 0
    return found.dropped_bytes if found else 0


def file_size(folder: RunFolder) -> int:
    """Bytes in the file now; 0 when there is none."""
    try:
        return folder.console_log.stat().st_size
    except OSError:
        return 0


def read_bytes(folder: RunFolder, start: int, size: int) -> bytes:
    """A part of the file; empty when there is none."""
    try:
        with folder.console_log.open("rb") as file:
            file.seek(max(0, start))
            return file.read(size)
    except OSError:
        return b""
