"""`bin/dashboard discover`: files and services."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dashboard.__main__ import main
from tests.scan.conftest import OPENAPI, ScannedService, make_service, service

__all__ = ["make_service", "service"]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    def run_command(*arguments: str) -> Result:
        data = ("--data-dir", str(tmp_path / "data"), "--no-setup")
        return CliRunner().invoke(main, ["discover", *arguments, *data])

    return run_command


@pytest.fixture
def document(tmp_path: Path) -> str:
    path = tmp_path / "api.json"
    path.write_bytes(OPENAPI)
    return str(path)


def test_the_requests_of_a_file_are_listed(run: Callable[..., Result], document: str) -> None:
    result = run(document, "--base-url", "http://127.0.0.1:9")

    assert result.exit_code == 0
    assert "✓ GET     /items" in result.stdout
    assert "base URL: http://127.0.0.1:9" in result.stdout
    assert "1 request, 1 selected" in result.stdout


def test_the_result_can_be_json(run: Callable[..., Result], document: str) -> None:
    found = json.loads(run(document, "--json").stdout)

    assert (found["format"], found["candidates"][0]["key"]) == ("openapi", "GET /items")


def test_a_service_is_scanned_with_progress(run: Callable[..., Result], service: ScannedService) -> None:
    service.serve("/swagger.json", OPENAPI)

    result = run(service.url)

    assert result.exit_code == 0
    assert f"{service.url}/swagger.json" in result.stderr
    assert "GET     /items" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (["missing.yaml"], 2, "there is no file"),
        (["ftp://shop.test"], 2, "http or https"),
        (["http://169.254.169.254/"], 1, "No requests are sent there"),
        (["http://127.0.0.1:1"], 1, "No API document was found"),
        (["DOCUMENT", "--format", "har"], 1, "HAR"),
        (["DOCUMENT", "--value", "token"], 2, "NAME=VALUE"),
    ],
)
def test_what_cannot_be_read_ends_with_a_reason_and_a_code(
    run: Callable[..., Result], document: str, arguments: list[str], code: int, part: str
) -> None:
    result = run(*(document if one == "DOCUMENT" else one for one in arguments))

    assert result.exit_code == code
    assert part in result.stderr
