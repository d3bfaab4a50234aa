"""Chromium with the built page, a server, k6 and the demo shop. A page error or a call of another host fails a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.browser.finished_run import finished_run
from tests.conftest import ROOT, skip_or_fail
from tests.e2e.conftest import _shop_process, make_server, no_process_left, shop
from tests.e2e.harness import Server, Shop

__all__ = ["_shop_process", "finished_run", "make_server", "no_process_left", "shop"]

BUILT_PAGE = ROOT / "dashboard" / "static"
CHROMIUM_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Chromium logs refused connections and 4xx responses by itself. The page shows both to the user.
EXPECTED_MESSAGES = (
    "the server responded with a status of 4",
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
)


@pytest.fixture(scope="session")
def built_page() -> Path:
    """Return the folder of the built page."""
    if not (BUILT_PAGE / "index.html").is_file():
        skip_or_fail("built page", "bin/dashboard builds it")
    return BUILT_PAGE


@pytest.fixture(scope="session")
def browser(chromium_bin: Path, built_page: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_bin, args=list(CHROMIUM_FLAGS))
        yield chromium
        chromium.close()


class Profile:
    """Pages of one browser profile, with their requests and errors."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.requests: list[str] = []
        self.errors: list[str] = []
        context.on("request", self._on_request)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))

    def open(self, hash_: str = "") -> Page:
        page = self.context.new_page()
        page.goto(f"{self.url}/{hash_}")
        return page

    def _on_request(self, request: Request) -> None:
        self.requests.append(request.url)
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc:
            self.errors.append(f"request to another host: {request.url}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(
            text in message.text for text in EXPECTED_MESSAGES
        ):
            self.errors.append(message.text)


@pytest.fixture
def new_profile(browser: Browser, server: Server) -> Iterator[Callable[..., Profile]]:
    """Yield a function that creates browser profiles. Fail at the end if one of them had an error or sent a request
    to another host.
    """
    created: list[Profile] = []

    def create(width: int = 1440, height: int = 1000) -> Profile:
        context = browser.new_context(viewport={"width": width, "height": height})
        context.set_default_timeout(15_000)
        created.append(Profile(context, server.url))
        return created[-1]

    yield create
    for profile in created:
        profile.context.close()
    assert [error for profile in created for error in profile.errors] == []


@pytest.fixture
def page(new_profile: Callable[..., Profile]) -> Page:
    """Open the start page in a new browser profile."""
    return new_profile().open()


@pytest.fixture
def server(make_server: Callable[..., Server]) -> Server:
    """Start a server with three operations of the shop and two SLOs."""
    started = make_server()
    started.endpoints(
        {
            "name": "ListProducts",
            "group": "catalog",
            "path": "/api/products",
            "weight": 3,
            "checks": {"status": 200},
        },
        {"name": "Search", "group": "search", "path": "/api/search?q=lamp", "checks": {"status": 200}},
        {"name": "NotFound", "group": "catalog", "path": "/api/nothing-here", "checks": {"status": 404}},
        slos={"p95_ms": 2_000, "error_rate": 0.05},
    )
    started.start()
    return started


@pytest.fixture
def target(shop: Shop) -> str:
    return shop.url
