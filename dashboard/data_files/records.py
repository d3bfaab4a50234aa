"""Parses CSV (RFC 4180) into records with their line numbers."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from dashboard.model.k6_config import DATA_FILE_LIMITS

DELIMITERS: Final = (",", ";", "\t", "|")
MAX_RECORD_CHARACTERS: Final = DATA_FILE_LIMITS["max_record_characters"]
_MAX_SAMPLED_RECORDS: Final = 100


class CsvRecord(NamedTuple):
    """The values of one record and the number of its first line."""

    line: int
    values: list[str]


class MalformedRecord(Exception):
    """A record cannot be parsed. The message is for the user and names the line."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")


class _Lines:
    """Passes lines to the csv module and limits the size of a record: an open quote would consume the whole file."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.number = 0
        self.characters = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        self.characters += len(line)
        if "\0" in line:
            raise MalformedRecord(self.number, "contains a NUL character. Is this a text file?")
        if self.characters > MAX_RECORD_CHARACTERS:
            reason = (
                f"the row is longer than {MAX_RECORD_CHARACTERS:,} characters. Is a closing quote missing?"
            )
            raise MalformedRecord(self.number, reason)
        return line


def read_records(lines: Iterable[str], delimiter: str) -> Iterator[CsvRecord]:
    """Yield all non-empty records. Raises MalformedRecord."""
    source = _Lines(lines)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        line, source.characters = source.number + 1, 0
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise MalformedRecord(line, _reason(error, delimiter)) from None
        if values:
            yield CsvRecord(line, values)


def detect_delimiter(head: Sequence[str]) -> str:
    """Return the delimiter for which most of the first lines have the same number of columns."""
    scores = {delimiter: _score(head, delimiter) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: scores[delimiter])


def _score(head: Sequence[str], delimiter: str) -> tuple[float, int]:
    widths = []
    try:
        for record in read_records(head, delimiter):
            widths.append(len(record.values))
            if len(widths) == _MAX_SAMPLED_RECORDS:
                break
    except MalformedRecord:
        widths = widths[:-1]  # the sample may end inside quotes
    if not widths or widths[0] < 2:
        return 0.0, 0
    return widths.count(widths[0]) / len(widths), widths[0]


def _reason(error: csv.Error, delimiter: str) -> str:
    text = str(error)
    if "unexpected end" in text:
        return "a quote that opens in this row is never closed"
    if "field limit" in text:
        return f"a value is longer than {csv.field_size_limit():,} characters. Is a closing quote missing?"
    if "expected after" in text:
        name = "a tab" if delimiter == "\t" else f'"{delimiter}"'
        return f'a closing quote must be followed by {name} or the end of the line. Write "" for a quote in a value.'
    return text
