"""Detects the encoding of a file, and finds lines that are not valid in an encoding."""

import codecs
from pathlib import Path
from typing import Final

# Encoding names of the API, and the codecs that decode them. Codecs of encodings with a BOM remove it.
CODECS: Final = {
    "utf-8": "utf-8-sig",
    "utf-8-bom": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "latin-1": "latin-1",
    "windows-1252": "cp1252",
}
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-bom"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK_BYTES: Final = 1 << 20
_HEAD_BYTES: Final = 1 << 16
_MIN_NUL_RATIO: Final = 0.2


def detect_encoding(path: Path) -> str:
    """Detect the encoding by its BOM or by the NUL bytes of UTF-16.

    Without either, return UTF-8 if the file is valid UTF-8, and a single-byte encoding otherwise.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    pairs = len(head) // 2
    odd_nuls, even_nuls = head[1::2].count(0), head[::2].count(0)
    if pairs and odd_nuls > pairs * _MIN_NUL_RATIO > even_nuls:
        return "utf-16le"
    if pairs and even_nuls > pairs * _MIN_NUL_RATIO > odd_nuls:
        return "utf-16be"
    valid = (name for name in ("utf-8", "windows-1252") if find_invalid_line(path, name) is None)
    return next(valid, "latin-1")


def find_invalid_line(path: Path, encoding: str) -> int | None:
    """Return the number of the first line that is not valid in `encoding`; None if all lines are valid."""
    decoder = codecs.getincrementaldecoder(CODECS[encoding])()
    lines = 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK_BYTES)
            state = decoder.getstate()
            try:
                lines += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                decoder.setstate(state)
                valid = error.object[: error.start].removeprefix(state[0])
                return lines + decoder.decode(valid).count("\n")
            except UnicodeError:  # UTF-16 without a BOM
                return 1
            if not chunk:
                return None
