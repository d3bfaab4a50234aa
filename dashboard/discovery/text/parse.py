"""Parses the text of a document: JSON, YAML, XML or another text."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from dashboard.discovery.discovered import Json, Remark, UnreadableDocument
from dashboard.discovery.text.decode import decode_document

TextKind = Literal["json", "yaml", "xml", "text"]
MAX_LISTED_KEYS = 5
# The first line that is not a comment: a document marker, a directive, a tag or a mapping `key:`, but no command.
_YAML_START = re.compile(
    r"""(?:[ \t]*(?:\#[^\n]*)?\r?\n)*   # comments and empty lines
    (?:---|%YAML|!|[ \t]*(?!curl\b)(?:"[^"\n]*"|'[^'\n]*'|/[^\s:]*|[\w$@.~<-][^\n:\#{}()'"]*)[ \t]*:(?:[ \t\r\n]|$))""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class ParsedText:
    """A document as text, and its data if the text is JSON or YAML. `kind` is `text` for everything else but XML."""

    text: str
    kind: TextKind
    data: Any = None
    remarks: tuple[Remark, ...] = ()


def parse_document(raw: bytes) -> ParsedText:
    """Parse the bytes of a document. Raises UnreadableDocument that names the line of an error."""
    return parse_text(decode_document(raw))


def parse_text(text: str) -> ParsedText:
    """Parse a text. Raises UnreadableDocument that names the line of an error."""
    start = text.lstrip()[:1]
    if start == "<":
        return ParsedText(text, "xml")
    if start and start in "{[":
        return _parse_json(text)
    if _YAML_START.match(text):
        from dashboard.discovery.text.yaml_loader import load_yaml

        data, remarks = load_yaml(text)
        return ParsedText(text, "yaml", data, remarks)
    return ParsedText(text, "text")


def _parse_json(text: str) -> ParsedText:
    """Parse JSON. Several values, one on each line, are a text: they can be a log."""
    repeated: list[str] = []

    def build_object(pairs: list[tuple[str, Any]]) -> Json:
        data = dict(pairs)
        if len(data) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            repeated.extend(name for name, count in counts.items() if count > 1)
        return data

    try:
        data = json.loads(text, object_pairs_hook=build_object, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and "\n" in text[: error.pos]:
            return ParsedText(text, "text")
        raise UnreadableDocument(
            f"The document is not valid JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise UnreadableDocument("The document is nested too deeply.") from None
    except ValueError:
        raise UnreadableDocument("The document contains a number with too many digits.") from None
    return ParsedText(text, "json", data, repeated_keys(repeated))


def repeated_keys(names: list[str]) -> tuple[Remark, ...]:
    """Return the remark about keys that occur more than once in an object."""
    if not names:
        return ()
    listed = ", ".join(f'"{name[:60]}"' for name in dict.fromkeys(names[:MAX_LISTED_KEYS]))
    more = " and others" if len(names) > MAX_LISTED_KEYS else ""
    return (Remark("problem", f"Keys occur more than once; the last one was used: {listed}{more}."),)


def _refuse_constant(name: str) -> NoReturn:
    raise UnreadableDocument(f"The document contains {name}, which is not a JSON number.")
