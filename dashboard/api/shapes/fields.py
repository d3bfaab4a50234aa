"""What shapes are made of: bodies that refuse what they do not know, answers that leave nothing out, numbers.

Units are in the names (`_ms`, `_s`, `_bytes`); shares are fractions 0-1; times are UTC, ISO 8601; missing is null.
"""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from dashboard.model.profile_names import ProfileName as ProfileName

AuthMode = Literal["none", "bearer", "basic", "api_key", "keycloak", "bearer_endpoint"]
Status = Literal["queued", "starting", "running", "stopping", "finished", "failed", "stopped", "interrupted"]
VerdictName = Literal["pass", "fail", "none", "unknown", "invalid"]
HEADER_NAME = r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"
# Longer than any bound, and negative too: then the answer tells the bound. Programs write up to 17 digits.
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,18}(\.\d{1,18})?", re.ASCII)


def _digits(value: object) -> object:
    """Numbers may come as strings of digits ("20"); anything else is left for the validator to refuse."""
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else value


def _number(value: object) -> object:
    """The same for numbers that need not be whole ("500", "0.5")."""
    return float(value) if isinstance(value, str) and _DECIMAL.fullmatch(value) else value


WholeNumber = Annotated[int, BeforeValidator(_digits), Field(strict=True)]
Number = Annotated[float, BeforeValidator(_number), Field(strict=True, allow_inf_nan=False)]


class Body(BaseModel):
    """A request body: unknown keys are refused, text is not longer than it needs to be."""

    model_config = ConfigDict(extra="forbid", str_max_length=4_096)


class Answer(BaseModel):
    """A response: every field is there, null when there is nothing to say."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)
