"""Reads JSON as the k6 script does: one meaning per text, or an error that names the place."""

import codecs
import json
import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from dashboard.model.k6_config import JSON_LIMITS

MAX_NUMBER_CHARACTERS = JSON_LIMITS["max_number_characters"]
MAX_DEPTH = JSON_LIMITS["max_depth"]
_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_NO_BRACKET = re.compile(r"[^\[\]{}]+")
_EMPTY_BRACKETS = re.compile(r"\[\]|\{\}")
_MAX_SHOWN_KEY = 80
_MAX_SHOWN_NUMBER = 32
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class InvalidJson(ValueError):
    """A text is not JSON with one meaning. `path` is the place in the value; empty for the whole text."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(f"{path} {message}" if path else message)
        self.path = path
        self.message = message


class InvalidUnicode(InvalidJson):
    """A string contains half of a surrogate pair, which neither a k6 tag nor a URL nor a file can contain."""


class JsonText(NamedTuple):
    """A decoded file: its byte-order mark, its encoding, and the text after the mark."""

    bom: bytes
    codec: str
    text: str

    def encoded(self, text: str) -> bytes:
        """Return another text in the encoding of this file."""
        return self.bom + text.encode(self.codec)


def decode_json(raw: bytes) -> JsonText:
    """Decode a file: UTF-8 or UTF-16, with or without a byte-order mark. Raises InvalidJson."""
    bom, codec = next(((bom, codec) for bom, codec in _BOMS if raw.startswith(bom)), (b"", _guess_codec(raw)))
    if codec == "utf-32":
        raise InvalidJson("is UTF-32 text. Save it as UTF-8.")
    body = raw[len(bom) :]
    try:
        return JsonText(bom, codec, body.decode(codec))
    except UnicodeDecodeError as error:
        line = body[: error.start].decode(codec, "replace").count("\n") + 1
        name = codec[:6].upper().rstrip("-")
        raise InvalidJson(f"is damaged: line {line} is not {name} text. Save it as UTF-8.") from None


def parse_json(text: str, *, max_depth: int | None = None) -> Any:
    """Return the value of a JSON text. Raises InvalidJson.

    Refuses what other programs read differently: keys that occur twice in an object, NaN, numbers beyond the range of
    a double, unpaired surrogates, and values that are nested deeper than `max_depth` levels.
    """
    repeated: list[_RepeatedKey] = []

    def build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        data = dict(pairs)
        if len(data) < len(pairs):
            repeated.append(_RepeatedKey(data, pairs))
        return data

    try:
        value = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_parse_float,
            parse_int=_parse_int,
            object_pairs_hook=build_object,
        )
    except RecursionError:
        raise InvalidJson(_too_deep(max_depth)) from None
    except json.JSONDecodeError as error:
        raise InvalidJson(f"is not valid JSON: {error}") from None
    if max_depth is not None and _is_deeper(text, max_depth):
        raise InvalidJson(_too_deep(max_depth))
    if repeated or _SURROGATE_ESCAPE.search(text):
        for path, item in _walk(value, ""):
            _check_item(item, path, repeated)
    return value


class _RepeatedKey:
    """An object with a key that occurs twice."""

    def __init__(self, data: dict[str, Any], pairs: list[tuple[str, Any]]) -> None:
        self.data = data
        names = [name for name, _ in pairs]
        self.key = next(name for index, name in enumerate(names) if name in names[:index])


def _too_deep(max_depth: int | None) -> str:
    return "is nested too deeply" if max_depth is None else f"is nested deeper than {max_depth} levels"


def _is_deeper(text: str, max_depth: int) -> bool:
    """Return whether a valid JSON text has more levels of brackets. Each pass removes the innermost level."""
    brackets = _NO_BRACKET.sub("", _STRING.sub("", text))
    for _ in range(max_depth):
        if not brackets:
            return False
        brackets = _EMPTY_BRACKETS.sub("", brackets)
    return brackets != ""


def _check_item(item: object, path: str, repeated: list[_RepeatedKey]) -> None:
    if isinstance(item, str) and _SURROGATE.search(item):
        raise InvalidUnicode("contains invalid Unicode (an unpaired surrogate)", path)
    for one in repeated:
        if item is one.data:
            raise InvalidJson("occurs twice. Remove one of them.", _member_path(path, one.key))


def _walk(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Yield the keys and values in a value with their paths, from the outside to the inside."""
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            name = _member_path(path, key)
            yield name, key
            yield from _walk(item, name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, f"{path}[{index}]")


def _member_path(path: str, key: str) -> str:
    shown = _SURROGATE.sub("�", key)[:_MAX_SHOWN_KEY]
    return f"{path}.{shown}" if path else shown


def _guess_codec(raw: bytes) -> str:
    """Return the encoding of a text without a byte-order mark. JSON starts with two characters of ASCII."""
    head = raw[:4].ljust(4, b" ")
    if head[:2] == b"\0\0" or head[1:4] == b"\0\0\0":
        return "utf-32"
    if head[0] == 0:
        return "utf-16-be"
    return "utf-16-le" if head[1] == 0 else "utf-8"


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidJson(f"is not valid JSON: {name} is not a JSON number")


def _parse_float(text: str) -> float:
    number = float(text)
    if len(text) > MAX_NUMBER_CHARACTERS:
        raise InvalidJson(f"is not valid JSON: a number has more than {MAX_NUMBER_CHARACTERS} characters")
    if not math.isfinite(number):
        raise InvalidJson(f"is not valid JSON: the number {text[:_MAX_SHOWN_NUMBER]} is too large")
    return number


def _parse_int(text: str) -> int:
    _parse_float(text)
    return int(text)
