"""Types of the strings and numbers in endpoints.json. The k6 script applies the same rules."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from dashboard.model.durations import parse_duration
from dashboard.model.hosts import check_address, check_name
from dashboard.model.k6_config import ALLOWED, DOCUMENT_LIMITS

METHODS: tuple[str, ...] = tuple(ALLOWED["methods"])
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_DATA_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_BLANK = re.compile("[\\s\ufeff]*")  # the same characters as in k6/lib/common/validate.js
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_CONTROL_EXCEPT_TAB = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
_DOT_PATH = re.compile(r"(?:[^.[\]]+|\[[0-9]+\])(?:\.[^.[\]]+|\[[0-9]+\])*")
_PATH_PART = re.compile(r"[^.[\]]+")
_MAX_NAME_CHARACTERS = DOCUMENT_LIMITS["max_name_characters"]
_MAX_DOT_PATH = DOCUMENT_LIMITS["max_dot_path_characters"]
_MIN_TIMEOUT_S = DOCUMENT_LIMITS["min_timeout_ms"] / 1000
_MAX_TIMEOUT_S = DOCUMENT_LIMITS["max_timeout_ms"] // 1000
_ABSOLUTE_URL = re.compile(r"([a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_DURATION_MESSAGE = 'must be a duration such as "500ms", "2s" or "1m30s"'


def _check_non_empty(text: str) -> str:
    if _BLANK.fullmatch(text):
        raise ValueError("must be a non-empty string")
    if "\0" in text:
        raise ValueError("must not contain NUL characters")
    return text


def _check_name(text: str) -> str:
    if len(text) > _MAX_NAME_CHARACTERS:
        raise ValueError(f"must have at most {_MAX_NAME_CHARACTERS} characters")
    return text


def _to_whole_number(value: object) -> object:
    """Convert 200.0 to 200, because JSON has only one type of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _check_method(text: str) -> str:
    if text.upper() not in METHODS:
        raise ValueError(f"must be one of {', '.join(METHODS)}")
    return text.upper()


def _check_relative_path(text: str) -> str:
    if _ABSOLUTE_URL.match(text):
        raise ValueError("must not contain a host: it is appended to BASE_URL")
    return text


def _check_header_name(text: str) -> str:
    if not _HEADER_NAME.fullmatch(text):
        raise ValueError("must be a header name")
    return text


def _check_header_value(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("must be a string")  # noqa: TRY004 - pydantic reports only ValueError
    if _CONTROL_EXCEPT_TAB.search(str(value)):
        raise ValueError("must not contain line breaks or other control characters")
    return str(value)


def _check_duration(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(_DURATION_MESSAGE)  # noqa: TRY004 - pydantic reports only ValueError
    parse_duration(str(value))
    return str(value)


def _check_base64(text: str) -> str:
    if not _BASE64.fullmatch(text):
        raise ValueError("is not valid Base64")
    return text


def _check_one_line(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("must not contain control characters")
    return _check_non_empty(text)


def _check_key(text: str) -> str:
    if not KEY.fullmatch(text):
        raise ValueError("must be a key of letters, digits, _ and -, such as orderId")
    return text


def check_reference(text: str) -> str:
    """Check a key of the data with a path into its value, such as `user.roles[0]`. Raises ValueError."""
    dot_path = _DOT_PATH.fullmatch(text) if len(text) <= _MAX_DOT_PATH else None
    if dot_path is None or not KEY.fullmatch(key_of(text)):
        raise ValueError(f'"{text[:40]}" is not a key of the data, such as userId')
    return text


def key_of(reference: str) -> str:
    """Return the key of the data in a reference. As in every path, a leading `$` is the whole value."""
    parts: list[str] = _PATH_PART.findall(reference)
    return next(iter(parts[1:] if parts[0] == "$" else parts), "")


def _check_dot_path(text: str) -> str:
    if len(text) > _MAX_DOT_PATH or not _DOT_PATH.fullmatch(text):
        raise ValueError("must be a path such as data.users[0].id")
    return text


def _check_data_name(text: str) -> str:
    if not _DATA_NAME.fullmatch(text):
        raise ValueError("must be the name of a data file, such as users")
    return text


def _check_timeout(text: str) -> str:
    if not _MIN_TIMEOUT_S <= parse_duration(text) <= _MAX_TIMEOUT_S:
        raise ValueError(f"must be from 1 ms to {_MAX_TIMEOUT_S} s")
    return text


NonEmpty = Annotated[str, AfterValidator(_check_non_empty), Field(json_schema_extra={"pattern": r"\S"})]
WHOLE_NUMBER = BeforeValidator(_to_whole_number)
Name = Annotated[
    NonEmpty, AfterValidator(_check_name), Field(json_schema_extra={"maxLength": _MAX_NAME_CHARACTERS})
]
Method = Annotated[str, AfterValidator(_check_method), Field(examples=["GET"])]
RelativePath = Annotated[str, AfterValidator(_check_relative_path), Field(examples=["/api/users"])]
HeaderName = Annotated[str, AfterValidator(_check_header_name)]
TextOrNumber = WithJsonSchema({"type": ["string", "number"]})
DotPath = Annotated[str, AfterValidator(_check_dot_path), Field(examples=["data.users[0].id"])]
Key = Annotated[str, AfterValidator(_check_key)]
Reference = Annotated[str, AfterValidator(check_reference), Field(examples=["userId"])]
DataName = Annotated[str, AfterValidator(_check_data_name), Field(examples=["users"])]
OneLine = Annotated[str, AfterValidator(_check_one_line)]
Base64Text = Annotated[str, AfterValidator(_check_base64)]
HeaderValue = Annotated[Any, AfterValidator(_check_header_value), TextOrNumber]
Duration = Annotated[Any, AfterValidator(_check_duration), TextOrNumber, Field(examples=["0.5s"])]
Timeout = Annotated[Duration, AfterValidator(_check_timeout)]
HostName = Annotated[str, AfterValidator(check_name)]
HostAddress = Annotated[str, AfterValidator(check_address)]
