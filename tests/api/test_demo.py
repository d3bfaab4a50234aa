"""The demo service, started by a button."""

import urllib.request

from flask.testing import FlaskClient


def test_the_demo_service_is_started_once_and_known_to_the_form(client: FlaskClient) -> None:
    first, second = client.post("/demo/start"), client.post("/demo/start")
    url = first.json["url"]

    assert (first.status_code, first.headers["Location"]) == (201, url)
    assert second.json == first.json
    assert client.get("/run/config").json["demo_url"] == url
    with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
        assert answer.status == 200
