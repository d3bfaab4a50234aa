"""The log of a run: in order, without repetitions, with k6's summary as one block, and with the verdict at the end."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.steps import start_run
from tests.browser.test_overview import closed_port
from tests.e2e.harness import Server

pytestmark = [pytest.mark.browser, pytest.mark.k6]
__all__ = ["closed_port"]

TIMES = "times => times.map((time) => time.dateTime.slice(0, 19)).filter((time) => time !== '')"


def test_log_of_a_dead_target_is_short_and_ends_with_the_verdict(
    page: Page, server: Server, closed_port: int
) -> None:
    server.endpoints(
        *({"name": name, "path": f"/{name}", "checks": {"status": 200}} for name in ("a", "b")),
        slos={"error_rate": 0.05},
    )
    run_id = start_run(page, f"http://127.0.0.1:{closed_port}", vus="1", duration="3s")
    server.wait_until_ended(run_id)
    page.goto(re.sub("#.*", "", page.url) + f"#/log?run={run_id}")
    rows = page.get_by_role("log").locator("li")
    expect(rows.last).to_contain_text("Verdict: failed: error rate 100")
    expect(page.get_by_role("region", name="State of the run")).to_contain_text(
        "Connection refused by 127.0.0.1"
    )
    expect(page.get_by_label("k6 summary")).to_have_count(1)
    expect(page.get_by_label("k6 summary")).to_contain_text("http_reqs")
    repeated = page.get_by_role("log").get_by_text("Request Failed")
    expect(repeated).to_have_count(2)
    expect(repeated.first).to_contain_text(re.compile(r"× [\d,]+"))
    expect(page.get_by_role("log")).not_to_contain_text("Experimental feature enabled")
    times = page.get_by_role("log").locator("time").evaluate_all(TIMES)
    assert times == sorted(times)
    assert violations(page) == []

    page.get_by_label("Level").select_option("warning")
    expect(repeated).to_have_count(2)
    expect(rows.last).to_contain_text("Verdict: failed")
    expect(page.get_by_label("k6 summary")).to_have_count(0)
