"""Makes executables of `fake_k6.py`, one for each manner, and reads what they wrote down."""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

# needs no PATH: it names this very interpreter, and leaves out its packages, for a fast start
STUB = f"""#!{sys.executable} -IS
import os, sys
sys.path.insert(0, {str(ROOT)!r})
from tests.fakes.fake_k6 import run_as
run_as(os.path.basename(sys.argv[0]), sys.argv[1:])
"""


def make_fake_k6(folder: Path, manner: str) -> Path:
    """The executable `folder/fake-k6-<manner>`."""
    path = folder / f"fake-k6-{manner}"
    path.write_text(STUB, encoding="utf-8")
    path.chmod(0o755)
    return path


def read_events(folder: Path, event: str) -> list[dict[str, Any]]:
    """The events of one kind that fakes in this working folder wrote down, in order; only whole lines."""
    path = folder / "fake-k6.diary"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    events = [json.loads(line) for line in lines if line.endswith("\n")]
    return [found for found in events if found["event"] == event]
