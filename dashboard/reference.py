"""Generates `.env.example`, docs/settings.md, the JSON Schemas in docs and the help of the command line."""

import json
from pathlib import Path

from pydantic import SecretStr

from dashboard.__main__ import main as program
from dashboard.integrations.payload import payload_schema
from dashboard.reports.summary import summary_schema
from dashboard.setting_texts import GROUPS, choices_text, default_text
from dashboard.settings import ROOT, Settings
from dashboard.terminal.help_pages import help_pages

EXAMPLES = {"base_url": "http://127.0.0.1:8000"}


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
        "project folder. Paths of files that commands read or write are relative to the current folder.",
        "**Settings** on the page (`GET /settings`) lists the values in force and where each comes from.",
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


def webhook_schema_text() -> str:
    """Return the text of docs/webhook.schema.json."""
    return json.dumps(payload_schema(), indent=2) + "\n"


def help_json() -> str:
    """Return the text of dashboard/setup/help.json."""
    return json.dumps(help_pages(program), indent=1, ensure_ascii=False) + "\n"


def main(root: Path = ROOT) -> None:
    """Write all generated files."""
    (root / ".env.example").write_text(env_example())
    (root / "docs").mkdir(exist_ok=True)
    (root / "docs" / "settings.md").write_text(settings_page())
    (root / "docs" / "summary.schema.json").write_text(summary_schema_text())
    (root / "docs" / "webhook.schema.json").write_text(webhook_schema_text())
    (root / "dashboard" / "setup" / "help.json").write_text(help_json())


if __name__ == "__main__":
    main()
