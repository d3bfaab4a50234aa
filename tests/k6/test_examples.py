"""Every example of docs/endpoints.md runs against the demo shop: all requests are sent and all checks pass."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.data_files.files import DataFiles
from dashboard.demo.launcher import DemoProcess, start_demo
from dashboard.endpoints.parse import read_document
from tests.conftest import ROOT
from tests.data_files.test_files import upload
from tests.k6.conftest import K6

pytestmark = pytest.mark.k6

MANUAL = (ROOT / "docs" / "endpoints.md").read_text()
SECTIONS = [
    (section.partition("\n")[0], example)
    for section in MANUAL.split("\n## ")[1:]
    for example in re.findall(r"^```json\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
]
DATA_FILES = re.findall(r"called `(\w+)`:\n\n```csv\n(.*?)^```$", MANUAL, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcess]:
    log = tmp_path_factory.mktemp("demo") / "demo.log"
    started = start_demo(None, log, ["--latency-scale", "0", "--error-rate", "0"])
    yield started
    started.stop()


def operations_of(document: dict[str, Any]) -> set[str]:
    """Return the operations that send requests: scenario steps or all endpoints, and setup and teardown steps."""
    scenarios = document.get("scenarios")
    load = (
        {name for scenario in scenarios for step in scenario["steps"] for name in names_of(step)}
        if scenarios
        else {endpoint["name"] for endpoint in document["endpoints"]}
    )
    phases = [*document.get("setup", []), *document.get("teardown", [])]
    return load | {step["name"] for step in phases}


def names_of(step: dict[str, Any]) -> list[str]:
    """Return the endpoints that a step can send."""
    return step.get("one_of") or [step["ref"]]


@pytest.mark.parametrize(("title", "example"), SECTIONS, ids=[title for title, _ in SECTIONS])
def test_example_runs_unchanged(k6: K6, demo: DemoProcess, tmp_path: Path, title: str, example: str) -> None:
    read_document(example.encode())
    path, files = tmp_path / "example.json", DataFiles(tmp_path / "files", 0)
    path.write_text(example)
    for name, content in DATA_FILES:
        upload(files, content, name=name)
    env = {"BASE_URL": demo.url, "ENDPOINTS_FILE": str(path), "DATA_FILES": str(tmp_path / "files")}
    run = k6.run(env, "--iterations", "40", "--vus", "2")
    assert run.exit_code == 0
    assert {request["op"] for request in run.samples_of("http_reqs")} == operations_of(json.loads(example))
    assert [
        request["op"] for request in run.samples_of("http_reqs") if request["expected_response"] != "true"
    ] == []
    assert [check for check in run.samples_of("op_checks") if check["value"] == 0] == []
    assert run.samples_of("op_faults") == []
