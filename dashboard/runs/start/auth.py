"""How a run authenticates: its mode, the secrets for k6, and the request that gets tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dashboard.model.errors import FieldProblems, InvalidRequest
from dashboard.model.number_text import setting_text
from dashboard.runs.start.request import AuthRequest
from dashboard.runs.start.stored_secrets import Destination, check_stored_secrets, token_server_of
from dashboard.runs.start.target_gate import TargetGate
from dashboard.runs.start.token_request import TokenRequest, endpoint_token_request, keycloak_token_request
from dashboard.settings import Settings

REQUIRED_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "none": (),
    "bearer": ("auth_token",),
    "basic": ("auth_basic_user", "auth_basic_pass"),
    "api_key": ("auth_api_key",),
    "keycloak": ("auth_host", "auth_realm", "auth_client_id", "auth_client_secret"),
    "bearer_endpoint": ("auth_refresh_endpoint",),
}
TOKEN_SOURCES: Final = ("keycloak", "bearer_endpoint")
# Stored with the run, so that it can be started again.
PUBLIC_FIELDS: Final = (
    *("auth_host", "auth_realm", "auth_client_id", "auth_refresh_strategy", "auth_refresh_endpoint"),
    *("auth_refresh_method", "auth_token_path", "auth_expires_path"),
)
CREDENTIAL_FIELDS: Final = (
    *("auth_token", "auth_basic_user", "auth_basic_pass", "auth_api_key", "auth_client_secret"),
    *("auth_refresh_body", "auth_refresh_headers", *PUBLIC_FIELDS),
)
_FIELDS_WITH_DEFAULT: Final = (
    "auth_refresh_strategy",
    "auth_refresh_method",
    "auth_token_path",
    "auth_expires_path",
)
_MULTILINE_FIELDS: Final = ("auth_refresh_body", "auth_refresh_headers")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedAuth:
    """`secrets` go to k6, by variable. `token_request` goes to the runner, in modes with a token server."""

    mode: str
    secrets: dict[str, str]
    token_request: TokenRequest | None
    public_fields: dict[str, str]
    api_key_header: str | None


def resolve_auth(
    request: AuthRequest,
    settings: Settings,
    gate: TargetGate,
    target: Destination,
    *,
    verify_tls: bool = True,
) -> ResolvedAuth:
    """Resolve `request`, with missing fields taken from the settings.

    Raises InvalidRequest with the field, and Forbidden or AddressRefused for the token server.
    """
    credentials = request.credentials
    mode, strategy, values = check_auth(request, settings)
    source = strategy if mode == "bearer" else mode
    token_request, token_server = None, None
    if source in TOKEN_SOURCES:
        token_request = _token_request(request, settings, values, mode, source, target.url)
        token_server = token_server_of(settings, source, token_request.url)
        gate.check_url(token_server.setting.lower(), token_request.url)
        token_request = token_request._replace(
            renews=strategy in TOKEN_SOURCES, verify_tls=verify_tls, own_port=gate.own_port
        )
    check_stored_secrets(mode, source, values, credentials, target, token_server)
    return ResolvedAuth(
        mode=mode,
        secrets={} if token_request else {name.upper(): values[name] for name in REQUIRED_FIELDS[mode]},
        token_request=token_request,
        public_fields=_public_fields(request) if token_request else {},
        api_key_header=(request.api_key_header or settings.auth_api_key_header)
        if mode == "api_key"
        else None,
    )


def check_auth(request: AuthRequest, settings: Settings) -> tuple[str, str, dict[str, str]]:
    """Return the mode, the refresh strategy and the value of each credential field.

    Raises InvalidRequest with every field that is missing or not one line.
    """
    credentials = request.credentials
    values = {name: credentials.get(name) or _setting(settings, name) for name in CREDENTIAL_FIELDS}
    mode = request.mode or _detect_mode(values)
    strategy = _refresh_strategy(mode, values, credentials)
    problems = FieldProblems()
    _check_required(mode, strategy, values, problems)
    _check_lines(mode, strategy, values, problems)
    problems.check()
    return mode, strategy, values


def _token_request(
    request: AuthRequest, settings: Settings, values: Mapping[str, str], mode: str, source: str, base_url: str
) -> TokenRequest:
    made = (
        keycloak_token_request(values)
        if source == "keycloak"
        else endpoint_token_request(values, base_url, mode)
    )
    return made._replace(
        interval_s=request.refresh_interval_s or settings.auth_refresh_interval,
        token=values["auth_token"] if mode == "bearer" else "",
    )


def default_auth_mode(settings: Settings) -> str:
    """Return the mode of a request that sets no authentication field."""
    return _detect_mode({name: _setting(settings, name) for name in CREDENTIAL_FIELDS})


def configured_fields(settings: Settings) -> dict[str, bool]:
    """Return whether each field is set in the settings. Fields with a default are left out."""
    names = (name for name in CREDENTIAL_FIELDS if name not in _FIELDS_WITH_DEFAULT)
    return {name: bool(_setting(settings, name)) for name in names}


def _detect_mode(values: Mapping[str, str]) -> str:
    """Return the first mode whose fields are all set.

    A refresh strategy takes precedence, because the other credentials then serve to get tokens.
    """
    strategy = values["auth_refresh_strategy"]
    if strategy in TOKEN_SOURCES and all(values[name] for name in REQUIRED_FIELDS[strategy]):
        return "bearer" if values["auth_token"] else strategy
    complete = (
        mode for mode, names in REQUIRED_FIELDS.items() if names and all(values[name] for name in names)
    )
    return next(complete, "none")


def _refresh_strategy(mode: str, values: Mapping[str, str], credentials: Mapping[str, str]) -> str:
    """Return where new tokens come from: keycloak, bearer_endpoint or none."""
    strategy = values["auth_refresh_strategy"]
    if mode == "bearer":
        return strategy or "none"
    if mode not in TOKEN_SOURCES:
        return "none"
    if credentials.get("auth_refresh_strategy") not in (None, "", "none", mode):
        raise InvalidRequest.field(
            "auth_refresh_strategy", f"must be {mode} or none for {mode} authentication"
        )
    return "none" if strategy == "none" else mode


def _check_required(mode: str, strategy: str, values: Mapping[str, str], problems: FieldProblems) -> None:
    renewal = strategy if strategy in TOKEN_SOURCES else "none"
    purpose = f"{mode} authentication"
    if renewal not in ("none", mode):
        purpose += f" renewed by {renewal}"
    for name in dict.fromkeys((*REQUIRED_FIELDS[mode], *REQUIRED_FIELDS[renewal])):
        with problems.collect():
            if not values[name]:
                raise InvalidRequest.field(name, f"is required for {purpose}")


def _check_lines(mode: str, strategy: str, values: Mapping[str, str], problems: FieldProblems) -> None:
    uses_all = mode in TOKEN_SOURCES or strategy in TOKEN_SOURCES
    for name in CREDENTIAL_FIELDS if uses_all else REQUIRED_FIELDS[mode]:
        multiline = name in _MULTILINE_FIELDS
        with problems.collect():
            if any(character in values[name] for character in ("\0" if multiline else "\r\n\0")):
                raise InvalidRequest.field(name, "must not contain NUL" if multiline else "must be one line")


def _public_fields(request: AuthRequest) -> dict[str, str]:
    fields = {name: value for name in PUBLIC_FIELDS if (value := request.credentials.get(name))}
    if request.refresh_interval_s is not None:
        fields["auth_refresh_interval"] = setting_text(request.refresh_interval_s)
    return fields


def _setting(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    return value if isinstance(value, str) else str(value.get_secret_value())
