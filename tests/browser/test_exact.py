"""The figures on the page equal those of the API and the counts of the target, for whole runs and ranges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import drag, start_run, wait_until_ended, wait_until_settled
from tests.e2e.harness import Server, Shop, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.k6]

CARDS = {
    "Requests": "total_reqs",
    "RPS, mean": "rps",
    "Errors": "error_rate",
    "Average": "avg_ms",
    "p95": "p95_ms",
    "p99": "p99_ms",
    "Apdex": "apdex_score",
    "Checks": "checks_rate",
    "TTFB, mean": "ttfb_ms",
}
CLASSES = ("2xx", "3xx", "4xx", "5xx")


def parse_number(text: str) -> tuple[float, float]:
    """Return the number in a text, and half a unit of its last digit."""
    match = re.search(r"([\d,]+)(?:\.(\d+))?", text)
    assert match, text
    digits = match[2] or ""
    return float(match[1].replace(",", "") + "." + (digits or "0")), 0.5 * 10.0 ** -len(digits)


def shows(text: str, value: float) -> bool:
    shown, half_unit = parse_number(text)
    scale = 100 if "%" in text else 1
    return abs(shown - value * scale) <= half_unit * 1.0001


def card_texts(page: Page) -> dict[str, str]:
    """Return the text of each card by its name."""
    cards: list[list[str]] = page.locator("dl.cards > div").evaluate_all(
        "cards => cards.map((card) => [card.querySelector('dt').textContent, card.querySelector('dd').textContent])"
    )
    return {name.strip(): text.strip() for name, text in cards}


def expect_figures(page: Page, breakdown: Mapping[str, Any]) -> None:
    """Assert that the cards, the status classes and the histogram show the values of the API."""
    shown, figures = card_texts(page), breakdown["figures"]
    for name, key in CARDS.items():
        assert shows(shown[name], figures[key]), (
            f"{name}: {shown[name]} on the page, {figures[key]} in the API"
        )
    counts = page.get_by_role("region", name="Responses").locator("dl b").all_inner_texts()
    assert [int(parse_number(text)[0]) for text in counts][:4] == [
        figures[f"status_{name}"] for name in CLASSES
    ]
    buckets = page.get_by_role("region", name="Latency histogram").locator("tbody td:nth-child(3)")
    assert [int(parse_number(text)[0]) for text in buckets.all_inner_texts()] == [
        bucket["count"] for bucket in breakdown["latency_buckets"]
    ]


def operation_rows(page: Page) -> dict[str, list[str]]:
    """Return the cell texts of the operations table by operation."""
    rows: list[list[str]] = page.locator("tbody tr").evaluate_all(
        "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim()))"
    )
    return {cells[0].split()[0]: cells for cells in rows}


def expect_operations(page: Page, ops: list[dict[str, Any]]) -> None:
    headers = [text.strip() for text in page.locator("thead th").all_inner_texts()]
    shown = operation_rows(page)
    assert set(shown) == {op["op"] for op in ops}
    for op in ops:
        cells = dict(zip(headers, shown[op["op"]], strict=True))
        for header, key in {
            "Requests": "total_reqs",
            "Errors": "errors",
            "p95": "p95_ms",
            "avg": "avg_ms",
        }.items():
            assert shows(cells[header], op[key]), (
                f"{op['op']}: {header} {cells[header]}, {op[key]} in the API"
            )


def test_page_api_and_target_agree_on_the_whole_run(page: Page, server: Server, shop: Shop) -> None:
    run_id = start_run(page, shop.url, vus="3", duration="5s")
    wait_until_ended(page)
    server.wait_until_ended(run_id)
    counted = shop.counters()
    wait_until_settled(page)
    breakdown = server.get(f"/runs/{run_id}")["breakdown"]
    expect_figures(page, breakdown)
    assert parse_number(card_texts(page)["Requests"])[0] == counted["received"] == counted["answered"]
    by_class = {
        name: sum(n for status, n in counted["statuses"].items() if status[0] == name[0]) for name in CLASSES
    }
    assert {name: breakdown["figures"][f"status_{name}"] for name in CLASSES} == by_class

    page.goto(f"{server.url}/#/endpoints?run={run_id}")
    wait_until_settled(page)
    expect_operations(page, server.get(f"/runs/{run_id}/ops"))
    for name, cells in operation_rows(page).items():
        assert parse_number(cells[2])[0] == counted["operations"][name]["answered"]


def test_page_api_and_target_agree_on_two_adjacent_ranges(page: Page, server: Server, shop: Shop) -> None:
    run_id = start_run(page, shop.url, vus="2", duration="8s")
    wait_until_ended(page)
    server.wait_until_ended(run_id)
    plot = page.locator(".u-over").first
    totals, edges = [], []
    for part in ((0.002, 0.5), (0.5, 1.02)):  # the last window ends at the right edge
        drag(page, plot, *part)
        page.wait_for_url(re.compile(r"from=[\d.]+&to="))
        match = re.search(r"from=([\d.]+)&to=([\d.]+)", page.url)
        assert match
        window = server.get(f"/runs/{run_id}/window?from={match[1]}&to={match[2]}")
        requests = f"{window['breakdown']['figures']['total_reqs']:,}"
        expect(page.locator("dl.cards > div", has_text="Requests").first).to_contain_text(requests)
        expect_figures(page, window["breakdown"])
        totals.append(int(parse_number(requests)[0]))
        edges.append((float(match[1]), float(match[2])))

        page.goto(f"{server.url}/#/endpoints?run={run_id}&from={match[1]}&to={match[2]}")
        expect(page.locator("tfoot")).to_contain_text(requests)
        expect_operations(page, window["ops"])
        page.goto(f"{server.url}/#/overview?run={run_id}")
        wait_for(lambda: "from=" not in page.url, "the address has no range")
        wait_until_settled(page)
    assert edges[0][1] == edges[1][0], "the second range starts where the first one ends"
    assert sum(totals) == shop.counters()["received"]
