"""Webhooks on the page: create, test, edit, look at deliveries, resend, delete; by keyboard and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Profile
from tests.browser.steps import wait_until_settled
from tests.e2e.harness import Server, Shop, wait_for
from tests.webhooks.receiver import OK, Reply, WebhookReceiver, a_receiver

pytestmark = [pytest.mark.browser, pytest.mark.k6]


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with a_receiver() as made:
        yield made


def create(page: Page, url: str) -> None:
    page.get_by_role("button", name="Create webhook").click()
    form = page.get_by_role("form", name="New webhook")
    form.get_by_label("Name").fill("team chat")
    form.get_by_label("URL").fill(url)
    form.get_by_label("Signing secret").fill("a-long-secret")
    form.get_by_role("button", name="Create webhook").click()


def test_a_webhook_is_created_tested_edited_and_deleted(
    new_profile: Callable[..., Profile], server: Server, receiver: WebhookReceiver
) -> None:
    page = new_profile().open("#/settings")
    panel = page.get_by_role("region", name="Webhooks")
    expect(panel.get_by_text("No webhooks yet.")).to_be_visible()
    create(page, "nowhere")
    expect(panel.get_by_text("must be a URL such as https://example.com/hooks")).to_be_visible()
    panel.get_by_label("URL").fill(f"{receiver.url}/?token=canary")
    panel.get_by_role("form").get_by_role("button", name="Create webhook").click()
    row = panel.get_by_role("row", name=re.compile("team chat"))
    expect(row).to_contain_text(f"{receiver.url}/?token=***")

    receiver.reply = lambda _: Reply(418, body=b"short and stout")
    row.get_by_role("button", name="Test team chat").click()
    expect(panel.get_by_label("Answer of the receiver")).to_have_text("short and stout")
    assert "x-perf-signature" in receiver.received[0].headers

    row.get_by_role("button", name="Edit team chat").press("Enter")
    form = panel.get_by_role("form", name="Edit team chat")
    form.get_by_text("Only for some runs").press("Enter")
    form.get_by_label("Profiles").fill("smoke, ramp")
    form.get_by_label("fail", exact=True).press("Space")
    wait_until_settled(page)
    assert violations(page) == []
    form.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("smoke, ramp · fail")

    row.get_by_role("button", name="Delete team chat").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(panel.get_by_text("No webhooks yet.")).to_be_visible()


def test_a_dead_delivery_is_shown_and_resent_on_a_phone(
    new_profile: Callable[..., Profile], server: Server, shop: Shop, receiver: WebhookReceiver
) -> None:
    receiver.reply = lambda _: Reply(410, body=b"gone for good")
    body = {"name": "ci", "url": receiver.url, "events": ["run.finished"]}
    webhook = requests.post(f"{server.url}/webhooks", json=body, timeout=20).json()
    server.finish(server.run(shop.url, vus=1, duration="1s"))
    wait_for(
        lambda: not server.get(f"/webhooks/{webhook['webhook_id']}")["enabled"], "the webhook is disabled"
    )

    page = new_profile(width=390).open("#/settings")
    panel = page.get_by_role("region", name="Webhooks")
    expect(panel.get_by_text("disabled: the receiver answered 410 (gone)")).to_be_visible()
    receiver.reply = lambda _: OK
    enable = {"name": "ci", "events": ["run.finished"]}
    requests.put(f"{server.url}/webhooks/{webhook['webhook_id']}", json=enable, timeout=20).raise_for_status()
    page.reload()
    panel.get_by_role("button", name="deliveries of ci").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("row", name=re.compile("Run finished"))).to_contain_text("given up")
    wait_until_settled(page)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    dialog.get_by_role("button", name=re.compile("Resend delivery")).click()

    wait_for(lambda: len(receiver.received) == 2, "the delivery was resent")
    dialog.get_by_role("button", name="Refresh").click()
    expect(dialog.get_by_role("row", name=re.compile("Run finished"))).to_contain_text("delivered")
    assert [one.json["event"] for one in receiver.received] == ["run.finished"] * 2
