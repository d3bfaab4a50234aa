"""The demo service, started by a request or with the server."""

import urllib.request
from pathlib import Path

from flask.testing import FlaskClient

from dashboard.app import create_app
from dashboard.runs.start.targets import resolve_target
from dashboard.services import Services
from tests.api.conftest import settings_for


def test_the_demo_service_starts_once_and_is_in_the_configuration(client: FlaskClient) -> None:
    first, second = client.post("/demo/start"), client.post("/demo/start")
    url = first.json["url"]

    assert (first.status_code, first.headers["Location"]) == (201, url)
    assert second.json == first.json
    assert client.get("/run/config").json["demo_url"] == url
    with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
        assert answer.status == 200


def test_a_server_started_with_the_demo_uses_it_as_its_target(tmp_path: Path) -> None:
    services = Services(settings_for(tmp_path, base_url="http://127.0.0.1:9"), demo=True)
    try:
        config = create_app(services).test_client().get("/run/config").json
        assert (config["base_url"], config["demo_url"]) == (services.demo.url, services.demo.url)
        assert resolve_target(None, services.settings) == services.demo.url
    finally:
        services.stop()
    assert services.demo.url is None
