"""Access tokens and the audit log on the page, and a page for somebody who may only read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Profile
from tests.browser.steps import wait_until_settled
from tests.e2e.harness import Server

pytestmark = [pytest.mark.browser, pytest.mark.k6]

MAIN_TOKEN = "main-token-of-all-tests"
ADMIN = {"Authorization": f"Bearer {MAIN_TOKEN}"}


def create_token(page: Page, name: str, role: str) -> str:
    """Create a token on the page and return its text."""
    page.get_by_role("button", name="Create token").first.click()
    form = page.get_by_role("form", name="New token")
    form.get_by_label("Name").fill(name)
    form.get_by_role("radio", name=role).check()
    form.get_by_role("button", name="Create token").click()
    return page.get_by_label("Token", exact=True).inner_text()


def test_settings_in_force_have_sources_and_no_secrets(
    new_profile: Callable[..., Profile], server: Server
) -> None:
    page = new_profile(width=390).open("#/settings")
    settings = page.get_by_role("region", name="Settings in force")
    expect(settings.get_by_role("row", name=re.compile("^MIN_FREE_DISK 0 environment"))).to_be_visible()
    expect(settings.get_by_role("row", name=re.compile("^DASHBOARD_PORT 0 flag"))).to_be_visible()
    expect(settings.get_by_role("row", name=re.compile("^AUTH_TOKEN not set default"))).to_be_visible()
    wait_until_settled(page)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    settings.get_by_label("Filter settings").fill("invalid_load")
    page.wait_for_url(re.compile("q=invalid_load"))
    expect(settings.get_by_role("row")).to_have_count(3)


def test_a_token_is_created_shown_once_and_revoked(
    new_profile: Callable[..., Profile], server: Server
) -> None:
    page = new_profile().open("#/settings")
    text = create_token(page, "ci", "runner")
    headers = {"Authorization": f"Bearer {text}"}
    assert text.startswith("k6d_")
    assert requests.get(f"{server.url}/tokens", headers=headers, timeout=20).text.count(text) == 0
    tokens = page.get_by_role("region", name="Access tokens")
    expect(tokens.get_by_role("row", name=re.compile("ci runner"))).to_be_visible()
    wait_until_settled(page)
    assert violations(page) == []

    page.reload()
    expect(tokens.get_by_role("row", name=re.compile("ci runner"))).to_be_visible()
    expect(page.get_by_text(text)).to_have_count(0)
    tokens.get_by_role("button", name="Revoke ci").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).click()
    expect(tokens.get_by_text("No tokens yet.")).to_be_visible()

    page.reload()
    log = page.get_by_role("region", name="Audit log")
    expect(log.get_by_role("row", name=re.compile("local .*token.create ci"))).to_be_visible()
    log.get_by_label("Action").select_option("run")
    expect(log.get_by_text("No entries.")).to_be_visible()


@pytest.fixture
def protected(make_server: Callable[..., Server]) -> Server:
    """A server that requires a token."""
    started = make_server(AUTH="always", DASHBOARD_TOKEN=MAIN_TOKEN)
    started.endpoints({"name": "Home"})
    started.start()
    return started


@pytest.fixture
def viewer(browser: Browser, protected: Server) -> Iterator[Page]:
    """The page of somebody who signed in with a token of the role viewer."""
    body = {"name": "ann", "role": "viewer"}
    created = requests.post(f"{protected.url}/tokens", json=body, headers=ADMIN, timeout=20)
    context = browser.new_context()
    page = context.new_page()
    page.goto(protected.url)
    page.get_by_label("Access token").fill(created.json()["token"])
    page.get_by_role("button", name="Sign in").click()
    yield page
    context.close()


def test_a_viewer_sees_why_a_button_is_disabled_and_is_signed_out_by_revocation(
    viewer: Page, protected: Server
) -> None:
    denial = "This requires the role runner. You are signed in as ann with the role viewer."
    expect(viewer.get_by_text(denial)).to_be_visible()
    expect(viewer.locator("[data-start]")).to_be_disabled()
    expect(viewer.get_by_role("button", name="Dry run")).to_have_attribute("title", denial)
    expect(viewer.get_by_role("link", name="Settings")).to_have_count(0)
    viewer.goto(f"{protected.url}/#/history")
    expect(viewer.get_by_role("button", name="Import run")).to_be_disabled()

    requests.delete(f"{protected.url}/tokens/ann", headers=ADMIN, timeout=20).raise_for_status()
    expect(viewer).to_have_url(re.compile("/login$"), timeout=20_000)
