"""The shape of endpoints.json. Unknown fields are refused: misspelt ones would be ignored in silence."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from dashboard.endpoints.texts import (
    WHOLE,
    Base64Text,
    DataName,
    DotPath,
    Duration,
    Filled,
    HeaderName,
    HeaderValue,
    HostAddress,
    HostName,
    Key,
    Method,
    OneLine,
    OwnPath,
    Reference,
    Timeout,
)
from dashboard.model.durations import parse_duration
from dashboard.model.hosts import MAX_HOSTS
from dashboard.model.profile_names import PROFILE_NAMES

MAX_ENDPOINTS = 5_000
MAX_SCENARIOS = 1_000
MAX_STEPS = 1_000
Weight = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Milliseconds = Annotated[float, Field(ge=0, le=86_400_000, allow_inf_nan=False)]
FormValue = Annotated[Any, WithJsonSchema({"type": ["string", "number", "boolean", "array"]})]
MultipartValue = Annotated[Any, WithJsonSchema({"type": ["string", "number", "boolean", "array", "object"]})]
Redirects = Annotated[int, Field(ge=0, le=50), WHOLE]
Limit = Annotated[float, Field(ge=0, lt=1e12, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
SHORTEST_WINDOW_S, LONGEST_WINDOW_S = 2.0, 3_600.0


def _profile_name(text: str) -> str:
    if text not in PROFILE_NAMES:
        raise ValueError(f"must be a load profile: {', '.join(PROFILE_NAMES)}")
    return text


def _window(text: str) -> str:
    if not SHORTEST_WINDOW_S <= parse_duration(text) <= LONGEST_WINDOW_S:
        raise ValueError("must be from 2s to 1h")
    return text


ProfileName = Annotated[str, AfterValidator(_profile_name), Field(examples=["smoke"])]


class DocumentPart(BaseModel):
    """A part of the document. Null is the same as leaving a field out."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Slos(DocumentPart):
    """Limits of a run or an operation; equal to the limit passes."""

    p50_ms: Limit | None = None
    p95_ms: Limit | None = None
    p99_ms: Limit | None = None
    avg_ms: Limit | None = None
    error_rate: Share | None = None
    checks_rate: Share | None = None
    apdex_score: Share | None = None
    rps: Limit | None = None


class SloAbortOptions(DocumentPart):
    """Stops a live run that breaks a limit over a sliding window."""

    window: Annotated[Duration, AfterValidator(_window)] = Field(
        description="How long a limit must be broken; from 2s to 1h"
    )
    warm_up: Duration | None = Field(
        None, description="Not judged before; the first ramp of the plan when it is not given"
    )
    min_requests: Annotated[int, Field(ge=1, le=1_000_000), WHOLE] | None = Field(
        None, description="Windows with fewer requests are not judged; 10 when it is not given"
    )


class SloOptions(DocumentPart):
    """How limits are held."""

    skip: Literal["ramp"] | None = Field(
        None, description="Leave out what was measured while the planned load changed"
    )
    abort: SloAbortOptions | None = None


class Checks(DocumentPart):
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


class FilePart(DocumentPart):
    """A file in a multipart body: its content as text with templates, or as Base64."""

    content: str | None = None
    content_base64: Base64Text | None = None
    filename: OneLine | None = None
    content_type: OneLine | None = None


class RequestSpec(DocumentPart):
    """What all requests have. Values may hold templates where it says so."""

    name: Filled = Field(description="Unique; any characters")
    type: Literal["rest", "graphql"] | None = "rest"
    path: OwnPath = Field(description="Added to BASE_URL; may hold templates")
    method: Method | None = Field(None, description="GET when it is not given; GraphQL is always POST")
    headers: dict[HeaderName, HeaderValue] | None = Field(
        None, description="Win over the auth header; may hold templates"
    )
    body: Any = Field(None, description="As it stands: a text as text, anything else as JSON")
    body_template: Any = Field(None, description="The same with templates")
    form: dict[str, FormValue] | None = Field(None, description="URL-encoded fields; may hold templates")
    multipart: dict[str, MultipartValue] | None = Field(
        None, description="Fields and files; may hold templates"
    )
    query: Filled | None = Field(None, description="GraphQL document")
    operation_name: Filled | None = Field(None, description="Which operation of the GraphQL document")
    variables: dict[str, Any] | None = Field(
        None,
        description="Of a GraphQL document, of a JSON body, or of the query of a GET, HEAD, DELETE, OPTIONS",
    )
    variables_template: dict[str, Any] | None = Field(None, description="Variables whose texts are templates")
    variables_from_data: dict[str, Reference] | None = Field(None, description="Variable: key of the data")
    requires: list[Reference] | None = Field(
        None, description="Keys of the data without which it is not sent"
    )
    checks: Checks | None = None
    timeout: Timeout | None = Field(None, description="How long a response may take; 60 s if nothing says so")
    redirects: Redirects | None = Field(
        None, description="Most redirects that are followed; 10 if nothing says so"
    )
    close_connection: bool | None = Field(None, description="true: its connection carries no further request")


class Extract(DocumentPart):
    """Where a value of a response stands: exactly one of body_path, header and cookie."""

    body_path: DotPath | None = None
    header: HeaderName | None = None
    cookie: Filled | None = None
    secret: bool | None = Field(None, description="true: the value is never shown")


class Endpoint(RequestSpec):
    """One request that is tested."""

    group: Filled = Field(description="For aggregation and filtering")
    weight: Weight | None = Field(1, description="Relative probability of being chosen")
    slos: Slos | None = None
    data_file: DataName | None = Field(
        None, description="Name of an uploaded data file; each iteration gets a row"
    )
    variables_from_data_file: dict[str, Filled] | None = Field(
        None, description="Variable: column of the data file"
    )
    data_rows: Literal["vu", "random", "order", "unique"] | None = Field(
        None, description="Whose turn a row is; vu (by the number of the user) if no endpoint says otherwise"
    )
    data_end: Literal["stop", "cycle"] | None = Field(
        None, description="After the last row, for order (cycle if not given) and unique (stop if not given)"
    )
    extract: dict[Key, Extract] | None = Field(None, description="Values for later steps of a scenario")


class TeardownStep(RequestSpec):
    """A request after the load, sent after a stop too."""

    group: Filled | None = None


class SetupStep(TeardownStep):
    """A request before the load. Its result is the data that every iteration begins with."""

    result_key: Key | None = Field(None, description="Key of the data to keep the result under")
    result_path: DotPath | None = Field(
        None, description="Where the result stands in the JSON body; all of it when not given"
    )
    result_secret: bool | None = Field(None, description="true: the result is never shown")


class ScenarioStep(DocumentPart):
    """One step of a scenario."""

    ref: Filled = Field(description="Name of an endpoint")
    think_time: Duration | None = Field(None, description="Pause after this step")


class Scenario(DocumentPart):
    """Steps that a virtual user takes in order."""

    name: Filled
    weight: Weight | None = Field(1, description="Relative probability of being chosen")
    think_time: Duration | None = Field(None, description="Pause between two steps")
    steps: Annotated[list[ScenarioStep], Field(min_length=1, max_length=MAX_STEPS)]


class Network(DocumentPart):
    """How requests travel, for the whole run."""

    timeout: Timeout | None = None
    redirects: Redirects | None = None
    verify_tls: bool | None = Field(None, description="false: any certificate is believed")
    reuse_connections: bool | None = Field(None, description="false: a new connection for every request")
    hosts: Annotated[dict[HostName, HostAddress], Field(max_length=MAX_HOSTS)] | None = Field(
        None, description="Host names, with * or a port if need be, and the addresses to connect to for them"
    )


class Document(DocumentPart):
    """The whole file."""

    json_schema: str | None = Field(None, alias="$schema", description="For editors; not read")
    service: str | None = Field(None, description="Name of the service under test")
    slos: Slos | None = None
    slo_groups: dict[Filled, Slos] | None = Field(None, description="Limits of groups, by their names")
    slo_profiles: dict[ProfileName, Slos] | None = Field(
        None, description="Limits that win over `slos` in runs of a load profile; null takes one away"
    )
    slo_options: SloOptions | None = None
    endpoints: Annotated[list[Endpoint], Field(min_length=1, max_length=MAX_ENDPOINTS)]
    scenarios: Annotated[list[Scenario], Field(max_length=MAX_SCENARIOS)] | None = Field(
        None, description="Instead of a random choice of endpoints"
    )
    pacing: Duration | None = Field(None, description="Pause between two requests that are chosen at random")
    setup: Annotated[list[SetupStep], Field(max_length=MAX_STEPS)] | None = None
    teardown: Annotated[list[TeardownStep], Field(max_length=MAX_STEPS)] | None = None
    network: Network | None = None
