"""The shape of the SLOs in endpoints.json."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dashboard.endpoints.texts import WHOLE_NUMBER, Duration
from dashboard.model.durations import parse_duration
from dashboard.model.k6_config import DOCUMENT_LIMITS
from dashboard.model.profile_names import PROFILE_NAMES

MIN_WINDOW_S = DOCUMENT_LIMITS["min_abort_window_ms"] / 1000
MAX_WINDOW_S = DOCUMENT_LIMITS["max_abort_window_ms"] / 1000
Limit = Annotated[float, Field(ge=0, le=DOCUMENT_LIMITS["max_slo_value"], allow_inf_nan=False)]
Ratio = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
MinRequests = Annotated[int, Field(ge=1, le=DOCUMENT_LIMITS["max_abort_requests"]), WHOLE_NUMBER]


def _check_profile_name(text: str) -> str:
    if text not in PROFILE_NAMES:
        raise ValueError(f"unknown load profile. Allowed: {', '.join(PROFILE_NAMES)}.")
    return text


def _check_window(text: str) -> str:
    if not MIN_WINDOW_S <= parse_duration(text) <= MAX_WINDOW_S:
        raise ValueError("must be from 2s to 1h")
    return text


ProfileName = Annotated[str, AfterValidator(_check_profile_name), Field(examples=["smoke"])]


class DocumentPart(BaseModel):
    """A part of the document. Null means the same as a missing field."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Slos(DocumentPart):
    """The limits of a run, a group or an operation. A value equal to its limit meets the SLO."""

    p50_ms: Limit | None = None
    p95_ms: Limit | None = None
    p99_ms: Limit | None = None
    avg_ms: Limit | None = None
    error_rate: Ratio | None = None
    checks_rate: Ratio | None = None
    apdex_score: Ratio | None = None
    rps: Limit | None = None


class SloAbortOptions(DocumentPart):
    """Stops a live run that breaches an SLO over a sliding window."""

    window: Annotated[Duration, AfterValidator(_check_window)] = Field(
        description="Length of the sliding window, from 2s to 1h"
    )
    mode: Literal["average", "throughout"] | None = Field(
        None,
        description="`average` (default): the figure of the whole window breaches the SLO. `throughout`: the figure of"
        " every push in the window does",
    )
    warm_up: Duration | None = Field(
        None, description="SLOs are not evaluated before this time. Default: the first ramp of the plan"
    )
    min_requests: MinRequests | None = Field(
        None, description="Windows with fewer requests are not evaluated. Default: 10"
    )


class SloOptions(DocumentPart):
    """How SLOs are evaluated."""

    skip: Literal["ramp"] | None = Field(
        None, description="`ramp` ignores what was measured while the planned load changed"
    )
    abort: SloAbortOptions | None = None
