"""Settings in force: each with its source, and secrets only as set or not."""

from pathlib import Path

import pytest

from dashboard.setting_texts import SettingInForce, SettingSource, settings_in_force
from dashboard.settings import Settings

SECRET = "a-secret-value"


def in_force(settings: Settings) -> dict[str, SettingInForce]:
    return {setting.name: setting for setting in settings_in_force(settings)}


def test_every_source_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("DURATION=5m\nMAX_RATE=50\nVUS=2\n")
    (tmp_path / "token").write_text(SECRET)
    monkeypatch.setenv("vus", "3")
    monkeypatch.setenv("RATE", "4")
    monkeypatch.setenv("AUTH_TOKEN_FILE", str(tmp_path / "token"))
    found = in_force(Settings(_env_file=tmp_path / ".env", rate=5))
    values = {
        name: (found[name].value, found[name].source) for name in ("DURATION", "MAX_RATE", "VUS", "RATE")
    }
    assert values == {
        "DURATION": ("5m", SettingSource.DOTENV),
        "MAX_RATE": ("50", SettingSource.DOTENV),
        "VUS": ("3", SettingSource.ENVIRONMENT),
        "RATE": ("5", SettingSource.FLAG),
    }
    assert found["AUTH_TOKEN"].source is SettingSource.FILE
    assert found["MAX_VUS"].source is SettingSource.DEFAULT


def test_a_secret_is_shown_only_as_set_or_not_set() -> None:
    found = in_force(Settings(_env_file=None, auth_token=SECRET, base_url=f"http://ann:{SECRET}@shop.test"))
    assert SECRET not in repr(found)
    assert (found["AUTH_TOKEN"].value, found["AUTH_TOKEN"].is_set) == (None, True)
    assert (found["AUTH_API_KEY"].value, found["AUTH_API_KEY"].is_set) == (None, False)


def test_every_setting_is_listed() -> None:
    assert set(in_force(Settings(_env_file=None))) == {name.upper() for name in Settings.model_fields}
