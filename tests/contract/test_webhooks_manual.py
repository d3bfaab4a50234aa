"""The examples of docs/webhooks.md work."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from flask.testing import FlaskClient

from dashboard.integrations.payload import EventPayload, payload_schema
from dashboard.integrations.registry import integration_for, integrations
from dashboard.model.outgoing import EventName
from dashboard.templating import render_untrusted
from tests.api.conftest import app, client, make_services, services
from tests.conftest import ROOT

__all__ = ["app", "client", "make_services", "services"]

MANUAL = (ROOT / "docs" / "webhooks.md").read_text("utf-8")


def examples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", MANUAL, re.DOTALL)


PAYLOAD, GITHUB = (json.loads(text) for text in examples("json"))


def test_the_payload_has_every_field_of_the_schema() -> None:
    jsonschema_rs.validator_for(payload_schema()).validate(PAYLOAD)
    assert set(PAYLOAD) == set(EventPayload.model_fields)


@pytest.mark.parametrize("body", [GITHUB, json.loads(re.findall(r"-d '(.*?)'", MANUAL, re.DOTALL)[0])])
def test_the_webhooks_are_accepted(client: FlaskClient, body: Any) -> None:
    assert client.post("/webhooks", json=body).status_code == 201


def test_the_function_verifies_a_signature() -> None:
    namespace: dict[str, Any] = {}
    exec(examples("python")[0], namespace)
    is_authentic: Callable[..., bool] = namespace["is_authentic"]
    signature = "sha256=" + hmac.new(b"a-long-secret", b"{}", hashlib.sha256).hexdigest()
    assert is_authentic("a-long-secret", b"{}", signature)
    assert not is_authentic("another", b"{}", signature)


def test_the_template_renders_json() -> None:
    rendered = json.loads(render_untrusted(examples("jinja")[0], {**PAYLOAD, "breaches": [{"message": "a"}]}))
    assert rendered == {"title": PAYLOAD["sentence"], "slow": False, "breaches": ["a"]}


def test_every_event_and_receiver_is_described() -> None:
    described = set(re.findall(r"^\| `([a-z.-]+)`", MANUAL, re.MULTILINE))
    assert described == {*EventName, *integrations()}


@pytest.mark.parametrize(
    ("name", "url"), re.findall(r"^\| `([a-z-]+)` \| `(https://[^`…]+|mailto:[^`]+)", MANUAL, re.MULTILINE)
)
def test_a_url_belongs_to_its_receiver(name: str, url: str) -> None:
    assert integration_for(url if name == "github-check" else f"{url}x").name == name
