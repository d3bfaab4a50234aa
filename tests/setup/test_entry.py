"""The scripts in bin/ use only modules of the dashboard, its libraries and the standard library."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize("module", ["json", "argparse", "structlog", "flask", "dashboard"])
def test_modules_in_pythonpath_are_not_imported(tmp_path: Path, module: str) -> None:
    (tmp_path / f"{module}.py").write_text("raise SystemExit(99)")
    command = [sys.executable, str(ROOT / "bin" / "dashboard"), "--no-setup", "serve", "--help"]
    environment = {"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}

    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("usage: bin/dashboard serve")
