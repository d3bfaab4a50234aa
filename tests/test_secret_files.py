from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.settings import Settings


def settings(monkeypatch: pytest.MonkeyPatch, **environ: str) -> Settings:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return Settings(_env_file=None)  # type: ignore[call-arg]


def test_a_secret_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("s3cret \n")
    found = settings(monkeypatch, INFLUXDB_TOKEN="", INFLUXDB_TOKEN_FILE=str(tmp_path / "token"))
    assert found.influxdb_token.get_secret_value() == "s3cret "


def test_a_file_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="AUTH_TOKEN_FILE: .* cannot be read"):
        settings(monkeypatch, AUTH_TOKEN_FILE=str(tmp_path / "nothing"))


def test_a_secret_that_is_given_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("a")
    with pytest.raises(ValueError, match="AUTH_TOKEN and AUTH_TOKEN_FILE are both set"):
        settings(monkeypatch, AUTH_TOKEN="b", AUTH_TOKEN_FILE=str(tmp_path / "token"))


def test_only_secrets_are_read_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "url").write_text("http://elsewhere")
    assert settings(monkeypatch, BASE_URL="", BASE_URL_FILE=str(tmp_path / "url")).base_url == ""


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "big").write_bytes(b"x" * 70_000)
    with pytest.raises(ValueError, match="is larger than"):
        settings(monkeypatch, AUTH_API_KEY_FILE=str(tmp_path / "big"))


@pytest.mark.parametrize("url", ["http://user:pass@127.0.0.1:8086", "localhost:8086", "ftp://127.0.0.1"])
def test_the_address_of_influxdb_is_plain(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with pytest.raises(ValueError, match="must"):
        settings(monkeypatch, INFLUXDB_URL=url)
