"""Runs axe-core from node_modules on a page, bypassing the bundle and the content security policy."""

from __future__ import annotations

from functools import cache
from typing import Any

from playwright.sync_api import Page

from tests.conftest import ROOT, skip_or_fail

AXE = ROOT / "dashboard" / "ui" / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)"


@cache
def axe_source() -> str:
    if not AXE.is_file():
        skip_or_fail("axe-core", "bin/test installs it with the packages of the page")
    return AXE.read_text()


def violations(page: Page) -> list[str]:
    """Return the accessibility violations of the current page, one line per element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe_source())
    rules: list[dict[str, Any]] = page.evaluate(RUN_AXE)
    return [
        f"{rule['id']}: {node['target'][0]} — {node['failureSummary'].splitlines()[-1].strip()}"
        for rule in rules
        for node in rule["nodes"]
    ]
