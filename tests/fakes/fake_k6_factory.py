"""Creates executables of `fake_k6.py`, one per behavior, and reads the events that they recorded."""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

# The stub works without PATH, because it names this interpreter, and starts fast, because it skips installed packages.
STUB = f"""#!{sys.executable} -IS
import os, sys
sys.path.insert(0, {str(ROOT)!r})
from tests.fakes.fake_k6 import run_as
run_as(os.path.basename(sys.argv[0]), sys.argv[1:])
"""


def make_fake_k6(folder: Path, behavior: str) -> Path:
    """Create the executable `folder/fake-k6-<behavior>`."""
    path = folder / f"fake-k6-{behavior}"
    path.write_text(STUB, encoding="utf-8")
    path.chmod(0o755)
    return path


def read_events(folder: Path, event: str) -> list[dict[str, Any]]:
    """Return the events of one kind recorded in this working folder, in order. Incomplete lines are skipped."""
    path = folder / "fake-k6.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    events = [json.loads(line) for line in lines if line.endswith("\n")]
    return [recorded for recorded in events if recorded["event"] == event]
