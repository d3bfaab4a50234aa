"""Every setting: its type, default and help. `.env.example` and docs/settings.md are generated from this table."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from dashboard.model.durations import parse_duration
from dashboard.secret_files import SecretFiles

ROOT = Path(__file__).resolve().parent.parent
Names = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Settings come from flags, then the environment, then `.env`; the first that names one wins."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    base_url: str = Field(
        "", description="Target of the load, for example http://127.0.0.1:8000; empty: asked for"
    )
    load_profile: Literal["smoke", "ramp", "soak", "stress", "spike", "arrival", "custom"] = Field(
        "smoke", description="Load profile chosen when a request names none"
    )
    vus: int = Field(
        10, ge=1, description="Virtual users of ramp, soak, stress and spike; the most of a rate"
    )
    rate: int = Field(20, ge=1, description="Iterations that arrival begins in a second")
    duration: str = Field("60s", description="Hold time of ramp, length of arrival")
    ramp_duration: str = Field(
        "30s", description="Time of each ramp up or down, and of the recovery of spike"
    )
    soak_duration: str = Field("2h", description="Length of soak")
    stress_step_duration: str = Field("2m", description="Length of each of the four steps of stress")
    spike_duration: str = Field("30s", description="How long spike holds its peak")
    apdex_t: float = Field(500, gt=0, le=60_000, description="Apdex: satisfying response time in ms")

    auth_token: SecretStr = Field(SecretStr(""), description="Bearer token sent with every request")
    auth_basic_user: str = Field("", description="User of HTTP Basic authentication")
    auth_basic_pass: SecretStr = Field(SecretStr(""), description="Password of HTTP Basic authentication")
    auth_api_key: SecretStr = Field(SecretStr(""), description="API key sent in AUTH_API_KEY_HEADER")
    auth_api_key_header: str = Field("X-API-Key", description="Header that carries the API key")

    auth_host: str = Field("", description="Keycloak: its address, for example https://sso.example.com")
    auth_realm: str = Field("", description="Keycloak: the realm")
    auth_client_id: str = Field("", description="Client of the token request (client credentials)")
    auth_client_secret: SecretStr = Field(SecretStr(""), description="Secret of that client")
    auth_refresh_strategy: Literal["", "keycloak", "bearer_endpoint", "none"] = Field(
        "", description="Where fresh tokens come from; empty: as the mode says, none: the first token must do"
    )
    auth_refresh_endpoint: str = Field(
        "",
        description="Token endpoint of your own: an address, or a path below BASE_URL such as /auth/refresh",
    )
    auth_refresh_interval: float | None = Field(
        None, ge=1, le=86_400, description="Seconds from one token to the next; empty: 0.6 of its life"
    )
    auth_refresh_method: Literal["POST", "PUT", "GET"] = Field(
        "POST", description="Method of the request to AUTH_REFRESH_ENDPOINT"
    )
    auth_refresh_body: SecretStr = Field(
        SecretStr(""),
        description="Its body: JSON, or a form such as a=1&b=2; empty: client credentials when a client is set",
    )
    auth_refresh_headers: SecretStr = Field(
        SecretStr(""), description="Its further headers, Name: value, one a line"
    )
    auth_token_path: str = Field(
        "", description="Where the token stands in the answer, such as data.token; empty: access_token, token"
    )
    auth_expires_path: str = Field(
        "expires_in", description="Where the token's life in seconds stands in the answer"
    )

    proxy_password: SecretStr = Field(
        SecretStr(""), description="Password of a run's proxy, for the user that the run names"
    )
    client_key: SecretStr = Field(
        SecretStr(""), description="Key of a run's client certificate: PEM, not encrypted"
    )

    dashboard_host: str = Field(
        "127.0.0.1", description="Address to listen on; beyond loopback a token is needed"
    )
    dashboard_port: int = Field(5656, ge=0, le=65_535, description="Port to listen on; 0 takes a free one")
    dashboard_names: Names = Field(
        (), description="Host names that may be used to reach the dashboard, comma separated"
    )
    dashboard_token: SecretStr = Field(
        SecretStr(""), description="Access token; made at first start when needed"
    )
    auth: Literal["auto", "always", "never"] = Field(
        "auto", description="When the dashboard asks for its token: auto = when not bound to loopback"
    )
    trusted_proxy: str = Field(
        "", description="Address of a TLS proxy whose X-Forwarded headers are believed"
    )
    data_dir: Path = Field(Path("data"), description="Folder of the database, run folders and uploaded files")
    endpoints_file: Path = Field(Path("k6/config/endpoints.json"), description="What is tested")
    endpoints_env: Names = Field(
        (), description="Environment variables that endpoints may use as ${env.NAME}, comma separated"
    )
    k6_bin: str = Field("", description="k6 to use; empty: bin/k6, then PATH")
    k6_script: Path = Field(Path("k6/main.js"), description="Script that k6 runs")
    k6_max_concurrency: int = Field(1, ge=1, le=20, description="How many runs may be live at once")
    k6_keep_samples: Literal["auto", "always", "never"] = Field(
        "auto",
        description="Keep every sample for exact percentiles: auto = when planned VUs x seconds <= 6,000 "
        "and planned iterations of a rate <= 300,000, never for soak",
    )
    k6_stop_grace: str = Field(
        "30s", description="How long k6 may take to end after a stop before it is killed"
    )
    max_vus: int = Field(1_000, ge=1, description="Most virtual users of a run")
    max_rate: int = Field(10_000, ge=1, description="Most iterations in a second of a run")
    max_duration: str = Field("24h", description="Longest run")
    dry_run_limit: str = Field("60s", description="How long a dry run may take before it is stopped")
    queue_limit: int = Field(20, ge=0, le=1_000, description="Most runs that wait for their turn")
    allowed_targets: Names = Field(
        (), description="Hosts that may be loaded, comma separated, * matches; empty: any"
    )
    min_free_disk: int = Field(
        1 << 30, ge=0, description="Bytes that must be free in DATA_DIR to start a run"
    )
    influxdb_url: str = Field(
        "", description="InfluxDB v2 that every run is replicated to, for example http://localhost:8086"
    )
    influxdb_org: str = Field("matrix", description="Organization in InfluxDB")
    influxdb_bucket: str = Field("k6", description="Bucket in InfluxDB; made when the token may")
    influxdb_token: SecretStr = Field(SecretStr(""), description="API token of InfluxDB")
    influxdb_origin: str = Field(
        "",
        max_length=100,
        description="What this dashboard is called in InfluxDB; empty: host name and a number",
    )
    influxdb_max_backlog: int = Field(
        1_000_000, ge=1, description="Snapshots that may wait for InfluxDB before new runs are refused"
    )
    invalid_dropped: float = Field(
        0.01,
        ge=0,
        le=1,
        description="Share of planned iterations that may be dropped before a run is invalid",
    )
    invalid_generator_cpu: float = Field(
        0.9, gt=0, le=1, description="Share of its processor cores from which on k6 counts as saturated"
    )
    invalid_generator_busy: float = Field(
        0.1, gt=0, le=1, description="Share of a run for which k6 may be saturated before the run is invalid"
    )
    invalid_load: float = Field(
        0.95, ge=0, le=1, description="Share of the planned load that must be reached, or the run is invalid"
    )
    roll_up_10s_days: float = Field(
        7,
        ge=0,
        description="Days after which runs of 10 minutes and more are kept in windows of 10 s; 0: never",
    )
    roll_up_60s_days: float = Field(
        30,
        ge=0,
        description="Days after which runs of an hour and more are kept in windows of 60 s; 0: never",
    )
    retention_detail_days: float = Field(
        90,
        ge=0,
        description="Days after which a run keeps its totals alone, without charts and log; 0: never",
    )
    retention_days: float = Field(0, ge=0, description="Days after which runs are deleted; 0: never")
    retention_runs: int = Field(0, ge=0, description="Most runs kept, the oldest are deleted; 0: no limit")
    retention_bytes: int = Field(
        5 * 1024**3,
        ge=0,
        description="Most bytes of database and run folders: the oldest runs keep totals alone, then go; 0: no limit",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level that is logged"
    )

    @field_validator("auth_refresh_interval", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("dashboard_names", "endpoints_env", "allowed_targets", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

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
    def _is_duration(cls, value: str) -> str:
        parse_duration(value)
        return value

    @field_validator("influxdb_url")
    @classmethod
    def _is_plain_address(cls, value: str) -> str:
        url = urlsplit(value)
        if value and (url.scheme not in ("http", "https") or not url.hostname):
            raise ValueError("must be an address such as http://localhost:8086")
        if url.username is not None or url.password is not None:
            raise ValueError("must not hold a user or password: the token is all that InfluxDB asks for")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - a folder of files is another way
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, files that the environment names, the environment itself, `.env`."""
        return init_settings, SecretFiles(settings_cls), env_settings, dotenv_settings

    def path(self, value: Path) -> Path:
        """`value` as an absolute path; relative ones start at the project's folder."""
        return value if value.is_absolute() else ROOT / value
