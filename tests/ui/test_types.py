"""The generated types of the page match the OpenAPI document of the API."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from dashboard.api.http.openapi import document_of
from dashboard.app import DOCUMENTED
from tests.conftest import ROOT, skip_or_fail

UI = ROOT / "dashboard" / "ui"
GENERATOR = UI / "node_modules" / "openapi-typescript" / "bin" / "cli.js"


@pytest.fixture
def node() -> str:
    path = os.environ.get("NODE_BIN") or shutil.which("node")
    if not path or not GENERATOR.is_file():
        skip_or_fail("Node with the page's packages", "bin/test installs them")
    return path


def test_generated_types_are_current(node: str, tmp_path: Path) -> None:
    document = document_of(
        (routes.name, operation) for routes in DOCUMENTED for operation in routes.operations
    )
    document_file = tmp_path / "openapi.json"
    document_file.write_text(json.dumps(document))
    generated = tmp_path / "types.gen.ts"
    command = [node, str(GENERATOR), "--alphabetize", "--output", str(generated), str(document_file)]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    committed = UI / "src" / "api" / "types.gen.ts"
    assert generated.read_text() == committed.read_text(), (
        "types.gen.ts is outdated. Run `npm run types -- http://127.0.0.1:5656/openapi.json`."
    )
