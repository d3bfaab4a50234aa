"""The shape of endpoints.json. Unknown fields are rejected, because a misspelled one would be ignored silently."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from dashboard.endpoints.slo_shape import DocumentPart, ProfileName, SloOptions, Slos
from dashboard.endpoints.texts import (
    WHOLE_NUMBER,
    Base64Text,
    DataName,
    DotPath,
    Duration,
    HeaderName,
    HeaderValue,
    HostAddress,
    HostName,
    Key,
    Method,
    Name,
    NonEmpty,
    OneLine,
    Reference,
    RelativePath,
    Timeout,
)
from dashboard.model.hosts import MAX_HOSTS
from dashboard.model.k6_config import ALLOWED, DOCUMENT_LIMITS

MAX_ENDPOINTS = DOCUMENT_LIMITS["max_endpoints"]
MAX_SCENARIOS = DOCUMENT_LIMITS["max_scenarios"]
MAX_STEPS = DOCUMENT_LIMITS["max_steps"]
MAX_CHECK_TEXT = DOCUMENT_LIMITS["max_check_text_characters"]
Weight = Annotated[float, Field(ge=0, le=DOCUMENT_LIMITS["max_weight"], allow_inf_nan=False)]
Milliseconds = Annotated[float, Field(ge=0, le=DOCUMENT_LIMITS["max_check_duration_ms"], allow_inf_nan=False)]
FormValue = Annotated[Any, WithJsonSchema({"type": ["string", "number", "boolean", "array"]})]
MultipartValue = Annotated[Any, WithJsonSchema({"type": ["string", "number", "boolean", "array", "object"]})]
Redirects = Annotated[int, Field(ge=0, le=DOCUMENT_LIMITS["max_redirects"]), WHOLE_NUMBER]
if TYPE_CHECKING:
    DataRows = str
    DataEnd = str
else:
    DataRows = Literal[tuple(ALLOWED["data_rows"])]
    DataEnd = Literal[tuple(ALLOWED["data_end"])]


class Checks(DocumentPart):
    """Checks of a response, counted per operation."""

    status: Annotated[int, Field(ge=100, le=599), WHOLE_NUMBER] | None = Field(
        None, description="Expected status. Any other status also counts as an error"
    )
    body_path: DotPath | None = Field(None, description="This path in the JSON body exists and is not null")
    header_present: HeaderName | None = Field(None, description="The response has this header")
    max_duration_ms: Milliseconds | None = Field(
        None, description="Maximum duration. A longer one fails the check, not the request"
    )
    body_contains: Annotated[str, Field(min_length=1, max_length=MAX_CHECK_TEXT)] | None = None
    no_graphql_errors: bool | None = Field(None, description="`errors` is missing or empty")
    has_data: bool | None = Field(None, description="`data` exists and is not null")


class FilePart(DocumentPart):
    """A file in a multipart body. Its content is text with templates, or Base64."""

    content: str | None = None
    content_base64: Base64Text | None = None
    filename: OneLine | None = None
    content_type: OneLine | None = None


class CommentedPart(DocumentPart):
    """A part that can explain itself to its readers."""

    comment: str | list[str] | None = Field(None, description="For readers of the file; ignored")


class RequestSpec(CommentedPart):
    """The fields that all requests have."""

    name: Name = Field(description="Unique name. It can contain any characters except NUL")
    type: Literal["rest", "graphql"] | None = "rest"
    path: RelativePath = Field(description="Appended to BASE_URL. Can contain templates")
    method: Method | None = Field(None, description="Default: GET. GraphQL always uses POST")
    headers: dict[HeaderName, HeaderValue] | None = Field(
        None, description="Override the authentication header. Can contain templates"
    )
    body: Any = Field(None, description="Sent unchanged: a string as text, anything else as JSON")
    body_template: Any = Field(None, description="Like `body`, with templates")
    form: dict[str, FormValue] | None = Field(None, description="URL-encoded fields. Can contain templates")
    multipart: dict[str, MultipartValue] | None = Field(
        None, description="Fields and files. Can contain templates"
    )
    query: NonEmpty | None = Field(None, description="GraphQL document")
    operation_name: NonEmpty | None = Field(None, description="Operation of the GraphQL document to run")
    variables: dict[str, Any] | None = Field(
        None,
        description="Variables of the GraphQL document, fields of the JSON body, or query parameters of a GET, HEAD, "
        "DELETE or OPTIONS request",
    )
    variables_template: dict[str, Any] | None = Field(
        None, description="Like `variables`, with templates in strings"
    )
    variables_from_data: dict[str, Reference] | None = Field(None, description="Key of the data, by variable")
    requires: list[Reference] | None = Field(
        None, description="Keys of the data without which the request is not sent"
    )
    checks: Checks | None = None
    timeout: Timeout | None = Field(None, description="Maximum time to wait for a response. Default: 60 s")
    redirects: Redirects | None = Field(
        None, description="Maximum number of redirects to follow. Default: 10"
    )
    close_connection: bool | None = Field(None, description="true: close the connection after the request")


class Extract(DocumentPart):
    """The source of a value in a response: exactly one of body_path, header and cookie."""

    body_path: DotPath | None = None
    header: HeaderName | None = None
    cookie: NonEmpty | None = None
    secret: bool | None = Field(None, description="true: never show the value")


class Endpoint(RequestSpec):
    """A request that is tested."""

    group: Name = Field(description="Name by which figures are aggregated and filtered")
    weight: Weight | None = Field(1, description="Relative probability of being chosen")
    slos: Slos | None = None
    data_file: DataName | None = Field(
        None, description="Name of an uploaded data file. Each iteration uses one row"
    )
    variables_from_data_file: dict[str, NonEmpty] | None = Field(
        None, description="Column of the data file, by variable"
    )
    data_rows: DataRows | None = Field(
        None, description="Which row an iteration uses. Default: vu, the row with the number of the user"
    )
    data_end: DataEnd | None = Field(
        None, description="What follows the last row. Default: cycle for order, stop for unique"
    )
    extract: dict[Key, Extract] | None = Field(None, description="Values for later steps of a scenario")


class TeardownRequest(RequestSpec):
    """A request after the load. It is also sent after a stop."""

    group: Name | None = None


class SetupRequest(TeardownRequest):
    """A request before the load. Its result becomes part of the data that every iteration starts with."""

    result_key: Key | None = Field(None, description="Key of the data under which the result is stored")
    result_path: DotPath | None = Field(
        None, description="Path of the result in the JSON body. Default: the whole body"
    )
    result_secret: bool | None = Field(None, description="true: never show the result")


class ScenarioStep(CommentedPart):
    """One step of a scenario: one endpoint, or one of several."""

    ref: NonEmpty | None = Field(None, description="Name of an endpoint")
    one_of: Annotated[list[NonEmpty], Field(min_length=1, max_length=MAX_ENDPOINTS)] | None = Field(
        None, description="Names of endpoints, instead of `ref`: one of them is chosen by weight"
    )
    think_time: Duration | None = Field(None, description="Pause after this step")


class Scenario(CommentedPart):
    """Steps that a virtual user performs in order."""

    name: Name
    weight: Weight | None = Field(1, description="Relative probability of being chosen")
    think_time: Duration | None = Field(None, description="Pause between two steps")
    on_failure: Literal["stop", "continue"] | None = Field(
        "stop", description="Whether the iteration continues after a response without a value to extract"
    )
    steps: Annotated[list[ScenarioStep], Field(min_length=1, max_length=MAX_STEPS)]


class Network(DocumentPart):
    """Network settings of the whole run."""

    timeout: Timeout | None = None
    redirects: Redirects | None = None
    verify_tls: bool | None = Field(None, description="false: accept any certificate")
    reuse_connections: bool | None = Field(None, description="false: open a connection for every request")
    hosts: Annotated[dict[HostName, HostAddress], Field(max_length=MAX_HOSTS)] | None = Field(
        None, description="Addresses that override DNS, by host name with an optional leading *. and port"
    )


class Document(CommentedPart):
    """The whole file."""

    json_schema: str | None = Field(None, alias="$schema", description="For editors; ignored")
    service: str | None = Field(None, description="Name of the service under test")
    slos: Slos | None = None
    slo_groups: dict[NonEmpty, Slos] | None = Field(None, description="SLOs of groups, by group name")
    slo_profiles: dict[ProfileName, Slos] | None = Field(
        None, description="SLOs that override `slos` in runs of a load profile; null removes one"
    )
    slo_options: SloOptions | None = None
    endpoints: Annotated[list[Endpoint], Field(min_length=1, max_length=MAX_ENDPOINTS)]
    scenarios: Annotated[list[Scenario], Field(max_length=MAX_SCENARIOS)] | None = Field(
        None, description="Used instead of a random choice of endpoints"
    )
    pacing: Duration | None = Field(None, description="Pause between two randomly chosen requests")
    setup: Annotated[list[SetupRequest], Field(max_length=MAX_STEPS)] | None = None
    teardown: Annotated[list[TeardownRequest], Field(max_length=MAX_STEPS)] | None = None
    network: Network | None = None
