"""A real Chromium on the built page, a real server, k6 and the demo shop; and what no page may ever do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.browser.served import finished
from tests.conftest import ROOT, missing
from tests.e2e.conftest import _shop_process, make_server, no_process_left, shop
from tests.e2e.harness import Server, Shop

__all__ = ["_shop_process", "finished", "make_server", "no_process_left", "shop"]

STATIC = ROOT / "dashboard" / "static"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Chromium tells by itself of each request that met no server, or that the API refused for a reason the page shows.
EXPECTED = (
    "the server responded with a status of 4",
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
)


@pytest.fixture(scope="session")
def built() -> Path:
    """The built page."""
    if not (STATIC / "index.html").is_file():
        missing("built page", "bin/dashboard builds it")
    return STATIC


@pytest.fixture(scope="session")
def browser(chromium_bin: Path, built: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_bin, args=list(FLAGS))
        yield chromium
        chromium.close()


class Watched:
    """Pages of one browser profile, and everything about them that would be wrong on any page."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.requests: list[str] = []
        self.wrong: list[str] = []
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.wrong.append(str(error.error)))

    def open(self, hash_: str = "") -> Page:
        page = self.context.new_page()
        page.goto(f"{self.url}/{hash_}")
        return page

    def _request(self, request: Request) -> None:
        self.requests.append(request.url)
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc:
            self.wrong.append(f"asked another host: {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(word in message.text for word in EXPECTED):
            self.wrong.append(message.text)


@pytest.fixture
def watch(browser: Browser, server: Server) -> Iterator[Callable[..., Watched]]:
    """Opens browser profiles; at the end none of them may have met an error or left the machine."""
    made: list[Watched] = []

    def make(width: int = 1440, height: int = 1000) -> Watched:
        context = browser.new_context(viewport={"width": width, "height": height})
        context.set_default_timeout(15_000)
        made.append(Watched(context, server.url))
        return made[-1]

    yield make
    for watched in made:
        watched.context.close()
    assert [words for watched in made for words in watched.wrong] == []


@pytest.fixture
def page(watch: Callable[..., Watched]) -> Page:
    """A page of a visitor who comes for the first time."""
    return watch().open()


@pytest.fixture
def server(make_server: Callable[..., Server]) -> Server:
    """A server that runs, with three operations of the shop and two limits."""
    made = make_server()
    made.endpoints(
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
    made.start()
    return made


@pytest.fixture
def target(shop: Shop) -> str:
    return shop.url
