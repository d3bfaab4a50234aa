"""`bin/dashboard token`: without a server on the data folder, and through the API of a live one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dashboard.__main__ import main
from dashboard.app import create_app
from dashboard.services import Services
from tests.api.conftest import serve_app, settings_for


@pytest.fixture(params=["local", "live"])
def data_dir(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A data folder that is either unused or in use by a live server."""
    folder = tmp_path / "data"
    if request.param == "local":
        yield folder
        return
    services = Services(settings_for(tmp_path))
    services.start()
    with serve_app(create_app(services, static=tmp_path)) as url:
        services.write_server_file("127.0.0.1", int(url.rpartition(":")[2]))
        yield folder
    services.stop()


def run(data_dir: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["token", *arguments, "--data-dir", str(data_dir), "--no-setup"])


def test_a_token_is_printed_once_and_listed_without_its_text(data_dir: Path) -> None:
    limits = [
        "--targets",
        "*.example, 127.0.0.1",
        "--environments",
        "stage",
        "--max-vus",
        "5",
        "--max-rate",
        "7",
    ]
    created = run(data_dir, "create", "ci", "--role", "runner", *limits)
    text = created.stdout.strip()
    listed = run(data_dir, "list")

    assert (created.exit_code, listed.exit_code) == (0, 0)
    assert text.startswith("k6d_")
    assert "only once" in created.stderr
    assert text not in listed.stdout
    assert " ".join(listed.stdout.split()).count("ci runner") == 1
    assert "local" in listed.stdout
    entry = run(data_dir, "list", "--json").stdout
    assert '"targets": ["*.example", "127.0.0.1"]' in entry
    assert '"max_vus": 5, "max_rate": 7' in entry


def test_a_revoked_token_is_no_longer_listed(data_dir: Path) -> None:
    run(data_dir, "create", "ci", "--role", "viewer", "--expires", "never")
    revoked = run(data_dir, "revoke", "ci")

    assert (revoked.exit_code, revoked.stdout) == (0, "Revoked ci.\n")
    assert run(data_dir, "list").stdout.strip() == "No tokens yet."


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["create", "a b", "--role", "viewer"], 2, "name: must have 1 to 64 letters"),
        (["create", "ci", "--role", "viewer", "--expires", "soon"], 2, "expires: "),
        (["create", "ci", "--role", "owner"], 2, "Invalid value for '--role'"),
        (["revoke", "ci"], 1, 'No token has the name "ci"'),
    ],
)
def test_the_reason_of_an_error_is_printed(
    data_dir: Path, arguments: list[str], code: int, message: str
) -> None:
    result = run(data_dir, *arguments)

    assert result.exit_code == code
    assert message in result.stderr


def test_a_second_token_with_the_same_name_is_refused(data_dir: Path) -> None:
    run(data_dir, "create", "ci", "--role", "viewer")
    again = run(data_dir, "create", "ci", "--role", "admin")

    assert (again.exit_code, again.stdout) == (1, "")
    assert "exists" in again.stderr


def test_a_token_of_the_command_line_works_in_a_server_that_starts_later(tmp_path: Path) -> None:
    text = run(tmp_path / "data", "create", "ci", "--role", "runner").stdout.strip()
    services = Services(settings_for(tmp_path, auth="always"))
    try:
        found = services.access.check(text, "127.0.0.1", 0)
    finally:
        services.stop()

    assert found is not None
    assert (found.who, found.role) == ("ci", "runner")
