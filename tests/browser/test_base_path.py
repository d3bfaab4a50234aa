"""A real nginx publishes the dashboard below a path, with the configuration of docs/access.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, expect

from dashboard.runner import ports
from tests.browser.steps import configure
from tests.e2e.harness import Server
from tests.support.nginx import examples, running_nginx, with_changes

pytestmark = [pytest.mark.browser, pytest.mark.k6]

TOKEN = "Vq3x-8Kd2_mZ7pLw"


@pytest.fixture
def published(nginx_bin: Path, make_server: Callable[..., Server], tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a dashboard behind nginx, which requires its token."""
    settings = {"BASE_PATH": "/perf", "TRUSTED_PROXY": "127.0.0.1", "DASHBOARD_TOKEN": TOKEN}
    server = make_server(**settings)
    server.endpoints({"name": "ListProducts", "path": "/api/products", "checks": {"status": 200}})
    server.start()
    address = f"127.0.0.1:{ports.free_port()}"
    changes = (("127.0.0.1:8080", address), ("http://127.0.0.1:5656", server.url))
    example = with_changes(examples("access.md")[1], changes)
    url = f"http://{address}/perf/"
    with running_nginx(
        nginx_bin, tmp_path, example, lambda: requests.get(url + "health", timeout=1).status_code
    ):
        yield url


def test_page_stream_report_and_badge_work_below_a_path(
    published: str, browser: Browser, target: str
) -> None:
    context = browser.new_context()
    outside: list[str] = []
    context.on("request", lambda request: None if "/perf/" in request.url else outside.append(request.url))
    page = context.new_page()
    page.goto(published)
    page.get_by_label("Access token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    configure(page, target, vus="1", duration="3s")
    page.get_by_role("button", name=re.compile("^Start")).click()
    # Only the stream tells the page that the run has ended.
    expect(page.get_by_text("ended: finished")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="Open the run").click()
    expect(page.get_by_role("heading", name="Run ", exact=False).first).to_be_attached()
    run_id = page.url.rsplit("/", 1)[1].partition("?")[0]

    report = context.request.get(f"{published}runs/{run_id}/report")
    link = context.request.get(f"{published}runs/{run_id}/badge-link").json()["url"]
    badge = requests.get(link, timeout=10)

    assert report.ok
    assert "<html" in report.text()
    assert link.startswith(published)
    assert (badge.status_code, badge.headers["Content-Type"]) == (200, "image/svg+xml; charset=utf-8")
    page.goto(published + "docs")
    # The server builds the document at the first request for it.
    expect(page.locator("#about")).to_contain_text("Version", timeout=30_000)
    assert outside == []
    context.close()
