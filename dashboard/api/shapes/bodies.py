"""Shapes of what people and programs send."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from dashboard.api.shapes.fields import HEADER_NAME, AuthMode, Body, Number, ProfileName, WholeNumber
from dashboard.model.custom import MAX_STAGES, MAX_TARGET
from dashboard.runs.start.auth import FIELDS

MOST_PEM = 32_768


def _as_text(value: object) -> object:
    """Plain seconds may be a number."""
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else value


class Empty(Body):
    """A body without fields."""


class StageBody(Body):
    """A stage of a custom run: from the target before to this one, at once when the duration is 0."""

    duration: Annotated[str, BeforeValidator(_as_text), Field(max_length=32, examples=["30s"])]
    target: Annotated[WholeNumber, Field(ge=0, le=MAX_TARGET)]


class LoadParameters(Body):
    """The load of a run; what is left out comes from the profile and the settings."""

    profile: ProfileName
    rate: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="Iterations in a second; without scenarios each is one request"
    )
    vus: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="Virtual users; for a rate, the most there may be"
    )
    duration: Annotated[str, Field(max_length=32, examples=["60s"])] | None = None
    ramp_duration: Annotated[str, Field(max_length=32, examples=["30s"])] | None = None
    unit: Literal["vus", "rate"] | None = Field(
        None, description="What the targets of `stages` are: users, or iterations in a second"
    )
    stages: Annotated[list[StageBody], Field(min_length=1, max_length=MAX_STAGES)] | None = None
    scenarios: dict[str, Any] | None = Field(
        None, description="An object as k6's options.scenarios, instead of stages"
    )


class NetworkBody(Body):
    """How requests travel in this run; what is left out comes from the endpoints file, or is as usual."""

    model_config = ConfigDict(extra="forbid", str_max_length=MOST_PEM)

    timeout: Annotated[str, BeforeValidator(_as_text), Field(max_length=32, examples=["10s"])] | None = None
    redirects: Annotated[WholeNumber, Field(ge=0, le=50)] | None = None
    verify_tls: bool | None = Field(None, strict=True, description="false: any certificate is believed")
    reuse_connections: bool | None = Field(
        None, strict=True, description="false: a new connection for every request"
    )
    hosts: dict[Annotated[str, Field(max_length=260)], Annotated[str, Field(max_length=60)]] | None = Field(
        None, description="Host names and the addresses to connect to for them, with a port if need be"
    )
    proxy: Annotated[str, Field(max_length=2_048)] | None = Field(
        None, examples=["http://127.0.0.1:3128"], description="http, https or socks5, without its user"
    )
    proxy_user: Annotated[str, Field(max_length=1_024)] | None = None
    proxy_password: Annotated[str, Field(max_length=4_096)] | None = Field(
        None, description="A secret, never answered; PROXY_PASSWORD of the settings when it is not given"
    )
    ca_certificate: str | None = Field(
        None, description="PEM: an authority to believe besides the usual ones"
    )
    client_certificate: str | None = Field(None, description="PEM: shown to servers that ask for one")
    client_key: str | None = Field(
        None,
        description="PEM, not encrypted: a secret, never answered; CLIENT_KEY of the settings when it is not given",
    )


class PlanBody(LoadParameters):
    """What to plan."""

    base_url: Annotated[str, Field(max_length=2_048)] | None = None
    network: NetworkBody | None = Field(None, description="For the commands alone")


class Auth(Body):
    """How requests authenticate. Only the fields of the chosen mode are used; secrets are never answered."""

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

    def credentials(self) -> dict[str, str]:
        """What was typed, by setting name."""
        return {name: value for name in FIELDS if (value := getattr(self, name))}


class StartBody(Auth, LoadParameters):
    """A run to start. All but `profile` is optional: settings fill in."""

    model_config = ConfigDict(extra="forbid", str_max_length=16_384)

    base_url: Annotated[str, Field(max_length=2_048)] | None = None
    env_profile: Annotated[str, Field(max_length=128)] | None = None
    label: Annotated[str, Field(max_length=200)] | None = None
    meta: dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]] | None = Field(
        None, max_length=32, description="Commit, branch, build URL and other facts to keep with the run"
    )
    apdex_t_ms: Annotated[Number, Field(gt=0, le=60_000)] | None = None
    steerable: bool | None = Field(
        None, strict=True, description="Whether users or rate can be changed, and paused, while it runs"
    )
    network: NetworkBody | None = None
    queue: bool = Field(
        False, strict=True, description="Wait for a turn instead of answering 409 while another run is live"
    )
    confirm: bool = Field(
        False, strict=True, description="Load a public address with more than 50 VUs on purpose"
    )


class DryBody(Auth):
    """A dry run: what changes requests, and no load."""

    model_config = ConfigDict(extra="forbid", str_max_length=16_384)

    base_url: Annotated[str, Field(max_length=2_048)] | None = None
    network: NetworkBody | None = None


class StopBody(Body):
    """Which run to stop; without an id the newest live one."""

    run_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    now: bool = Field(False, strict=True, description="Do not wait for running iterations of a steerable run")


class RefreshBody(Body):
    """Which run gets a fresh token; without an id the newest live one."""

    run_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class ControlBody(Body):
    """What to change of a live run; without an id of the newest live one. At most one of vus, rate and share."""

    run_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    vus: Annotated[WholeNumber, Field(ge=0, le=1_000_000)] | None = None
    rate: Annotated[Number, Field(ge=0, le=1_000_000)] | None = Field(
        None, description="Iterations in a second"
    )
    share: Annotated[Number, Field(ge=0, le=1)] | None = Field(None, description="Share of the planned rate")
    paused: bool | None = Field(None, strict=True)


class TestConnectionBody(Auth):
    """One request to the target, to see whether it answers."""

    model_config = ConfigDict(extra="forbid", str_max_length=16_384)

    base_url: Annotated[str, Field(max_length=2_048)]
    path: Annotated[str, Field(max_length=2_048)] = "/"
    network: NetworkBody | None = None


class LoginBody(Body):
    """The dashboard's access token."""

    token: Annotated[str, Field(min_length=1, max_length=512)]
