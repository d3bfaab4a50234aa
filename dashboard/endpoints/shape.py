"""The shape of endpoints.json. Unknown fields are refused: misspelt ones would be ignored in silence."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dashboard.endpoints.texts import WHOLE, DotPath, Filled, HeaderName, HeaderValue, Method, OwnPath

MOST_ENDPOINTS = 5_000
Weight = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Milliseconds = Annotated[float, Field(ge=0, le=86_400_000, allow_inf_nan=False)]
Limit = Annotated[float, Field(ge=0, lt=1e12, allow_inf_nan=False)]


class Part(BaseModel):
    """A part of the document. Null is the same as leaving a field out."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Slos(Part):
    """Limits of a run or an operation; equal to the limit passes."""

    p50_ms: Limit | None = None
    p95_ms: Limit | None = None
    p99_ms: Limit | None = None
    avg_ms: Limit | None = None
    error_rate: Limit | None = None
    checks_rate: Limit | None = None
    apdex_score: Limit | None = None
    rps: Limit | None = None


class Checks(Part):
    """What a response is held against. Each check is counted per operation."""

    status: Annotated[int, Field(ge=100, le=599), WHOLE] | None = Field(
        None, description="Expected status; any other is an error too"
    )
    body_path: DotPath | None = Field(None, description="This place in the JSON body exists and is not null")
    header_present: HeaderName | None = Field(None, description="The response has this header")
    max_duration_ms: Milliseconds | None = Field(None, description="Fails the check, not the request")
    body_contains: Annotated[str, Field(min_length=1, max_length=10_000)] | None = None
    no_graphql_errors: bool | None = Field(None, description="`errors` is absent or empty")
    has_data: bool | None = Field(None, description="`data` is there and not null")


class Endpoint(Part):
    """One request that is tested."""

    name: Filled = Field(description="Unique; any characters")
    group: Filled = Field(description="For aggregation and filtering")
    type: Literal["rest"] | None = "rest"
    path: OwnPath = Field(description="Added to BASE_URL")
    weight: Weight | None = Field(1, description="Relative probability of being chosen")
    method: Method | None = "GET"
    headers: dict[HeaderName, HeaderValue] | None = Field(None, description="Win over the auth header")
    body: Any = Field(None, description="A text goes out as it stands, anything else as JSON")
    checks: Checks | None = None
    slos: Slos | None = None


class Document(Part):
    """The whole file."""

    json_schema: str | None = Field(None, alias="$schema", description="For editors; not read")
    service: str | None = Field(None, description="Name of the service under test")
    slos: Slos | None = None
    slo_profiles: dict[str, Any] | None = None
    slo_options: dict[str, Any] | None = None
    endpoints: Annotated[list[Endpoint], Field(min_length=1, max_length=MOST_ENDPOINTS)]
