"""Which encoding the bytes of a file are in, and where they are not in it."""

import codecs
from pathlib import Path
from typing import Final

# Our names, and the codecs that read them; those that may begin with a BOM take it away.
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
_NUL_SHARE: Final = 0.2


def detect_encoding(path: Path) -> str:
    """The encoding of a file: by its BOM, by the zeros of UTF-16, UTF-8 if it can be, else one byte a character."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    pairs = len(head) // 2
    low, high = head[1::2].count(0), head[::2].count(0)
    if pairs and low > pairs * _NUL_SHARE > high:
        return "utf-16le"
    if pairs and high > pairs * _NUL_SHARE > low:
        return "utf-16be"
    fitting = (name for name in ("utf-8", "windows-1252") if broken_line(path, name) is None)
    return next(fitting, "latin-1")


def broken_line(path: Path, encoding: str) -> int | None:
    """The number of the first line that cannot be read in this encoding; None when all can."""
    decoder = codecs.getincrementaldecoder(CODECS[encoding])()
    lines = 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK_BYTES)
            before = decoder.getstate()
            try:
                lines += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                decoder.setstate(before)
                good = error.object[: error.start].removeprefix(before[0])
                return lines + decoder.decode(good).count("\n")
            except UnicodeError:  # UTF-16 without its BOM
                return 1
            if not chunk:
                return None
