"""The command line prints on terminals that do not use UTF-8: characters that they cannot show become `?`."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import ROOT

ENVIRONMENTS: dict[str, dict[str, str]] = {
    "ASCII": {"PYTHONIOENCODING": "ascii"},
    "ASCII, strict": {"PYTHONIOENCODING": "ascii:strict"},
    "Latin-1": {"PYTHONIOENCODING": "latin-1"},
    "Windows": {"PYTHONIOENCODING": "cp1252"},
    "locale C": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "locale POSIX": {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "LANG=C": {"LANG": "C"},
}
NAME = "Bücher € 😀"
DOCUMENT = """{"endpoints": [{"name": "%s", "group": "g", "path": "/", "checks": {"body_contains": "→"}}]}"""


def start(command: Sequence[str], environment: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "K6_BIN") if name in os.environ}
    return subprocess.run(
        command, cwd=ROOT, env=kept | environment, capture_output=True, timeout=120, check=False
    )


@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run", "smoke", "--base-url", f"http://{NAME}"], "base_url: must be a URL"),
        (["run", "custom", "--scenarios", '{"ü": "€'], "not valid JSON"),
        (["run", "custom", "--scenarios", "@/no/€.json"], "cannot be read"),
        (["run", "marathön"], "Invalid value for"),
        (["restore", "/no/😀.tar.gz"], "/no/"),
        (["--help"], "self-hosted"),
    ],
    ids=str,
)
def test_message_is_printed_in_any_encoding(
    tmp_path: Path, environment: dict[str, str], arguments: list[str], expected: str
) -> None:
    command = [sys.executable, "-m", "dashboard", *arguments]
    result = start(command, environment | {"DATA_DIR": str(tmp_path / "data")})
    output = (result.stdout + result.stderr).decode("utf-8", "replace")
    assert expected in output
    assert "Traceback" not in output
    assert "UnicodeEncodeError" not in output


@pytest.mark.k6
@pytest.mark.parametrize(
    ("environment", "shown"),
    [(ENVIRONMENTS["ASCII"], b"B?cher ? ?"), (ENVIRONMENTS["Latin-1"], "Bücher ? ?".encode("latin-1"))],
)
def test_results_are_printed_with_replaced_characters(
    tmp_path: Path, k6_bin: Path, environment: dict[str, str], shown: bytes
) -> None:
    file = tmp_path / "endpoints.json"
    file.write_text(DOCUMENT % NAME, encoding="utf-8")
    settings = {"DATA_DIR": str(tmp_path / "data"), "ENDPOINTS_FILE": str(file), "K6_BIN": str(k6_bin)}
    settings |= {"MIN_FREE_DISK": "0", "COLUMNS": "120"}
    command = [sys.executable, "-m", "dashboard", "dry", "--base-url", "http://127.0.0.1:9"]
    result = start(command, environment | settings)
    output = result.stdout + result.stderr
    assert result.returncode == 99, output
    assert shown in output
    assert b"Traceback" not in output


@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_setup_prints_in_any_encoding(environment: dict[str, str]) -> None:
    program = (
        "from dashboard.setup import launcher; from dashboard.setup.error import SetupError\n"
        "def fail(*_): raise SetupError('B\\xfccher \\u20ac \\U0001f600', 'cause', 'advice')\n"
        "launcher.COMMANDS['dashboard'] = fail\n"
        "raise SystemExit(launcher.main('dashboard', []))"
    )
    result = start([sys.executable, "-c", program], environment)
    assert (result.returncode, result.stderr.startswith(b"bin/dashboard: B")) == (1, True), result.stderr
