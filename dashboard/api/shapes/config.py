"""Shapes of the configuration: defaults for the start form, and the endpoints file."""

from typing import Any, Literal

from pydantic import Field, RootModel

from dashboard.api.shapes.base import AuthMode, ProfileName, ResponseShape

SecretStatus = Literal["set", "not set"]


class ProfileShape(ResponseShape):
    """A load profile and the parameters that it uses."""

    name: str
    purpose: str
    uses: list[str]


class SecretsShape(ResponseShape):
    """Which authentication settings are set. The API never returns their values."""

    auth_token: SecretStatus
    auth_basic_user: SecretStatus
    auth_basic_pass: SecretStatus
    auth_api_key: SecretStatus
    auth_host: SecretStatus
    auth_realm: SecretStatus
    auth_client_id: SecretStatus
    auth_client_secret: SecretStatus
    auth_refresh_endpoint: SecretStatus
    auth_refresh_body: SecretStatus
    auth_refresh_headers: SecretStatus


class RunConfigAnswer(ResponseShape):
    """Defaults and limits for the form that starts a run."""

    base_url: str
    profile: ProfileName
    rate: int
    vus: int
    duration: str
    ramp_duration: str
    soak_duration: str
    stress_step_duration: str
    spike_duration: str
    apdex_t_ms: float
    auth_mode: AuthMode
    auth_api_key_header: str
    secrets: SecretsShape
    max_vus: int
    max_rate: int
    max_duration_s: float
    max_live_runs: int = Field(description="Further runs wait in the queue")
    profiles: list[ProfileShape]
    slos: dict[str, float]
    endpoints_count: int
    endpoints_service: str | None
    demo_url: str | None = Field(description="URL of the demo service; null when it is not running")
    k6_version: str | None
    version: str


class EndpointsFileAnswer(RootModel[dict[str, Any]]):
    """The endpoints file."""


class JsonSchemaAnswer(RootModel[dict[str, Any]]):
    """A JSON Schema."""
