"""The page's types are those of the API as it is: generated from the OpenAPI document, and current."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from dashboard.api.http.openapi import document_of
from dashboard.app import DOCUMENTED
from tests.conftest import ROOT, missing

UI = ROOT / "dashboard" / "ui"
GENERATOR = UI / "node_modules" / "openapi-typescript" / "bin" / "cli.js"


@pytest.fixture
def node() -> str:
    found = os.environ.get("NODE_BIN") or shutil.which("node")
    if not found or not GENERATOR.is_file():
        missing("Node with the page's packages", "bin/test installs them")
    return found


def test_the_types_of_the_page_are_current(node: str, tmp_path: Path) -> None:
    document = document_of((made.name, operation) for made in DOCUMENTED for operation in made.operations)
    described = tmp_path / "openapi.json"
    described.write_text(json.dumps(document))
    made = tmp_path / "types.gen.ts"
    command = [node, str(GENERATOR), "--alphabetize", "--output", str(made), str(described)]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    kept = UI / "src" / "api" / "types.gen.ts"
    assert made.read_text() == kept.read_text(), "run `npm run types -- http://127.0.0.1:5656/openapi.json`"
