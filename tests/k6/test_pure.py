"""The pure parts of the k6 script, tested by node's own test runner."""

import subprocess

import pytest

from tests.conftest import ROOT


def test_the_scripts_own_tests_pass(node_bin: str) -> None:
    files = sorted(str(path) for path in (ROOT / "tests" / "k6").glob("*.test.js"))
    done = subprocess.run(
        [node_bin, "--test", *files], capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode != 0:
        pytest.fail(done.stdout[-5000:] + done.stderr[-2000:], pytrace=False)
