"""Every setting: its type, default and help text. `.env.example` and docs/settings.md are generated from it."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from dashboard.model.base_path import checked_base_path
from dashboard.model.durations import parse_duration
from dashboard.model.host_names import ascii_pattern
from dashboard.model.profile_names import ProfileName
from dashboard.model.token_strength import check_strength
from dashboard.secret_files import SecretFiles

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = Path("k6/main.js")
NameList = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Settings. Flags override environment variables, and environment variables override `.env`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    base_url: str = Field(
        "", description="Target of the load, for example http://127.0.0.1:8000. Empty: none"
    )
    load_profile: ProfileName = Field("smoke", description="Load profile for a start request that names none")
    vus: int = Field(
        10,
        ge=1,
        description="Virtual users of ramp, soak, stress and spike; maximum number of users of arrival",
    )
    rate: int = Field(20, ge=1, description="Iterations per second that arrival starts")
    duration: str = Field("60s", description="Hold time of ramp, length of arrival")
    ramp_duration: str = Field("30s", description="Length of each ramp, and of the recovery of spike")
    soak_duration: str = Field("2h", description="Length of soak")
    stress_step_duration: str = Field("2m", description="Length of each of the four steps of stress")
    spike_duration: str = Field("30s", description="How long spike holds its peak")
    apdex_t: float = Field(
        500, gt=0, le=60_000, description="Apdex threshold T: longest satisfactory response time in ms"
    )

    auth_token: SecretStr = Field(SecretStr(""), description="Bearer token sent with every request")
    auth_basic_user: str = Field("", description="User name for HTTP Basic authentication")
    auth_basic_pass: SecretStr = Field(SecretStr(""), description="Password for HTTP Basic authentication")
    auth_api_key: SecretStr = Field(SecretStr(""), description="API key sent in AUTH_API_KEY_HEADER")
    auth_api_key_header: str = Field("X-API-Key", description="Header that carries the API key")

    auth_host: str = Field("", description="Keycloak: URL of the server, for example https://sso.example.com")
    auth_realm: str = Field("", description="Keycloak: realm")
    auth_client_id: str = Field("", description="Client ID for the token request (client credentials)")
    auth_client_secret: SecretStr = Field(SecretStr(""), description="Client secret for the token request")
    auth_refresh_strategy: Literal["", "keycloak", "bearer_endpoint", "none"] = Field(
        "",
        description="Source of fresh tokens. Empty: the source of the authentication mode; none: no refresh",
    )
    auth_refresh_endpoint: str = Field(
        "", description="Your token endpoint: a URL, or a path below BASE_URL such as /auth/refresh"
    )
    auth_refresh_interval: float | None = Field(
        None, ge=1, le=86_400, description="Seconds between token refreshes. Empty: 0.6 of the token lifetime"
    )
    auth_refresh_method: Literal["POST", "PUT", "GET"] = Field(
        "POST", description="Method of the request to AUTH_REFRESH_ENDPOINT"
    )
    auth_refresh_body: SecretStr = Field(
        SecretStr(""),
        description="Body of that request: JSON, or a form such as a=1&b=2. Empty: client credentials, if set",
    )
    auth_refresh_headers: SecretStr = Field(
        SecretStr(""), description="Additional headers of that request, one Name: value per line"
    )
    auth_token_path: str = Field(
        "",
        description="Path of the token in the response, such as data.token. Empty: access_token, then token",
    )
    auth_expires_path: str = Field(
        "expires_in", description="Path of the token lifetime in seconds in the response"
    )

    proxy_password: SecretStr = Field(SecretStr(""), description="Password for the proxy user of a run")
    proxy_password_for: str = Field("", description="URL of the proxy that gets PROXY_PASSWORD")
    client_key: SecretStr = Field(
        SecretStr(""), description="Private key of a run's client certificate: PEM, not encrypted"
    )

    dashboard_host: str = Field(
        "127.0.0.1",
        description="Address to listen on. Beyond loopback the dashboard requires its access token",
    )
    dashboard_port: int = Field(5656, ge=0, le=65_535, description="Port to listen on. 0: any free port")
    dashboard_names: NameList = Field(
        (), description="Host names that clients may use for the dashboard, comma-separated. See also AUTH"
    )
    dashboard_token: SecretStr = Field(
        SecretStr(""),
        description="Access token: at least 16 random characters. Empty: generated at the first start that "
        "requires one",
    )
    auth: Literal["auto", "always", "never"] = Field(
        "auto",
        description="When the dashboard requires its access token. auto: when it listens beyond loopback, or when "
        "DASHBOARD_NAMES or TRUSTED_PROXY is set",
    )
    trusted_proxy: str = Field(
        "", description="Address of a TLS reverse proxy whose X-Forwarded headers are trusted. See also AUTH"
    )
    base_path: str = Field(
        "",
        description="Path below which a reverse proxy publishes the dashboard, such as /perf. Without it, "
        "X-Forwarded-Prefix of TRUSTED_PROXY is used",
    )
    auth_proxy_user_header: str = Field(
        "", description="Header in which TRUSTED_PROXY states the user that it has authenticated"
    )
    auth_proxy_role_header: str = Field(
        "", description="Header in which TRUSTED_PROXY states the role: viewer, runner or admin"
    )
    auth_proxy_default_role: Literal["viewer", "runner", "admin"] = Field(
        "viewer", description="Role of a user for whom TRUSTED_PROXY states none"
    )
    data_dir: Path = Field(
        Path("data"), description="Folder for the database, the run folders and the uploaded files"
    )
    endpoints_file: Path = Field(Path("k6/config/endpoints.json"), description="Endpoints to test")
    endpoints_env: NameList = Field(
        (), description="Environment variables that endpoints may use as ${env.NAME}, comma-separated"
    )
    k6_bin: str = Field("", description="k6 executable. Empty: bin/k6, then PATH")
    k6_script: Path = Field(SCRIPT, description="Script that k6 runs")
    k6_max_concurrency: int = Field(1, ge=1, le=20, description="Maximum number of live runs")
    k6_keep_samples: Literal["auto", "always", "never"] = Field(
        "auto",
        description="Keep every sample for exact percentiles. auto: when planned VUs x seconds <= 6,000 "
        "and planned iterations of a rate <= 300,000, never for soak",
    )
    k6_stop_grace: str = Field(
        "30s", description="How long k6 may take to exit after a stop before it is killed"
    )
    max_vus: int = Field(1_000, ge=1, description="Maximum number of virtual users per run")
    max_rate: int = Field(10_000, ge=1, description="Maximum number of iterations per second per run")
    max_duration: str = Field("24h", description="Maximum length of a run")
    dry_run_limit: str = Field("60s", description="Maximum length of a dry run")
    queue_limit: int = Field(20, ge=0, le=1_000, description="Maximum number of queued runs")
    allowed_targets: NameList = Field(
        (), description="Hosts that may be targets, comma-separated, * as wildcard. Empty: any host"
    )
    min_free_disk: int = Field(
        1 << 30, ge=0, description="Bytes that must be free in DATA_DIR to start a run, and after an upload"
    )
    influxdb_url: str = Field(
        "",
        description="InfluxDB v2 server that receives a copy of every run, for example http://localhost:8086",
    )
    influxdb_org: str = Field("matrix", description="Organization in InfluxDB")
    influxdb_bucket: str = Field("k6", description="Bucket in InfluxDB. Created if the token permits it")
    influxdb_token: SecretStr = Field(SecretStr(""), description="API token for InfluxDB")
    influxdb_origin: str = Field(
        "",
        max_length=100,
        description="Name of this dashboard in InfluxDB. Empty: host name and a random suffix",
    )
    influxdb_max_backlog: int = Field(
        1_000_000, ge=1, description="Number of unsent snapshots above which new runs are refused"
    )
    invalid_dropped: float = Field(
        0.01, ge=0, le=1, description="Maximum share of planned iterations that a valid run may drop"
    )
    invalid_generator_cpu: float = Field(
        0.9, gt=0, le=1, description="CPU use above which k6 counts as saturated, as a share of its cores"
    )
    invalid_generator_busy: float = Field(
        0.1, gt=0, le=1, description="Maximum share of a valid run for which k6 may be saturated"
    )
    invalid_load: float = Field(
        0.95, ge=0, le=1, description="Minimum share of the planned load that a valid run must reach"
    )
    invalid_thrown: float = Field(
        0, ge=0, le=1, description="Maximum share of iterations that may end with an exception in a valid run"
    )
    invalid_skipped: float = Field(
        0,
        ge=0,
        le=1,
        description="Maximum share of steps that a valid run may skip because a value is missing",
    )
    invalid_redirects: float = Field(
        0,
        ge=0,
        le=1,
        description="Maximum share of steps of a valid run that may end at an unfollowed redirect",
    )
    invalid_extracts: float = Field(
        0,
        ge=0,
        le=1,
        description="Maximum share of the values to extract that responses of a valid run may lack",
    )
    roll_up_10s_days: float = Field(
        7,
        ge=0,
        description="Days after which runs of 10 minutes or more are stored in 10 s windows. 0: never",
    )
    roll_up_60s_days: float = Field(
        30, ge=0, description="Days after which runs of one hour or more are stored in 60 s windows. 0: never"
    )
    retention_detail_days: float = Field(
        90,
        ge=0,
        description="Days after which only the totals of a run are kept, without charts and log. 0: never",
    )
    retention_days: float = Field(0, ge=0, description="Days after which runs are deleted. 0: never")
    retention_runs: int = Field(
        0, ge=0, description="Maximum number of runs; the oldest are deleted. 0: unlimited"
    )
    retention_bytes: int = Field(
        5 * 1024**3,
        ge=0,
        description="Maximum size of database and run folders in bytes; the oldest runs lose detail, then are deleted. "
        "0: unlimited",
    )
    audit_retention_days: float = Field(
        365, ge=0, description="Days after which entries of the audit log are deleted. 0: never"
    )
    dashboard_url: str = Field(
        "",
        description="URL of the dashboard for links in webhooks, for example https://perf.example.com. Empty: its "
        "address, unless it listens on all addresses",
    )
    github_token: SecretStr = Field(
        SecretStr(""), description="Token for webhooks to api.github.com that have none of their own"
    )
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="Mail server of webhooks, for example smtp://user:password@mail.example.com:587, or smtps:// "
        "for TLS from the start",
    )
    smtp_from: str = Field("k6-dashboard@localhost", description="Sender of the e-mail of webhooks")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Minimum log level")

    @field_validator("base_path")
    @classmethod
    def _check_base_path(cls, value: str) -> str:
        return checked_base_path(value)

    _flags: frozenset[str] = PrivateAttr(frozenset())

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._flags = frozenset(name for name in given if not name.startswith("_"))

    @property
    def flags(self) -> frozenset[str]:
        """The names of the settings that were given as flags."""
        return self._flags

    @field_validator("auth_refresh_interval", mode="before")
    @classmethod
    def _empty_means_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("dashboard_names", "endpoints_env", "allowed_targets", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("allowed_targets")
    @classmethod
    def _to_ascii(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(ascii_pattern(pattern) for pattern in value)

    @field_validator(
        "duration",
        "ramp_duration",
        "soak_duration",
        "stress_step_duration",
        "spike_duration",
        "k6_stop_grace",
        "max_duration",
        "dry_run_limit",
    )
    @classmethod
    def _validate_duration(cls, value: str) -> str:
        parse_duration(value)
        return value

    @field_validator("dashboard_token")
    @classmethod
    def _check_token_strength(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            check_strength(value.get_secret_value())
        return value

    @field_validator("influxdb_url")
    @classmethod
    def _validate_web_address(cls, value: str) -> str:
        url = urlsplit(value)
        if value and (url.scheme not in ("http", "https") or not url.hostname):
            raise ValueError("must be a URL such as http://localhost:8086")
        if url.username is not None or url.password is not None:
            raise ValueError("must not contain a user name or password. Set INFLUXDB_TOKEN instead")
        return value

    @field_validator("dashboard_url")
    @classmethod
    def _check_dashboard_url(cls, value: str) -> str:
        url = urlsplit(value)
        if value and (url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment):
            raise ValueError("must be a URL such as https://perf.example.com")
        return value.rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _check_smtp_url(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text and (urlsplit(text).scheme not in ("smtp", "smtps") or not urlsplit(text).hostname):
            raise ValueError("must be a URL such as smtp://mail.example.com:587")
        return value

    @field_validator("smtp_from")
    @classmethod
    def _check_sender(cls, value: str) -> str:
        if not re.fullmatch(r"[^\s@,<>\"]{1,64}@[A-Za-z0-9.-]{1,253}", value):
            raise ValueError("must be an e-mail address such as perf@example.com")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  (SecretFiles replaces it)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, highest priority first: flags, secret files, environment variables, `.env`."""
        return init_settings, SecretFiles(settings_cls), env_settings, dotenv_settings

    @property
    def has_own_script(self) -> bool:
        """Whether k6 runs a custom script."""
        return self.path(self.k6_script).resolve() != (ROOT / SCRIPT).resolve()

    def path(self, value: Path) -> Path:
        """Return `value` as an absolute path. Relative paths start at the project folder."""
        return value if value.is_absolute() else ROOT / value
