"""Building blocks of shapes: strict requests, complete responses, numbers, names and times.

Units are part of field names (`_ms`, `_s`, `_bytes`). Shares are fractions from 0 to 1. Times are UTC in ISO 8601. A
missing value is null.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from dashboard.model.annotations import (
    MAX_ENV_PROFILE_CHARACTERS,
    MAX_LABEL_CHARACTERS,
    MAX_META_KEY_CHARACTERS,
    MAX_META_KEYS,
    MAX_META_VALUE_CHARACTERS,
    has_control_characters,
    is_single_line,
)
from dashboard.model.k6_config import DOCUMENT_LIMITS
from dashboard.model.profile_names import ProfileName as ProfileName
from dashboard.model.run import iso

AuthMode = Literal["none", "bearer", "basic", "api_key", "keycloak", "bearer_endpoint"]
RunStatusName = Literal[
    "queued", "starting", "running", "stopping", "finished", "failed", "stopped", "interrupted"
]
VerdictName = Literal["pass", "fail", "none", "unknown", "invalid"]
HEADER_NAME = r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"
RUN_ID_PATTERN = "^[0-9a-z-]{1,64}$"
# Accepts more digits than any limit allows, and negative numbers, so that the error names the limit. A printed
# float has up to 17 significant digits.
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,18}(\.\d{1,18})?", re.ASCII)


def _digits_to_int(value: object) -> object:
    """Convert a string of digits such as "20" to a number. Leave any other value to the validator."""
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else value


def _digits_to_float(value: object) -> object:
    """Convert a decimal string such as "500" or "0.5" to a number. Leave any other value to the validator."""
    return float(value) if isinstance(value, str) and _DECIMAL.fullmatch(value) else value


def _to_iso(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a date or a time such as 2026-11-21 or 2026-11-21T10:15:00Z") from None
    try:
        return iso(moment if moment.tzinfo else moment.replace(tzinfo=UTC)) or ""
    except OverflowError:
        raise ValueError("must be a time between the years 1 and 9999") from None


def _refuse_control_characters(text: str) -> str:
    if has_control_characters(text):
        raise ValueError("must not contain control characters")
    return text


def _strip_line(text: str) -> str:
    text = text.strip()
    if not text:
        raise ValueError("must not be empty")
    if not is_single_line(text):
        raise ValueError("must be one line without control characters")
    return text


WholeNumber = Annotated[int, BeforeValidator(_digits_to_int), Field(strict=True)]
Number = Annotated[float, BeforeValidator(_digits_to_float), Field(strict=True, allow_inf_nan=False)]
Seconds = Annotated[Number, Field(ge=0, le=1_000_000_000)]
Count = Annotated[WholeNumber, Field(ge=0, le=999_999_999)]
Moment = Annotated[
    str,
    AfterValidator(_to_iso),
    Field(max_length=40),
    WithJsonSchema(
        {"type": "string", "description": "ISO 8601, in UTC unless it has a time zone", "maxLength": 40}
    ),
]
Line = Annotated[str, AfterValidator(_strip_line)]
Text = Annotated[str, AfterValidator(_refuse_control_characters)]
Label = Annotated[Text, Field(max_length=MAX_LABEL_CHARACTERS)]
EnvProfileText = Annotated[Text, Field(max_length=MAX_ENV_PROFILE_CHARACTERS)]
Meta = Annotated[
    dict[
        Annotated[Text, Field(max_length=MAX_META_KEY_CHARACTERS)],
        Annotated[Text, Field(max_length=MAX_META_VALUE_CHARACTERS)],
    ],
    Field(max_length=MAX_META_KEYS),
]
RunIdOrLatest = Annotated[str, Field(pattern=RUN_ID_PATTERN, description="ID of a run, or `latest`")]
OpName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=DOCUMENT_LIMITS["max_name_characters"],
        description="Name of the operation",
    ),
]
EnvProfile = Annotated[str, Field(min_length=1, max_length=128)]
Target = Annotated[str, Field(min_length=1, max_length=2_048)]


class RequestShape(BaseModel):
    """A request body, a query or a path. Unknown fields are refused and texts have a maximum length."""

    model_config = ConfigDict(extra="forbid", str_max_length=4_096)


class EmptyRequest(RequestShape):
    """A body or a query without fields."""


class ResponseShape(BaseModel):
    """A response. Every field is present, with null for a missing value."""

    model_config = ConfigDict(
        extra="forbid", from_attributes=True, json_schema_serialization_defaults_required=True
    )
