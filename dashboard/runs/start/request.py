"""StartRequest: everything a client chooses for a run, before settings and the endpoints file are applied."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from dashboard.model.plan import Unit

# Sent to k6 as secrets: never stored, never shown.
NETWORK_SECRETS = ("client_key", "proxy_password")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRequest:
    """The requested load. A field that is None takes its value from the profile or the settings."""

    profile: str
    rate: int | None = None
    vus: int | None = None
    duration: str | None = None
    ramp_duration: str | None = None
    unit: Unit | None = None
    stages: tuple[tuple[str, int], ...] | None = None
    scenarios: Mapping[str, object] | None = None

    def fields(self) -> dict[str, Any]:
        """Return the fields that are set, as in the body of `POST /run/start`."""
        body = _given_fields(self)
        if self.stages is not None:
            body["stages"] = [{"duration": duration, "target": target} for duration, target in self.stages]
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthRequest:
    """The requested authentication. `credentials` holds the other `auth_*` fields by name, secrets included."""

    mode: str | None = None
    api_key_header: str | None = None
    refresh_interval_s: float | None = None
    credentials: dict[str, str] = field(default_factory=dict)

    def fields(self) -> dict[str, Any]:
        """Return the fields that are set, as in the body of `POST /run/start`."""
        body = {
            "auth_mode": self.mode,
            "auth_api_key_header": self.api_key_header,
            "auth_refresh_interval": self.refresh_interval_s,
        }
        return {name: value for name, value in body.items() if value is not None} | self.credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRequest:
    """The requested network options. An unset or empty one comes from the endpoints file, else from k6's defaults."""

    timeout: str | None = None
    redirects: int | None = None
    verify_tls: bool | None = None
    reuse_connections: bool | None = None
    hosts: dict[str, str] | None = None
    proxy: str | None = None
    proxy_user: str | None = None
    proxy_password: str | None = None
    ca_certificate: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None

    def fields(self) -> dict[str, Any]:
        """Return the fields that are set, in the order of their declaration."""
        return {name: value for name, value in _given_fields(self).items() if value not in ("", {})}

    def without_secrets(self) -> "NetworkRequest":
        """Return the same request without `NETWORK_SECRETS`."""
        return replace(self, client_key=None, proxy_password=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLabels:
    """Labels by which people find the run again. They do not change the load."""

    label: str | None = None
    env_profile: str | None = None
    meta: dict[str, str] = field(default_factory=dict)

    def fields(self) -> dict[str, Any]:
        """Return the fields that are set, as in the body of `POST /run/start`."""
        return {name: value for name, value in _given_fields(self).items() if value != {}}


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    """A run to start. `queue` waits for a free slot, `confirm` allows a large load on a public address.

    endpoints: the text of an endpoints file, used instead of the server's
    """

    load: LoadRequest
    base_url: str | None = None
    auth: AuthRequest = AuthRequest()
    network: NetworkRequest = NetworkRequest()
    labels: RunLabels = RunLabels()
    apdex_t_ms: float | None = None
    steerable: bool | None = None
    endpoints: str | None = None
    queue: bool = False
    confirm: bool = False


def dry_request(
    base_url: str | None,
    auth: AuthRequest = AuthRequest(),
    network: NetworkRequest = NetworkRequest(),
    endpoints: str | None = None,
) -> StartRequest:
    """Create the start request of a dry run. Its load is a placeholder, because k6 sends each request once."""
    load = LoadRequest(profile="smoke", vus=1)
    return StartRequest(
        load=load, base_url=base_url, auth=auth, network=network, endpoints=endpoints, steerable=False
    )


def start_body(request: StartRequest) -> dict[str, Any]:
    """Return the body of `POST /run/start` for `request`. Fields that are not set are left out."""
    flags = {"queue": request.queue, "confirm": request.confirm}
    options = {"apdex_t_ms": request.apdex_t_ms, "steerable": request.steerable}
    return {
        **request.load.fields(),
        **dry_body(request),
        **request.labels.fields(),
        **{name: value for name, value in options.items() if value is not None},
        **{name: value for name, value in flags.items() if value},
    }


def dry_body(request: StartRequest) -> dict[str, Any]:
    """Return the body of `POST /run/dry` for `request`: target, endpoints, authentication and network."""
    texts = {"base_url": request.base_url, "endpoints": request.endpoints}
    network = request.network.fields()
    return {
        **{name: text for name, text in texts.items() if text is not None},
        **request.auth.fields(),
        **({"network": network} if network else {}),
    }


def _given_fields(value: LoadRequest | NetworkRequest | RunLabels) -> dict[str, Any]:
    return {name: item for name, item in asdict(value).items() if item is not None}
