"""Files that are generated from the settings are current."""

from pathlib import Path

from dotenv import dotenv_values

from dashboard.reference import env_example, settings_page, summary_schema_text, webhook_schema_text
from dashboard.setting_texts import GROUPS
from dashboard.settings import ROOT, Settings


def test_every_setting_is_in_exactly_one_group() -> None:
    named = [name for _, names in GROUPS for name in names]
    assert sorted(named) == sorted(Settings.model_fields)


def test_the_example_file_is_current() -> None:
    assert (ROOT / ".env.example").read_text() == env_example()


def test_the_settings_page_is_current() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == settings_page()


def test_the_uncommented_example_file_equals_the_defaults(tmp_path: Path) -> None:
    lines = [
        line[1:] if line.startswith("#") and line[1:2].isupper() else line
        for line in env_example().splitlines()
    ]
    path = tmp_path / ".env"
    path.write_text("\n".join(lines))
    given = {name.lower(): value for name, value in dotenv_values(path).items()}
    assert set(given) == set(Settings.model_fields)
    assert Settings(_env_file=path).model_copy(update={"base_url": ""}) == Settings(_env_file=None)


def test_the_schema_of_the_summary_is_current() -> None:
    assert (ROOT / "docs" / "summary.schema.json").read_text() == summary_schema_text()


def test_the_schema_of_the_webhook_payload_is_current() -> None:
    assert (ROOT / "docs" / "webhook.schema.json").read_text() == webhook_schema_text()
