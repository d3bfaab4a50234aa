"""The pure modules of the k6 scripts, tested with Node.js's test runner."""

import subprocess

import pytest

from tests.conftest import ROOT

GLOBALS = ROOT / "tests" / "k6" / "k6-globals.js"


def test_javascript_tests_pass(node_bin: str) -> None:
    files = sorted(str(path) for path in (ROOT / "tests" / "k6").glob("*.test.js"))
    result = subprocess.run(
        [node_bin, "--import", str(GLOBALS), "--test", *files],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if result.returncode != 0:
        pytest.fail(result.stdout[-5000:] + result.stderr[-2000:], pytrace=False)
