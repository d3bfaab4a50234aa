"""Failing requests and dry runs on the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.steps import configure
from tests.e2e.harness import Server

pytestmark = [pytest.mark.browser, pytest.mark.k6]


def test_failing_requests_and_dry_run_are_shown(server: Server, page: Page, target: str) -> None:
    server.endpoints(
        {"name": "ListProducts", "path": "/api/products", "checks": {"status": 200}},
        {"name": "NotFound", "path": "/api/nothing-here", "checks": {"status": 200}},
        {"name": "Never", "path": "/", "weight": 0},
    )
    run_id = server.run(target, duration="2s")
    server.wait_until_ended(run_id)
    page.goto(f"{server.url}/#/history/{run_id}")
    failures = page.get_by_role("region", name="Failures")
    failures.get_by_text("NotFound").first.click()
    expect(failures.get_by_text("/api/nothing-here").first).to_be_visible()
    [group] = server.get(f"/runs/{run_id}/failures")
    expect(failures.get_by_text(f"{group['count']:,}", exact=True)).to_be_visible()
    assert violations(page) == []

    page.goto(f"{server.url}/#/execute")
    configure(page, target)
    page.get_by_role("button", name="Dry run").click()
    expect(page.get_by_text("1 of 2 requests failed")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("heading", name="NotFound")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Not sent").click()
    page.get_by_role("link", name="Never").click()
    expect(page.get_by_text("Not sent: weight 0: it is never chosen.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Never")).to_be_visible()
    assert server.get("/runs")[0]["run_id"] == run_id


def test_dry_run_uses_the_network_fields(server: Server, page: Page, target: str) -> None:
    """The host override resolves a name that does not exist outside of this test."""
    server.endpoints({"name": "ListProducts", "path": "/api/products", "checks": {"status": 200}})
    page.goto(f"{server.url}/#/execute")
    configure(page, target.replace("127.0.0.1", "shop.test"))
    page.get_by_text("Network", exact=True).click()
    page.get_by_label("Host overrides").fill("shop.test 127.0.0.1")
    page.get_by_role("button", name="Dry run").click()
    expect(page.get_by_text("1 request in")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("button", name="Failed 0")).to_be_visible()
    [entry] = server.get("/run/dry/latest")["entries"]
    assert entry["exchange"]["response"]["status"] == 200
