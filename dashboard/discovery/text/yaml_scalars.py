"""The values of scalars in the core schema of YAML 1.2. Dates and words such as `on` and `yes` are texts."""

import math
import re
from collections.abc import Callable
from typing import Any

_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = ("", "~", "null", "Null", "NULL")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"([-+]?)\.(inf|Inf|INF|nan|NaN|NAN)")
_NUMBER_STARTS = frozenset("-+.0123456789")


def plain_value(text: str) -> Any:
    """Return the value of a scalar without quotes and without a tag. Raises ValueError."""
    if text[:1] in _NUMBER_STARTS and text:
        return _number(text)
    if text in _BOOLS:
        return _BOOLS[text]
    return None if text in _NULLS else text


def tagged_value(text: str, tag: str) -> Any:
    """Return the value of a scalar with a tag. Raises KeyError for an unknown tag, ValueError for a wrong text."""
    return _TAGGED[tag](text)


def _number(text: str) -> Any:
    if _INT.fullmatch(text):
        try:
            return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        except ValueError:
            raise ValueError("a number has too many digits") from None
    if _FLOAT.fullmatch(text):
        return float(text)
    special = _SPECIAL.fullmatch(text)
    if special is None:
        return text
    return math.nan if special[2].lower() == "nan" else -math.inf if special[1] == "-" else math.inf


def _tagged_bool(text: str) -> bool:
    if text not in _BOOLS:
        raise ValueError(f'"{text[:40]}" is not true or false')
    return _BOOLS[text]


def _tagged_number(text: str) -> Any:
    value = _number(text)
    if isinstance(value, str):
        raise ValueError(f'"{text[:40]}" is not a number')  # noqa: TRY004 - the text is wrong, not its type
    return value


def _tagged_float(text: str) -> float:
    return float(_tagged_number(text))


def _nothing(_text: str) -> None:
    return None


_PREFIX = "tag:yaml.org,2002:"
_TAGGED: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys((f"{_PREFIX}str", f"{_PREFIX}timestamp", f"{_PREFIX}binary"), str),
    f"{_PREFIX}bool": _tagged_bool,
    f"{_PREFIX}int": _tagged_number,
    f"{_PREFIX}float": _tagged_float,
    f"{_PREFIX}null": _nothing,
}
