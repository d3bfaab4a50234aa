"""The shapes of request bodies. Bodies that start a run or dry run convert to the types of `runs/start`."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from dashboard.api.shapes.base import (
    HEADER_NAME,
    AuthMode,
    EnvProfileText,
    Label,
    Meta,
    Number,
    ProfileName,
    RequestShape,
    WholeNumber,
)
from dashboard.endpoints.parse import MAX_DOCUMENT_BYTES
from dashboard.model.custom import MAX_STAGES, MAX_TARGET
from dashboard.model.durations import parse_duration
from dashboard.model.number_text import FULL_DIGITS, format_number
from dashboard.runs.start.auth import CREDENTIAL_FIELDS
from dashboard.runs.start.request import (
    AuthRequest,
    LoadRequest,
    NetworkRequest,
    RunLabels,
    StartRequest,
    dry_request,
)
from dashboard.runs.start.targets import parse_target

MAX_PEM_CHARACTERS = 32_768
MAX_START_BYTES = 3 * MAX_DOCUMENT_BYTES  # JSON escapes the text of the endpoints file


def _seconds_to_text(value: object) -> object:
    """Convert a number of seconds to text, because a duration may be sent as a number."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return format_number(value, FULL_DIGITS) if is_number else value  # type: ignore[arg-type]


def _checked_by(parse: Callable[[str], object]) -> AfterValidator:
    """Return a validator that keeps the text. Its error is reported together with those of all other fields."""

    def check(text: str) -> str:
        parse(text)
        return text

    return AfterValidator(check)


Duration = Annotated[str, Field(max_length=32), _checked_by(parse_duration)]
TargetText = Annotated[str, Field(max_length=2_048), _checked_by(parse_target)]


class StageBody(RequestShape):
    """A stage of a custom run: from the previous target to this one. A duration of 0 is a jump."""

    duration: Annotated[Duration, BeforeValidator(_seconds_to_text), Field(examples=["30s"])]
    target: Annotated[WholeNumber, Field(ge=0, le=MAX_TARGET)]


class LoadParameters(RequestShape):
    """The load of a run. Missing fields take the value of the profile or of the settings."""

    profile: ProfileName
    rate: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="Iterations per second; without scenarios, an iteration is one request"
    )
    vus: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="Virtual users; for a rate, the maximum"
    )
    duration: Annotated[Duration, Field(examples=["60s"])] | None = None
    ramp_duration: Annotated[Duration, Field(examples=["30s"])] | None = None
    unit: Literal["vus", "rate"] | None = Field(
        None, description="The unit of the targets in `stages`: users, or iterations per second"
    )
    stages: Annotated[list[StageBody], Field(min_length=1, max_length=MAX_STAGES)] | None = None
    scenarios: dict[str, Any] | None = Field(
        None, description="An object like k6's options.scenarios, instead of stages"
    )

    def to_load(self) -> LoadRequest:
        """Return the load in the form that the supervisor accepts."""
        stages = (
            None if self.stages is None else tuple((stage.duration, stage.target) for stage in self.stages)
        )
        return LoadRequest(
            profile=self.profile,
            rate=self.rate,
            vus=self.vus,
            duration=self.duration,
            ramp_duration=self.ramp_duration,
            unit=self.unit,
            stages=stages,
            scenarios=self.scenarios,
        )


class NetworkBody(RequestShape):
    """Network options of the run. A missing field takes its value from the endpoints file, or else k6's default."""

    model_config = ConfigDict(extra="forbid", str_max_length=MAX_PEM_CHARACTERS)

    timeout: (
        Annotated[str, BeforeValidator(_seconds_to_text), Field(max_length=32, examples=["10s"])] | None
    ) = None
    redirects: Annotated[WholeNumber, Field(ge=0, le=50)] | None = None
    verify_tls: bool | None = Field(None, strict=True, description="false: accept any certificate")
    reuse_connections: bool | None = Field(
        None, strict=True, description="false: open a new connection for every request"
    )
    hosts: dict[Annotated[str, Field(max_length=260)], Annotated[str, Field(max_length=60)]] | None = Field(
        None, description="Host names and the addresses to connect to instead, with an optional port"
    )
    proxy: Annotated[str, Field(max_length=2_048)] | None = Field(
        None, examples=["http://127.0.0.1:3128"], description="http, https or socks5, without credentials"
    )
    proxy_user: Annotated[str, Field(max_length=1_024)] | None = None
    proxy_password: Annotated[str, Field(max_length=4_096)] | None = Field(
        None, description="A secret, never returned. Default: PROXY_PASSWORD of the settings"
    )
    ca_certificate: str | None = Field(
        None, description="PEM: an authority to trust in addition to the system's"
    )
    client_certificate: str | None = Field(None, description="PEM: sent to servers that request one")
    client_key: str | None = Field(
        None, description="PEM, not encrypted. A secret, never returned. Default: CLIENT_KEY of the settings"
    )

    def to_network(self) -> NetworkRequest:
        """Return the network options in the form that the supervisor accepts."""
        return NetworkRequest(**self.model_dump())


class PlanBody(LoadParameters):
    """A run to preview."""

    base_url: Annotated[str, Field(max_length=2_048)] | None = None
    network: NetworkBody | None = Field(None, description="Used only in the returned commands")

    def to_request(self) -> StartRequest:
        """Return the request that would start this run."""
        return StartRequest(load=self.to_load(), base_url=self.base_url, network=_network(self.network))


class AuthBody(RequestShape):
    """How requests authenticate. Only the fields of the chosen mode are used. Secrets are never returned."""

    auth_mode: AuthMode | None = None
    auth_token: Annotated[str, Field(max_length=16_384)] | None = None
    auth_basic_user: Annotated[str, Field(max_length=1_024)] | None = None
    auth_basic_pass: Annotated[str, Field(max_length=4_096)] | None = None
    auth_api_key: Annotated[str, Field(max_length=16_384)] | None = None
    auth_api_key_header: Annotated[str, Field(max_length=256, pattern=HEADER_NAME)] | None = None
    auth_host: Annotated[str, Field(max_length=2_048, examples=["https://sso.example.com"])] | None = None
    auth_realm: Annotated[str, Field(max_length=256)] | None = None
    auth_client_id: Annotated[str, Field(max_length=1_024)] | None = None
    auth_client_secret: Annotated[str, Field(max_length=4_096)] | None = None
    auth_refresh_strategy: Literal["keycloak", "bearer_endpoint", "none"] | None = None
    auth_refresh_endpoint: Annotated[str, Field(max_length=2_048, examples=["/auth/token"])] | None = None
    auth_refresh_interval: Annotated[Number, Field(ge=1, le=86_400)] | None = None
    auth_refresh_method: Literal["POST", "PUT", "GET"] | None = None
    auth_refresh_body: Annotated[str, Field(max_length=16_384)] | None = None
    auth_refresh_headers: Annotated[str, Field(max_length=8_192, examples=["X-Tenant: blue"])] | None = None
    auth_token_path: Annotated[str, Field(max_length=256, examples=["data.token"])] | None = None
    auth_expires_path: Annotated[str, Field(max_length=256, examples=["expires_in"])] | None = None

    def to_auth(self) -> AuthRequest:
        """Return the authentication in the form that the supervisor accepts."""
        return AuthRequest(
            mode=self.auth_mode,
            api_key_header=self.auth_api_key_header,
            refresh_interval_s=self.auth_refresh_interval,
            credentials={name: value for name in CREDENTIAL_FIELDS if (value := getattr(self, name))},
        )


EndpointsText = Annotated[
    str,
    Field(
        max_length=MAX_DOCUMENT_BYTES,
        description="The text of an endpoints file to use for this run, instead of the dashboard's",
    ),
]


class StartBody(AuthBody, LoadParameters):
    """A run to start. Only `profile` is required; the settings supply the rest."""

    model_config = ConfigDict(extra="forbid", str_max_length=16_384)

    base_url: TargetText | None = None
    env_profile: EnvProfileText | None = None
    label: Label | None = None
    meta: Meta | None = Field(
        None, description="Commit, branch, build URL and other metadata to store with the run"
    )
    apdex_t_ms: Annotated[Number, Field(gt=0, le=60_000)] | None = None
    steerable: bool | None = Field(
        None, strict=True, description="Allow changing users or rate, and pausing, while the run is live"
    )
    network: NetworkBody | None = None
    endpoints: EndpointsText | None = None
    queue: bool = Field(
        False, strict=True, description="Wait in the queue instead of answering 409 while another run is live"
    )
    confirm: bool = Field(
        False, strict=True, description="Allow more than 50 virtual users on a public address"
    )

    def to_request(self) -> StartRequest:
        """Return the request in the form that the supervisor accepts."""
        return StartRequest(
            load=self.to_load(),
            base_url=self.base_url,
            auth=self.to_auth(),
            network=_network(self.network),
            labels=RunLabels(label=self.label, env_profile=self.env_profile, meta=self.meta or {}),
            apdex_t_ms=self.apdex_t_ms,
            steerable=self.steerable,
            endpoints=self.endpoints,
            queue=self.queue,
            confirm=self.confirm,
        )


class DryBody(AuthBody):
    """A dry run to start, with the options that affect requests. It has no load."""

    model_config = ConfigDict(extra="forbid", str_max_length=16_384)

    base_url: TargetText | None = None
    network: NetworkBody | None = None
    endpoints: EndpointsText | None = None

    def to_request(self) -> StartRequest:
        """Return the start request of a dry run."""
        return dry_request(self.base_url, self.to_auth(), _network(self.network), self.endpoints)


class StopBody(RequestShape):
    """The run to stop. Without an ID, the newest live run."""

    run_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    now: bool = Field(False, strict=True, description="Do not wait for running iterations of a steerable run")


class RefreshBody(RequestShape):
    """The run whose token is refreshed. Without an ID, the newest live run."""

    run_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class ControlBody(RequestShape):
    """A change to a live run. Without an ID, the newest live run. At most one of vus, rate and share."""

    run_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    vus: Annotated[WholeNumber, Field(ge=0, le=1_000_000)] | None = None
    rate: Annotated[Number, Field(ge=0, le=1_000_000)] | None = Field(
        None, description="Iterations per second"
    )
    share: Annotated[Number, Field(ge=0, le=1)] | None = Field(None, description="Share of the planned rate")
    paused: bool | None = Field(None, strict=True)


class TestConnectionBody(AuthBody):
    """A single request to the target, to test whether it responds."""

    model_config = ConfigDict(extra="forbid", str_max_length=16_384)

    base_url: TargetText
    path: Annotated[str, Field(max_length=2_048)] = "/"
    network: NetworkBody | None = None

    def to_network(self) -> NetworkRequest:
        """Return the network options of the request."""
        return _network(self.network)


class LoginBody(RequestShape):
    """The dashboard's access token."""

    token: Annotated[str, Field(min_length=1, max_length=512)]


def _network(body: NetworkBody | None) -> NetworkRequest:
    return body.to_network() if body else NetworkRequest()
