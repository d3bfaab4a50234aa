"""The page needs this machine and nothing else, and asks for nothing that its content security policy forbids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests.browser.conftest import FLAGS
from tests.browser.served import Finished
from tests.browser.steps import configure, drag, settled, tabs

pytestmark = [pytest.mark.browser, pytest.mark.k6]

# No name resolves and every other address is sent to a proxy that is not there: the machine is off the network.
OFF_THE_NETWORK = (
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--proxy-server=127.0.0.1:9",
    "--proxy-bypass-list=127.0.0.1",
)
NOTE_VIOLATIONS = """
    window.violations = [];
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile }) => {
        window.violations.push(`${violatedDirective} ${blockedURI} ${sourceFile}`);
    });
"""


@dataclass
class Alone:
    """A page of a browser without a network, all that it asked for and all that it complained about."""

    page: Page
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        context.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        context.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("requestfailed", self._failed)

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a page that is left breaks off its requests
            self.complaints.append(f"{request.failure}: {request.url}")


@pytest.fixture
def alone(finished: Finished, chromium_bin: Path, browser: Browser) -> Iterator[Alone]:
    flags = [*FLAGS, *OFF_THE_NETWORK]
    chromium = browser.browser_type.launch(executable_path=chromium_bin, args=flags)
    context = chromium.new_context(viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(15_000)
    context.add_init_script(NOTE_VIOLATIONS)
    alone = Alone(context.new_page())
    alone.follow(context)
    yield alone
    chromium.close()


def test_every_view_works_off_the_network_and_asks_no_other_host(alone: Alone, finished: Finished) -> None:
    page, server = alone.page, finished.server
    page.goto(server.url)
    violations = []
    for view in [*tabs(page), f"#/history/{finished.run_id}"]:
        page.goto(f"{server.url}/{view}")
        page.reload()
        settled(page)
        violations += page.evaluate("window.violations")
    assert alone.hosts == {urlsplit(server.url).netloc}
    assert violations == []
    assert alone.complaints == []


def test_what_a_visitor_does_breaks_no_rule_of_the_policy(alone: Alone, finished: Finished) -> None:
    """Everything that draws, opens or moves: themes, dialogs, a drag, a sort, a message at a field."""
    page, server = alone.page, finished.server
    page.goto(f"{server.url}/#/overview?run={finished.run_id}")
    settled(page)
    for _ in range(6):
        page.keyboard.press("t")
    page.locator(".u-over").first.hover()
    drag(page, page.locator(".u-over").first, 0.1, 0.9)
    page.wait_for_url(re.compile("from="))
    page.goto(f"{server.url}/#/endpoints?run={finished.run_id}")
    page.get_by_role("button", name="Requests").click()
    page.keyboard.press("?")
    page.keyboard.press("Escape")
    page.goto(f"{server.url}/#/execute")
    configure(page, finished.target, profile="Ramp", vus="0")
    expect(page.locator("input[name=vus]")).to_have_attribute("aria-invalid", "true")
    assert page.evaluate("window.violations") == []
    assert [words for words in alone.complaints if "status of 422" not in words] == []


def test_the_policy_allows_no_code_and_no_style_but_the_servers_files(finished: Finished) -> None:
    policy = finished.server.call("GET", "/").headers["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert "unsafe" not in policy


def test_a_forbidden_script_is_noticed(alone: Alone, finished: Finished) -> None:
    """The listener of these tests hears what it listens for."""
    page = alone.page
    page.goto(finished.server.url)
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), { text: '1' }))")
    assert page.evaluate("window.violations")[0].startswith("script-src-elem inline")
