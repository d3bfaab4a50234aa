"""`bin/dashboard webhooks`, through the API of a live server."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dashboard.__main__ import main
from dashboard.app import create_app
from dashboard.services import Services
from tests.api.conftest import serve_app, settings_for
from tests.webhooks.receiver import OK, Reply, WebhookReceiver, a_receiver


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data folder that a live server uses."""
    services = Services(settings_for(tmp_path))
    services.start()
    with serve_app(create_app(services, static=tmp_path)) as url:
        services.write_server_file("127.0.0.1", int(url.rpartition(":")[2]))
        yield tmp_path / "data"
    services.stop()


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with a_receiver() as made:
        yield made


def run(data_dir: Path, *arguments: str, stdin: str = "") -> Result:
    command = ["webhooks", *arguments, "--data-dir", str(data_dir), "--no-setup"]
    return CliRunner().invoke(main, command, input=stdin)


def test_webhooks_are_imported_listed_tested_and_exported(
    data_dir: Path, receiver: WebhookReceiver, tmp_path: Path
) -> None:
    assert run(data_dir, "list").stdout.strip() == "No webhooks yet."
    one = {"name": "ci", "url": receiver.url, "events": ["run.finished"], "secret": "canary-secret"}
    imported = run(data_dir, "import", "-", stdin=json.dumps(one))
    assert (imported.exit_code, imported.stdout) == (0, "Imported ci.\n")
    listed = run(data_dir, "list").stdout
    assert "run.finished" in listed
    assert json.loads(run(data_dir, "list", "--json").stdout)[0]["is_signed"]

    exported = run(data_dir, "export").stdout
    assert "canary" not in listed + exported
    file = tmp_path / "webhooks.json"
    file.write_text(exported)
    assert run(data_dir, "import", str(file)).exit_code == 0

    receiver.reply = lambda _: Reply(200, body=b"thanks")
    tested = run(data_dir, "test", "ci")
    assert (tested.exit_code, tested.stdout) == (0, "ci: the receiver accepted it (200)\nthanks\n")
    receiver.reply = lambda _: Reply(500)
    assert run(data_dir, "test", "ci").exit_code == 1
    receiver.reply = lambda _: OK


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "message"),
    [
        (["test", "nobody"], "", 1, 'There is no webhook "nobody"'),
        (["import", "-"], "{", 2, "not valid JSON"),
        (["import", "/no/such/file"], "", 2, "cannot be read"),
        (["import", "-"], '[{"name": "ci", "url": "nowhere"}]', 2, "url: must be a URL"),
    ],
)
def test_the_reason_of_an_error_is_printed(
    data_dir: Path, arguments: list[str], stdin: str, code: int, message: str
) -> None:
    result = run(data_dir, *arguments, stdin=stdin)
    assert (result.exit_code, message in result.stderr) == (code, True), result.stderr


def test_a_dashboard_has_to_run(tmp_path: Path) -> None:
    result = run(tmp_path / "data", "list")
    assert result.exit_code == 1
    assert "No dashboard is running" in result.stderr
