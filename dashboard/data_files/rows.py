"""From an uploaded file to rows: encoding and delimiter found, every row checked, written in parts that k6 reads.

A part holds one JSON list of texts a line. Nothing is held in memory but the row at hand.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from dashboard.data_files.encodings import CODECS, broken_line, detect_encoding
from dashboard.data_files.records import (
    MAX_RECORD_CHARACTERS,
    BrokenRecord,
    Record,
    detect_delimiter,
    records,
)
from dashboard.model.errors import FieldError, InvalidRequest

MAX_FILE_BYTES: Final = 256 * 1024 * 1024
MAX_ROWS: Final = 2_000_000
MAX_COLUMNS: Final = 1_000
MAX_COLUMN_CHARACTERS: Final = 200
PREVIEW_ROWS: Final = 5
_PART_BYTES: Final = 4 << 20
_MAX_REPORTED: Final = 10
_SAMPLE_LINES: Final = 200
_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What a file turned out to hold. `parts`: how many rows each file of rows has."""

    columns: tuple[str, ...]
    rows: int
    encoding: str
    delimiter: str
    preview: tuple[tuple[str, ...], ...]
    parts: tuple[int, ...]


def write_rows(source: Path, folder: Path, *, encoding: str | None, delimiter: str | None) -> Table:
    """Check `source` and write its rows into `folder`. Raises InvalidRequest with the lines that are wrong."""
    encoding = encoding or detect_encoding(source)
    if (line := broken_line(source, encoding)) is not None:
        raise _refused([f"line {line}: is not {encoding}; choose another encoding"])
    delimiter = delimiter or detect_delimiter(list(islice(_lines(source, encoding), _SAMPLE_LINES)))
    found = records(_lines(source, encoding), delimiter)
    try:
        columns = _columns(next(found, None))
        writer = _Parts(folder)
        for record in _even(found, len(columns)):
            writer.write(record.values)
        rows = writer.close()
    except BrokenRecord as error:
        raise _refused([str(error)]) from None
    if rows == 0:
        raise _refused(["has column names but no rows"])
    return Table(
        columns=columns,
        rows=rows,
        encoding=encoding,
        delimiter=delimiter,
        preview=tuple(writer.preview),
        parts=tuple(writer.parts),
    )


def part_name(index: int) -> str:
    """The file of a part."""
    return f"rows-{index:04}.jsonl"


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """Lines with their ends as they are; one without an end is given in pieces."""
    with path.open(encoding=CODECS[encoding], newline="") as file:
        while line := file.readline(MAX_RECORD_CHARACTERS + 1):
            yield line


def _columns(head: Record | None) -> tuple[str, ...]:
    if head is None:
        raise _refused(["is empty: the first line must name the columns"])
    names = tuple(name.strip() for name in head.values)
    wrong = []
    for index, name in enumerate(names, 1):
        if not name:
            wrong.append(f"line {head.line}: column {index} has no name")
        elif name in names[: index - 1]:
            wrong.append(f'line {head.line}: two columns are named "{name[:80]}"')
        elif len(name) > MAX_COLUMN_CHARACTERS or not name.isprintable() or "}" in name:
            words = f"must be at most {MAX_COLUMN_CHARACTERS} printable characters without }}"
            wrong.append(f"line {head.line}: the name of column {index} {words}")
    if len(names) > MAX_COLUMNS:
        wrong = [f"line {head.line}: has {len(names)} columns; at most {MAX_COLUMNS} are allowed"]
    if wrong:
        raise _refused(wrong[:_MAX_REPORTED])
    return names


def _even(found: Iterator[Record], width: int) -> Iterator[Record]:
    """Rows as wide as the head. The first ragged ones are told together."""
    wrong: list[str] = []
    try:
        for count, record in enumerate(found, 1):
            if count > MAX_ROWS:
                raise BrokenRecord(record.line, f"a file may have at most {MAX_ROWS:,} rows")
            if len(record.values) != width:
                wrong.append(f"line {record.line}: has {_values(len(record.values))}, the head has {width}")
            if len(wrong) == _MAX_REPORTED:
                break
            if not wrong:
                yield record
    except BrokenRecord as error:
        raise _refused([*wrong, str(error)]) from None
    if wrong:
        raise _refused(wrong)


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count} values"


def _refused(messages: list[str]) -> InvalidRequest:
    errors = tuple(FieldError("file", message) for message in messages)
    return InvalidRequest("; ".join(f"file: {message}" for message in messages), errors=errors)


class _Parts:
    """Writes rows, beginning a new part when one is large enough."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines: list[str] = []
        self._characters = 0
        self.parts: list[int] = []
        self.preview: list[tuple[str, ...]] = []

    def write(self, values: list[str]) -> None:
        if len(self.preview) < PREVIEW_ROWS:
            self.preview.append(tuple(values))
        line = _JSON.encode(values)
        self._lines.append(line)
        self._characters += len(line)
        if self._characters >= _PART_BYTES:
            self._flush()

    def close(self) -> int:
        """How many rows there were."""
        if self._lines:
            self._flush()
        return sum(self.parts)

    def _flush(self) -> None:
        path = self._folder / part_name(len(self.parts))
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write("\n".join(self._lines))
            file.flush()
            os.fsync(file.fileno())
        self.parts.append(len(self._lines))
        self._lines, self._characters = [], 0
