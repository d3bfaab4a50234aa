"""How a run authenticates: its mode, the secrets that k6 gets, and the order for whoever gets its tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dashboard.model.errors import InvalidRequest
from dashboard.run_folder.files import AuthFile
from dashboard.runs.start.token_request import keycloak_order, own_endpoint_order
from dashboard.settings import Settings

NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "none": (),
    "bearer": ("auth_token",),
    "basic": ("auth_basic_user", "auth_basic_pass"),
    "api_key": ("auth_api_key",),
    "keycloak": ("auth_host", "auth_realm", "auth_client_id", "auth_client_secret"),
    "bearer_endpoint": ("auth_refresh_endpoint",),
}
RENEWED_BY: Final = ("keycloak", "bearer_endpoint")
# What a run keeps of its authentication, so that the same run can be started once more.
PUBLIC: Final = (
    *("auth_host", "auth_realm", "auth_client_id", "auth_refresh_strategy", "auth_refresh_endpoint"),
    *("auth_refresh_method", "auth_token_path", "auth_expires_path"),
)
FIELDS: Final = (
    *("auth_token", "auth_basic_user", "auth_basic_pass", "auth_api_key", "auth_client_secret"),
    *("auth_refresh_body", "auth_refresh_headers", *PUBLIC),
)
_DEFAULTED: Final = ("auth_refresh_strategy", "auth_refresh_method", "auth_token_path", "auth_expires_path")
_MANY_LINES: Final = ("auth_refresh_body", "auth_refresh_headers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """`secrets` are for k6, by variable; `order` is for the runner, in modes whose tokens come from a server."""

    mode: str
    secrets: dict[str, str]
    order: AuthFile | None
    public: dict[str, str]


def auth_of(
    mode: str | None,
    typed: Mapping[str, str],
    settings: Settings,
    *,
    base_url: str = "",
    interval_s: float | None = None,
    verify_tls: bool = True,
) -> Auth:
    """What `typed` leaves out comes from the settings. Raises InvalidRequest naming the field."""
    values = {name: typed.get(name) or _setting(settings, name) for name in FIELDS}
    mode = mode or _guessed(values)
    strategy = _strategy(mode, values, typed)
    for name in (*NEEDED[mode], *(NEEDED[strategy] if strategy in RENEWED_BY else ())):
        if not values[name]:
            raise InvalidRequest.field(name, f"is needed for {mode} authentication{_because(mode, strategy)}")
    _refuse_line_breaks(mode, strategy, values)
    source = strategy if mode == "bearer" else mode
    if source not in RENEWED_BY:
        secrets = {name.upper(): values[name] for name in NEEDED[mode]}
        return Auth(mode=mode, secrets=secrets, order=None, public={})
    order = keycloak_order(values) if source == "keycloak" else own_endpoint_order(values, base_url, mode)
    order = order._replace(
        renews=strategy in RENEWED_BY,
        interval_s=interval_s or settings.auth_refresh_interval,
        verify_tls=verify_tls,
        token=values["auth_token"] if mode == "bearer" else "",
    )
    public = {name: typed[name] for name in PUBLIC if typed.get(name)}
    if interval_s is not None:
        public["auth_refresh_interval"] = f"{interval_s:g}"
    return Auth(mode=mode, secrets={}, order=order, public=public)


def default_auth_mode(settings: Settings) -> str:
    """The mode that the settings alone ask for."""
    return _guessed({name: _setting(settings, name) for name in FIELDS})


def set_in(settings: Settings) -> dict[str, bool]:
    """Which fields that have no default the settings hold."""
    return {name: bool(_setting(settings, name)) for name in FIELDS if name not in _DEFAULTED}


def _guessed(values: Mapping[str, str]) -> str:
    """By what is set. A strategy says that the other fields serve to get tokens."""
    strategy = values["auth_refresh_strategy"]
    if strategy in RENEWED_BY and all(values[name] for name in NEEDED[strategy]):
        return "bearer" if values["auth_token"] else strategy
    complete = (mode for mode, names in NEEDED.items() if names and all(values[name] for name in names))
    return next(complete, "none")


def _strategy(mode: str, values: Mapping[str, str], typed: Mapping[str, str]) -> str:
    """Where fresh tokens come from: keycloak, bearer_endpoint or none."""
    wanted = values["auth_refresh_strategy"]
    if mode == "bearer":
        return wanted or "none"
    if mode not in RENEWED_BY:
        return "none"
    if typed.get("auth_refresh_strategy") not in (None, "", "none", mode):
        raise InvalidRequest.field(
            "auth_refresh_strategy", f"must be {mode} or none for {mode} authentication"
        )
    return "none" if wanted == "none" else mode


def _because(mode: str, strategy: str) -> str:
    return f" renewed by {strategy}" if strategy in RENEWED_BY and strategy != mode else ""


def _refuse_line_breaks(mode: str, strategy: str, values: Mapping[str, str]) -> None:
    used = NEEDED[mode] if mode not in RENEWED_BY and strategy not in RENEWED_BY else FIELDS
    for name in used:
        bad = "\0" if name in _MANY_LINES else "\r\n\0"
        if any(character in values[name] for character in bad):
            raise InvalidRequest.field(name, "must be one line" if len(bad) > 1 else "must not hold NUL")


def _setting(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    return value if isinstance(value, str) else str(value.get_secret_value())
