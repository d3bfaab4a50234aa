"""The page works without a network and never violates its content security policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests.browser.conftest import CHROMIUM_FLAGS
from tests.browser.finished_run import FinishedRun
from tests.browser.steps import configure, drag, tab_hashes, wait_until_settled

pytestmark = [pytest.mark.browser, pytest.mark.k6]

# No host name resolves, and all other addresses go to a proxy that does not exist.
OFFLINE_FLAGS = (
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--proxy-server=127.0.0.1:9",
    "--proxy-bypass-list=127.0.0.1",
)
RECORD_VIOLATIONS = """
    window.violations = [];
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile }) => {
        window.violations.push(`${violatedDirective} ${blockedURI} ${sourceFile}`);
    });
"""


@dataclass
class OfflinePage:
    """A page in a browser without network, with its requested hosts and its console messages."""

    page: Page
    hosts: set[str] = field(default_factory=set)
    messages: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        context.on("console", lambda message: self.messages.append(f"{message.type}: {message.text}"))
        context.on("weberror", lambda error: self.messages.append(str(error.error)))
        context.on("requestfailed", self._on_failed_request)

    def _on_failed_request(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # navigation cancels pending requests
            self.messages.append(f"{request.failure}: {request.url}")


@pytest.fixture
def offline(finished_run: FinishedRun, chromium_bin: Path, browser: Browser) -> Iterator[OfflinePage]:
    flags = [*CHROMIUM_FLAGS, *OFFLINE_FLAGS]
    chromium = browser.browser_type.launch(executable_path=chromium_bin, args=flags)
    context = chromium.new_context(viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(15_000)
    context.add_init_script(RECORD_VIOLATIONS)
    offline = OfflinePage(context.new_page())
    offline.watch(context)
    yield offline
    chromium.close()


def test_every_view_works_offline(offline: OfflinePage, finished_run: FinishedRun) -> None:
    page, server = offline.page, finished_run.server
    page.goto(server.url)
    violations = []
    for view in [*tab_hashes(page), f"#/history/{finished_run.run_id}"]:
        page.goto(f"{server.url}/{view}")
        page.reload()
        wait_until_settled(page)
        violations += page.evaluate("window.violations")
    assert offline.hosts == {urlsplit(server.url).netloc}
    assert violations == []
    assert offline.messages == []


def test_interaction_does_not_violate_the_policy(offline: OfflinePage, finished_run: FinishedRun) -> None:
    """Change themes, open dialogs, drag, sort, and cause a field error."""
    page, server = offline.page, finished_run.server
    page.goto(f"{server.url}/#/overview?run={finished_run.run_id}")
    wait_until_settled(page)
    for _ in range(6):
        page.keyboard.press("t")
    page.locator(".u-over").first.hover()
    drag(page, page.locator(".u-over").first, 0.1, 0.9)
    page.wait_for_url(re.compile("from="))
    page.goto(f"{server.url}/#/endpoints?run={finished_run.run_id}")
    page.get_by_role("button", name="Requests").click()
    page.keyboard.press("?")
    page.keyboard.press("Escape")
    page.goto(f"{server.url}/#/execute")
    configure(page, finished_run.target, profile="Ramp", vus="0")
    expect(page.locator("input[name=vus]")).to_have_attribute("aria-invalid", "true")
    assert page.evaluate("window.violations") == []
    assert [text for text in offline.messages if "status of 422" not in text] == []


def test_policy_allows_only_scripts_and_styles_of_the_server(finished_run: FinishedRun) -> None:
    policy = finished_run.server.call("GET", "/").headers["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert "unsafe" not in policy


def test_listener_reports_a_forbidden_script(offline: OfflinePage, finished_run: FinishedRun) -> None:
    """Prove that the listener of these tests works."""
    page = offline.page
    page.goto(finished_run.server.url)
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), { text: '1' }))")
    assert page.evaluate("window.violations")[0].startswith("script-src-elem inline")
