"""CSV (RFC 4180) as records with their line numbers; what is no CSV is refused with its line."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

DELIMITERS: Final = (",", ";", "\t", "|")
MAX_RECORD_CHARACTERS: Final = 1 << 20
_MAX_SAMPLED: Final = 100


class Record(NamedTuple):
    """The values of one record, and the line on which it begins."""

    line: int
    values: list[str]


class BrokenRecord(Exception):
    """A record cannot be read; the text says why, for people."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(f"line {line}: {words}")


class _Lines:
    """Lines for the csv module, which never get more than one record's worth: a quote may be left open."""

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
            raise BrokenRecord(self.number, "contains a NUL character. Is this a text file?")
        if self.characters > MAX_RECORD_CHARACTERS:
            words = f"a row is longer than {MAX_RECORD_CHARACTERS:,} characters: is a quote left open?"
            raise BrokenRecord(self.number, words)
        return line


def records(lines: Iterable[str], delimiter: str) -> Iterator[Record]:
    """All records that hold anything. Raises BrokenRecord."""
    source = _Lines(lines)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        line, source.characters = source.number + 1, 0
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BrokenRecord(line, _words_of(error, delimiter)) from None
        if values:
            yield Record(line, values)


def detect_delimiter(head: Sequence[str]) -> str:
    """The delimiter that parts the first lines into the most columns, the same number in each."""
    scores = {delimiter: _score(head, delimiter) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: scores[delimiter])


def _score(head: Sequence[str], delimiter: str) -> tuple[float, int]:
    widths = []
    try:
        for record in records(head, delimiter):
            widths.append(len(record.values))
            if len(widths) == _MAX_SAMPLED:
                break
    except BrokenRecord:
        widths = widths[:-1]  # the sample may end inside quotes
    if not widths or widths[0] < 2:
        return 0.0, 0
    return widths.count(widths[0]) / len(widths), widths[0]


def _words_of(error: csv.Error, delimiter: str) -> str:
    text = str(error)
    if "unexpected end" in text:
        return "a quote that opens in this row is never closed"
    if "field limit" in text:
        return f"a value is longer than {csv.field_size_limit():,} characters: is a quote left open?"
    if "expected after" in text:
        shown = "a tab" if delimiter == "\t" else delimiter
        return f'after a closing quote must come {shown} or the end of the line; a quote in a value is written ""'
    return text
