"""axe-core on a page: evaluated from node_modules, so that neither the bundle nor the page's CSP knows of it."""

from __future__ import annotations

from functools import cache
from typing import Any

from playwright.sync_api import Page

from tests.conftest import ROOT, missing

AXE = ROOT / "dashboard" / "ui" / "node_modules" / "axe-core" / "axe.min.js"
RUN = "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)"


@cache
def source() -> str:
    if not AXE.is_file():
        missing("axe-core", "bin/test installs it with the page's packages")
    return AXE.read_text()


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it is now: one line for each place."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(source())
    found: list[dict[str, Any]] = page.evaluate(RUN)
    return [
        f"{rule['id']}: {node['target'][0]} — {node['failureSummary'].splitlines()[-1].strip()}"
        for rule in found
        for node in rule["nodes"]
    ]
