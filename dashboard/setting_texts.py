"""Settings as text: their groups, defaults and choices, and the values in force with their sources."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from dashboard.model.masking import mask_text
from dashboard.model.number_text import setting_text
from dashboard.settings import Settings

GROUPS = (
    ("Target and load", ("base_url", "load_profile", "vus", "rate", "duration", "ramp_duration",
                               "soak_duration", "stress_step_duration", "spike_duration", "apdex_t",
                               "endpoints_file", "endpoints_env")),
    ("Authentication (set only the fields of your mode)", ("auth_token", "auth_basic_user", "auth_basic_pass",
                                                              "auth_api_key", "auth_api_key_header",
                                                              "auth_host", "auth_realm", "auth_client_id",
                                                              "auth_client_secret")),
    ("Token refresh during a run", ("auth_refresh_strategy", "auth_refresh_endpoint",
                                                   "auth_refresh_interval", "auth_refresh_method",
                                                   "auth_refresh_body", "auth_refresh_headers", "auth_token_path",
                                                   "auth_expires_path")),
    ("Network secrets (defaults for the network settings of a run)", ("proxy_password", "proxy_password_for",
                                                                      "client_key")),
    ("Dashboard", ("dashboard_host", "dashboard_port", "dashboard_names", "dashboard_token", "auth",
                       "trusted_proxy", "base_path", "auth_proxy_user_header", "auth_proxy_role_header",
                       "auth_proxy_default_role", "data_dir", "log_level")),
    ("InfluxDB", ("influxdb_url", "influxdb_org", "influxdb_bucket", "influxdb_token", "influxdb_origin",
                  "influxdb_max_backlog")),
    ("Webhooks", ("dashboard_url", "github_token", "smtp_url", "smtp_from")),
    ("k6 and limits", ("k6_bin", "k6_script", "k6_max_concurrency", "k6_keep_samples", "k6_stop_grace", "max_vus",
                       "max_rate", "max_duration", "dry_run_limit", "queue_limit", "allowed_targets", "min_free_disk")),
    ("Validity of a run (docs/slos.md)", ("invalid_dropped", "invalid_generator_cpu", "invalid_generator_busy",
                                                  "invalid_load", "invalid_thrown", "invalid_skipped",
                                                  "invalid_redirects", "invalid_extracts")),
    ("Retention", ("roll_up_10s_days", "roll_up_60s_days", "retention_detail_days", "retention_days",
                      "retention_runs", "retention_bytes", "audit_retention_days")),
)  # fmt: skip


class SettingSource(StrEnum):
    """Where the value of a setting comes from, in the order of priority."""

    FLAG = "flag"
    FILE = "file"
    ENVIRONMENT = "environment"
    DOTENV = ".env"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingInForce:
    """A setting with its value as text. `value` is None for a secret, and if it is not set."""

    group: str
    name: str
    value: str | None
    is_secret: bool
    is_set: bool
    source: SettingSource
    description: str


def settings_in_force(
    settings: Settings, environ: Mapping[str, str] = os.environ
) -> tuple[SettingInForce, ...]:
    """Return all settings in the order of docs/settings.md."""
    return tuple(
        _setting_in_force(settings, title, name, environ) for title, names in GROUPS for name in names
    )


def _setting_in_force(
    settings: Settings, title: str, name: str, environ: Mapping[str, str]
) -> SettingInForce:
    value, field = getattr(settings, name), Settings.model_fields[name]
    is_secret = isinstance(value, SecretStr)
    text = value.get_secret_value() if is_secret else mask_text(value_text(value))
    return SettingInForce(
        group=title,
        name=name.upper(),
        value=None if is_secret or not text else text,
        is_secret=is_secret,
        is_set=bool(text),
        source=source_of(settings, name, environ),
        description=f"{field.description}{choices_text(field)}",
    )


def source_of(settings: Settings, name: str, environ: Mapping[str, str] = os.environ) -> SettingSource:
    """Return where the value of a setting comes from."""
    variables = {variable.upper() for variable in environ}
    if name in settings.flags:
        return SettingSource.FLAG
    if name not in settings.model_fields_set:
        return SettingSource.DEFAULT
    if isinstance(getattr(settings, name), SecretStr) and environ.get(f"{name.upper()}_FILE"):
        return SettingSource.FILE
    return SettingSource.ENVIRONMENT if name.upper() in variables else SettingSource.DOTENV


def default_text(field: FieldInfo) -> str:
    """Return the default as it is written in `.env`."""
    return value_text(field.default)


def value_text(value: Any) -> str:
    """Return a value as it is written in `.env`; empty for a secret."""
    if value is None or isinstance(value, SecretStr):
        return ""
    if isinstance(value, tuple):
        return ",".join(value)
    return setting_text(value) if isinstance(value, float) else str(value)


def choices_text(field: FieldInfo) -> str:
    """Return the allowed values of a setting that has a fixed set of values, or an empty text."""
    values = get_args(field.annotation) if get_origin(field.annotation) is not None else ()
    choices = [value for value in values if isinstance(value, str) and value]
    return f" (one of {', '.join(choices)})" if choices else ""
