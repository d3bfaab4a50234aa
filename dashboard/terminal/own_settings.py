"""A command adds its own settings to its request, and names those that a running dashboard does not use."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dashboard.model.errors import InvalidRequest
from dashboard.model.k6_config import PROFILES_FILE
from dashboard.model.profile import LoadProfile
from dashboard.model.profile_data import load_profiles
from dashboard.runs.start.auth import CREDENTIAL_FIELDS, default_auth_mode
from dashboard.runs.start.request import AuthRequest, LoadRequest, StartRequest
from dashboard.settings import Settings

LOAD_SETTINGS = ("vus", "rate", "ramp_duration")
DURATION_SETTINGS = (
    "duration",
    "soak_duration",
    "stress_step_duration",
    "spike_duration",
)
SENT = {
    *("base_url", "apdex_t", "endpoints_file", "proxy_password", "client_key"),
    *("auth_api_key_header", "auth_refresh_interval"),
    *CREDENTIAL_FIELDS,
    *LOAD_SETTINGS,
    *DURATION_SETTINGS,
}
# Settings that are neither sent nor ignored: the command uses them itself, or they concern only a server.
OTHERS = {
    *("data_dir", "log_level", "load_profile", "auth", "trusted_proxy", "base_path"),
    *("dashboard_host", "dashboard_port", "dashboard_names", "dashboard_token"),
}


def with_own_settings(request: StartRequest, settings: Settings, *, has_load: bool = True) -> StartRequest:
    """Return `request` with the settings of this process in the fields that are not set.

    Settings at their default are left out, so that those of the dashboard apply. Raises InvalidRequest.
    """
    given = settings.model_fields_set
    return replace(
        request,
        load=_own_load(request.load, settings) if has_load else request.load,
        base_url=request.base_url or (settings.base_url if "base_url" in given else None) or None,
        auth=_own_auth(settings),
        apdex_t_ms=request.apdex_t_ms or (settings.apdex_t if "apdex_t" in given and has_load else None),
        endpoints=_own_endpoints(settings) if "endpoints_file" in given else None,
    )


def ignored_settings(settings: Settings, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the environment variables of this process that a running dashboard does not use."""
    names = {name.upper() for name in environment}
    fields = type(settings).model_fields.keys() - SENT - OTHERS
    return sorted(name.upper() for name in fields if names & {name.upper(), f"{name.upper()}_FILE"})


def _own_load(load: LoadRequest, settings: Settings) -> LoadRequest:
    profile = _profiles()[load.profile]
    if profile.ignores_settings:
        return load
    given = settings.model_fields_set
    changes: dict[str, Any] = {
        name: getattr(settings, name)
        for name in LOAD_SETTINGS
        if getattr(load, name) is None and name in profile.uses and name in given
    }
    length = (profile.duration_sets or "").lower()
    if load.duration is None and length in given:
        changes["duration"] = getattr(settings, length)
    return replace(load, **changes)


def _profiles() -> dict[str, LoadProfile]:
    return dict(load_profiles(json.loads(PROFILES_FILE.read_bytes())))


def _own_auth(settings: Settings) -> AuthRequest:
    given = settings.model_fields_set
    values = {name: _text_of(settings, name) for name in CREDENTIAL_FIELDS if name in given}
    credentials: dict[str, str] = {name: value for name, value in values.items() if value}
    mode = default_auth_mode(settings) if credentials else "none"
    return AuthRequest(
        mode=None if mode == "none" else mode,
        api_key_header=settings.auth_api_key_header if "auth_api_key_header" in given else None,
        refresh_interval_s=settings.auth_refresh_interval,
        credentials=credentials,
    )


def _text_of(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    return value if isinstance(value, str) else str(value.get_secret_value())


def _own_endpoints(settings: Settings) -> str:
    path = settings.path(settings.endpoints_file)
    try:
        raw = path.read_bytes()
        return raw.decode(json.detect_encoding(raw))
    except OSError as error:
        raise InvalidRequest.field("endpoints", f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InvalidRequest.field("endpoints", f"{path} is not text: {error}") from None
