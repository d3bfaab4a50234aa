"""Makes text from users, targets and k6 safe to print: a terminal or CI system only displays it."""

import re

# Commands of CI systems. GitHub reads `::name::` at the start of a line, `##[name]` anywhere; Azure and TeamCity read
# theirs anywhere.
_LINE_COMMAND = re.compile(r"^(\s*:)(?=:)", re.MULTILINE)
_COMMAND = re.compile(r"#(?=#(?:\[|vso\[|teamcity\[))", re.IGNORECASE)
_LINE_BREAKS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def printable(text: str, *, is_first: bool = True) -> str:
    """Return `text` without control and invisible characters and commands of CI systems. Line feeds and tabs stay.

    is_first: whether the text is at the start of a line
    """
    lines = _LINE_BREAKS.sub("\n", text)
    shown = "".join(letter if letter.isprintable() or letter in "\n\t" else " " for letter in lines)
    before = "" if is_first else "x"
    return _COMMAND.sub("# ", _LINE_COMMAND.sub(r"\1 ", before + shown)[len(before) :])


def printable_line(text: str) -> str:
    """Return `text` like `printable`, on a single line."""
    return printable(re.sub(r"[\n\t]", " ", _LINE_BREAKS.sub(" ", text)))


def printable_json(text: str) -> str:
    """Return JSON without commands of CI systems, with the same value. `text` must be ASCII."""
    return _COMMAND.sub(r"\\u0023", text)
