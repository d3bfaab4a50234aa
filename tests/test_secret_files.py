"""Secrets from files, and the address of InfluxDB."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.settings import Settings


def read_settings(monkeypatch: pytest.MonkeyPatch, **environ: str) -> Settings:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return Settings(_env_file=None)


def test_a_secret_is_read_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("s3cret \n")
    loaded = read_settings(monkeypatch, INFLUXDB_TOKEN="", INFLUXDB_TOKEN_FILE=str(tmp_path / "token"))
    assert loaded.influxdb_token.get_secret_value() == "s3cret "


def test_a_missing_file_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="AUTH_TOKEN_FILE: .* cannot be read"):
        read_settings(monkeypatch, AUTH_TOKEN_FILE=str(tmp_path / "nothing"))


def test_a_secret_and_its_file_cannot_both_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("a")
    with pytest.raises(ValueError, match="AUTH_TOKEN and AUTH_TOKEN_FILE are both set"):
        read_settings(monkeypatch, AUTH_TOKEN="b", AUTH_TOKEN_FILE=str(tmp_path / "token"))


def test_only_secrets_are_read_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "url").write_text("http://elsewhere")
    assert read_settings(monkeypatch, BASE_URL="", BASE_URL_FILE=str(tmp_path / "url")).base_url == ""


def test_a_file_over_the_size_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "big").write_bytes(b"x" * 70_000)
    with pytest.raises(ValueError, match="is larger than"):
        read_settings(monkeypatch, AUTH_API_KEY_FILE=str(tmp_path / "big"))


@pytest.mark.parametrize("url", ["http://user:pass@127.0.0.1:8086", "localhost:8086", "ftp://127.0.0.1"])
def test_the_influxdb_url_is_a_web_address_without_credentials(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    with pytest.raises(ValueError, match="must"):
        read_settings(monkeypatch, INFLUXDB_URL=url)
