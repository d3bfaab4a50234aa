"""Settings that cannot be used are told in the words of the API, by their names."""

import pytest

from dashboard.terminal.entry import settings_of


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("VUS", "many", "VUS: must be a whole number"),
        ("APDEX_T", "soon", "APDEX_T: must be a number"),
        ("DASHBOARD_PORT", "70000", "DASHBOARD_PORT: must be at most 65535"),
        ("AUTH", "perhaps", "AUTH: must be one of 'auto', 'always' or 'never'"),
        ("DURATION", "soon", 'DURATION: "soon" is not a duration; write for example "30s", "1m30s" or "1h"'),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_what_it_must_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit) as ended:
        settings_of()

    assert ended.value.code == 2
    assert capsys.readouterr().err == f"bin/dashboard: {words}\n"
