"""Invalid settings are reported by name, with the messages of the API."""

import pytest

from dashboard.terminal.entry import read_settings


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("VUS", "many", "VUS: must be a whole number"),
        ("APDEX_T", "soon", "APDEX_T: must be a number"),
        ("DASHBOARD_PORT", "70000", "DASHBOARD_PORT: must be at most 65535"),
        ("AUTH", "perhaps", "AUTH: must be one of 'auto', 'always' or 'never'"),
        ("DURATION", "soon", 'DURATION: "soon" is not a duration such as "30s", "1m30s" or "1h"'),
    ],
)
def test_an_invalid_setting_is_reported_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit) as ended:
        read_settings()

    assert ended.value.code == 2
    assert capsys.readouterr().err == f"bin/dashboard: {message}\n"
