"""Standard output and standard error for terminals that are not UTF-8."""

import io
import sys


def replace_unencodable() -> None:
    """Print `?` for characters that the encoding of the terminal does not have, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
