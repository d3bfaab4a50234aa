"""Generates `.env.example`, docs/settings.md, docs/summary.schema.json and the help of the command line."""

import json
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from dashboard.__main__ import main as program
from dashboard.model.number_text import setting_text
from dashboard.reports.summary import summary_schema
from dashboard.settings import ROOT, Settings
from dashboard.terminal.help_pages import help_pages

EXAMPLES = {"base_url": "http://127.0.0.1:8000"}
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
    ("k6 and limits", ("k6_bin", "k6_script", "k6_max_concurrency", "k6_keep_samples", "k6_stop_grace", "max_vus",
                       "max_rate", "max_duration", "dry_run_limit", "queue_limit", "allowed_targets", "min_free_disk")),
    ("Validity of a run (docs/slos.md)", ("invalid_dropped", "invalid_generator_cpu", "invalid_generator_busy",
                                                  "invalid_load", "invalid_thrown", "invalid_skipped",
                                                  "invalid_redirects", "invalid_extracts")),
    ("Retention", ("roll_up_10s_days", "roll_up_60s_days", "retention_detail_days", "retention_days",
                      "retention_runs", "retention_bytes", "audit_retention_days")),
)  # fmt: skip


def env_example() -> str:
    """Return the text of `.env.example`: every setting with its help text, commented out at its default."""
    lines = [
        "# Settings of the dashboard. Copy this file to .env and change what you need.",
        "# Flags and environment variables override .env. This file is generated from dashboard/settings.py.",
    ]
    for title, names in GROUPS:
        lines += ["", f"# --- {title} ---"]
        for name in names:
            field = Settings.model_fields[name]
            value = EXAMPLES.get(name, default_text(field))
            lines += [f"# {field.description}", f"#{name.upper()}={value}"]
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """Return the text of docs/settings.md."""
    lines = [
        "# Settings",
        "",
        "The dashboard reads its settings at startup from flags of `bin/dashboard`, environment variables and `.env`",
        "in the project folder, in this order of priority. Lists are comma-separated. Relative paths start at the",
        "project folder. Files that commands read or write start in the folder in which you call the command.",
        "This page is generated.",
        "",
        "A secret can also come from a file: set `AUTH_TOKEN_FILE=/run/secrets/token` instead of `AUTH_TOKEN`. This",
        f"works for {', '.join(f'`{name.upper()}`' for name in secret_names())}.",
    ]
    for title, names in GROUPS:
        lines += ["", f"## {title}", "", "| Variable | Default | Meaning |", "| --- | --- | --- |"]
        for name in names:
            field = Settings.model_fields[name]
            default = default_text(field)
            meaning = f"{field.description}{choices_text(field)}".replace("|", "\\|")
            lines.append(f"| `{name.upper()}` | {f'`{default}`' if default else 'not set'} | {meaning} |")
    return "\n".join(lines) + "\n"


def secret_names() -> list[str]:
    """Return the names of the settings that can come from a file."""
    return [name for name, field in Settings.model_fields.items() if field.annotation is SecretStr]


def summary_schema_text() -> str:
    """Return the text of docs/summary.schema.json."""
    return json.dumps(summary_schema(), indent=2) + "\n"


def help_json() -> str:
    """Return the text of dashboard/setup/help.json."""
    return json.dumps(help_pages(program), indent=1, ensure_ascii=False) + "\n"


def default_text(field: FieldInfo) -> str:
    """Return the default as it is written in `.env`."""
    value: Any = field.default
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


def main(root: Path = ROOT) -> None:
    """Write all generated files."""
    (root / ".env.example").write_text(env_example())
    (root / "docs").mkdir(exist_ok=True)
    (root / "docs" / "settings.md").write_text(settings_page())
    (root / "docs" / "summary.schema.json").write_text(summary_schema_text())
    (root / "dashboard" / "setup" / "help.json").write_text(help_json())


if __name__ == "__main__":
    main()
