"""Turns an uploaded file into rows: detects encoding and delimiter, checks every row, and writes parts for k6.

Each line of a part is a JSON list of strings. Only one part is in memory at a time.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from dashboard.data_files.encodings import CODECS, detect_encoding, find_invalid_line
from dashboard.data_files.records import (
    MAX_RECORD_CHARACTERS,
    CsvRecord,
    MalformedRecord,
    detect_delimiter,
    read_records,
)
from dashboard.model.errors import FieldError, InvalidRequest

MAX_FILE_BYTES: Final = 256 * 1024 * 1024
MAX_ROWS: Final = 2_000_000
MAX_COLUMNS: Final = 1_000
MAX_COLUMN_CHARACTERS: Final = 200
PREVIEW_ROWS: Final = 5
_PART_BYTES: Final = 4 << 20
_MAX_REPORTED_PROBLEMS: Final = 10
_SAMPLE_LINES: Final = 200
_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvTable:
    """The content of a file. `parts` are the numbers of rows in each part."""

    columns: tuple[str, ...]
    rows: int
    encoding: str
    delimiter: str
    preview: tuple[tuple[str, ...], ...]
    parts: tuple[int, ...]


def write_rows(source: Path, folder: Path, *, encoding: str | None, delimiter: str | None) -> CsvTable:
    """Check `source` and write its rows to `folder`. Raises InvalidRequest with the line numbers."""
    encoding = encoding or detect_encoding(source)
    if (line := find_invalid_line(source, encoding)) is not None:
        raise _invalid_file([f"line {line}: is not {encoding}. Choose another encoding."])
    delimiter = delimiter or detect_delimiter(list(islice(_read_lines(source, encoding), _SAMPLE_LINES)))
    source_records = read_records(_read_lines(source, encoding), delimiter)
    try:
        columns = _read_columns(next(source_records, None))
        writer = _PartWriter(folder)
        for record in _check_width(source_records, len(columns)):
            writer.write(record.values)
        rows = writer.close()
    except MalformedRecord as error:
        raise _invalid_file([str(error)]) from None
    if rows == 0:
        raise _invalid_file(["has column names but no rows"])
    return CsvTable(
        columns=columns,
        rows=rows,
        encoding=encoding,
        delimiter=delimiter,
        preview=tuple(writer.preview),
        parts=tuple(writer.parts),
    )


def part_name(index: int) -> str:
    """Return the file name of a part."""
    return f"rows-{index:04}.jsonl"


def _read_lines(path: Path, encoding: str) -> Iterator[str]:
    """Yield the lines with their line ends. A line without an end is split into pieces of the maximum record size."""
    with path.open(encoding=CODECS[encoding], newline="") as file:
        while line := file.readline(MAX_RECORD_CHARACTERS + 1):
            yield line


def _read_columns(header: CsvRecord | None) -> tuple[str, ...]:
    if header is None:
        raise _invalid_file(["is empty. The first line must name the columns."])
    names = tuple(name.strip() for name in header.values)
    messages = []
    for index, name in enumerate(names, 1):
        if not name:
            messages.append(f"line {header.line}: column {index} has no name")
        elif name in names[: index - 1]:
            messages.append(f'line {header.line}: two columns are named "{name[:80]}"')
        elif len(name) > MAX_COLUMN_CHARACTERS or not name.isprintable() or "}" in name:
            rule = f"must have at most {MAX_COLUMN_CHARACTERS} printable characters and no }}"
            messages.append(f"line {header.line}: the name of column {index} {rule}")
    if len(names) > MAX_COLUMNS:
        messages = [f"line {header.line}: has {len(names)} columns; the maximum is {MAX_COLUMNS}"]
    if messages:
        raise _invalid_file(messages[:_MAX_REPORTED_PROBLEMS])
    return names


def _check_width(source: Iterator[CsvRecord], width: int) -> Iterator[CsvRecord]:
    """Yield the records. Raises InvalidRequest with the first records that do not have `width` values."""
    messages: list[str] = []
    try:
        for count, record in enumerate(source, 1):
            if count > MAX_ROWS:
                raise MalformedRecord(record.line, f"a file may have at most {MAX_ROWS:,} rows")
            if len(record.values) != width:
                values = "1 value" if len(record.values) == 1 else f"{len(record.values)} values"
                messages.append(f"line {record.line}: has {values}, but the header has {width}")
            if len(messages) == _MAX_REPORTED_PROBLEMS:
                break
            if not messages:
                yield record
    except MalformedRecord as error:
        raise _invalid_file([*messages, str(error)]) from None
    if messages:
        raise _invalid_file(messages)


def _invalid_file(messages: list[str]) -> InvalidRequest:
    errors = tuple(FieldError("file", message) for message in messages)
    return InvalidRequest("; ".join(f"file: {message}" for message in messages), errors=errors)


class _PartWriter:
    """Writes rows to parts of limited size, and keeps the first rows as a preview."""

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
        """Write the last part, and return the number of rows."""
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
