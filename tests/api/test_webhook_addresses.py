"""Webhooks lead to no refused address, and to loopback only while nobody else can reach the dashboard."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from dashboard.app import create_app
from dashboard.services import Services
from tests.conftest import ROOT
from tests.webhooks.receiver import a_receiver
from tests.webhooks.samples import a_webhook

REFUSED_HOSTS = json.loads((ROOT / "tests" / "addresses.json").read_bytes())["refused"]
LOOPBACK = ("127.0.0.1", "127.9.9.9", "localhost", "[::1]", "[::ffff:127.0.0.1]")


def authority(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@pytest.mark.parametrize("host", REFUSED_HOSTS)
def test_no_webhook_is_created_for_a_refused_address(idle: Any, host: str) -> None:
    body = {"name": "ci", "url": f"http://{authority(host)}/hook"}
    answer = idle.test_client().post("/webhooks", json=body)
    assert (answer.status_code, answer.json["title"]) == (422, "Address refused")
    assert [error["field"] for error in answer.json["errors"]] == ["url"]


@pytest.mark.parametrize("host", REFUSED_HOSTS)
def test_nothing_is_sent_to_a_refused_address(idle: Any, idle_services: Services, host: str) -> None:
    """The address of a stored webhook is checked again when it connects, because names change."""
    webhook = a_webhook(url=f"http://{authority(host)}/hook")
    idle_services.store.webhooks.put(webhook)
    answer = idle.test_client().post(f"/webhooks/{webhook.webhook_id}/test").json
    idle_services.webhooks.book.delete(webhook.webhook_id)
    assert (answer["ok"], answer["status"]) == (False, None)
    assert "sends no requests there" in answer["message"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"])
def test_no_webhook_leads_to_the_dashboard_itself(services: Services, client: Any, host: str) -> None:
    services.write_server_file("127.0.0.1", 5657)
    answer = client.post("/webhooks", json={"name": "ci", "url": f"http://{host}:5657/run/stop"})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "url")


@pytest.mark.parametrize("host", LOOPBACK)
def test_loopback_is_refused_when_others_can_reach_the_dashboard(
    make_services: Callable[..., Services], host: str
) -> None:
    services = make_services(dashboard_names=("perf.example",), auth="never")
    client = create_app(services).test_client()
    with a_receiver() as receiver:
        url = receiver.url.replace("127.0.0.1", host)
        answer = client.post("/webhooks", json={"name": "ci", "url": url})
        created: Any = answer.json
        if answer.status_code == 201:  # an address that is recognized only when it is resolved
            created = client.post(f"/webhooks/{created['webhook_id']}/test").json
            assert "sends no requests there" in created["message"]
        else:
            assert created["errors"][0]["field"] == "url"
        assert receiver.received == []


def test_allowed_targets_limit_loads_and_not_webhooks(make_services: Callable[..., Services]) -> None:
    client = create_app(make_services(allowed_targets=("shop.example",))).test_client()
    assert client.post("/webhooks", json={"name": "ci", "url": "https://hooks.example/a"}).status_code == 201
