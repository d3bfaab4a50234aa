"""Exports in Chromium, from disk and from the server, show the figures of the API and never execute hostile texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from playwright.sync_api import Browser, Page, expect

from dashboard.app import create_app
from dashboard.model.snapshot import OpKey
from dashboard.reports.junit import junit_of
from dashboard.reports.markdown import markdown_of
from dashboard.reports.source import report_source
from dashboard.reports.xml_text import valid_xml
from dashboard.services import Services
from tests.api.conftest import make_services, serve_app
from tests.browser.finished_run import FinishedRun
from tests.browser.steps import card_value
from tests.factories import a_tally, an_ended_run, an_event, an_interval
from tests.hostile import hostile_texts
from tests.reports.synthetic_runs import store_run

__all__ = ["make_services"]
pytestmark = pytest.mark.browser
TEXTS = hostile_texts()
MAX_ROWS = 190  # the table renders up to 200 rows at once


@dataclass
class OpenedPage:
    """A page with its requests and its errors."""

    page: Page
    requests: list[str]
    errors: list[str]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., OpenedPage]]:
    contexts = []

    def open_address(address: str, width: int = 1440, **options: Any) -> OpenedPage:
        context = browser.new_context(viewport={"width": width, "height": 1000}, **options)
        contexts.append(context)
        opened = OpenedPage(context.new_page(), [], [])
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.on("pageerror", lambda error: opened.errors.append(str(error)))
        opened.page.on(
            "console", lambda m: opened.errors.append(m.text) if m.type in ("error", "warning") else None
        )
        opened.page.on("dialog", lambda dialog: opened.errors.append(dialog.message))
        opened.page.goto(address)
        return opened

    yield open_address
    for context in contexts:
        context.close()


def save_report(services: Services, run_id: str, folder: Path) -> Path:
    """Save the report of a run, and return its path."""
    path = folder / f"{run_id}.html"
    path.write_bytes(create_app(services).test_client().get(f"/runs/{run_id}/report").data)
    return path


def test_report_from_disk_shows_the_figures_of_the_api(
    finished_run: FinishedRun, open_page: Callable[..., OpenedPage], tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    answer = finished_run.server.call("GET", f"/runs/{finished_run.run_id}/report")
    path.write_bytes(answer.content)
    opened = open_page(path.as_uri())
    page = opened.page
    figures = finished_run.server.get(f"/runs/{finished_run.run_id}")["breakdown"]["figures"]
    ops = finished_run.server.get(f"/runs/{finished_run.run_id}/ops")

    assert card_value(page, "Requests") == f"{figures['total_reqs']:,}".replace(",", "")
    assert float(card_value(page, "p95")) == pytest.approx(figures["p95_ms"], rel=0.06)
    assert page.get_by_role("heading", level=2).first.inner_text() == "Failed"
    for op in ops:
        row = page.locator("tr", has=page.locator(f"[data-op={op['op']}]"))
        expect(row.locator("td").nth(2)).to_have_text(f"{op['total_reqs']:,}")
    assert [url for url in opened.requests if not url.startswith("file:")] == []
    assert opened.errors == []


def test_range_of_a_report_has_the_figures_of_the_range(
    make_services: Callable[..., Services], open_page: Callable[..., OpenedPage], tmp_path: Path
) -> None:
    services = make_services()
    run = store_run(services.store, seconds=1_000, operations=3, requests=5)
    path = save_report(services, run.run_id, tmp_path)
    opened = open_page(f"{path.as_uri()}#/history/{run.run_id}?from=200&to=460")
    page = opened.page
    answer = services.reader.window(run.run_id, 200, 460)
    figures = answer["breakdown"]["figures"]

    expect(page.get_by_text("Range 3:20 – 7:40", exact=True)).to_be_visible()
    assert int(card_value(page, "Requests")) == figures["total_reqs"]
    for name, figure in (("p95", "p95_ms"), ("p99", "p99_ms"), ("Average", "avg_ms")):
        assert float(card_value(page, name)) == pytest.approx(figures[figure], abs=0.5)
    rows = page.locator("section", has=page.get_by_text("Latency histogram")).locator("tbody tr")
    counts = [int(text.replace(",", "")) for text in rows.locator("td:nth-child(3)").all_inner_texts()]
    assert counts == [bucket["count"] for bucket in answer["breakdown"]["latency_buckets"]]
    page.get_by_role("button", name="Show whole run").first.click()
    assert int(card_value(page, "Requests")) == 1_000 / 2 * 3 * 5
    assert opened.errors == []


def test_dragging_in_a_report_selects_a_range(
    make_services: Callable[..., Services], open_page: Callable[..., OpenedPage], tmp_path: Path
) -> None:
    services = make_services()
    run = store_run(services.store, seconds=120, operations=2)
    page = open_page(save_report(services, run.run_id, tmp_path).as_uri(), 390).page
    box = page.locator(".plot").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 100, steps=6)
    page.mouse.up()

    page.wait_for_url(re.compile(r"from=\d+&to=\d+"))
    expect(page.get_by_role("heading", name="Selected range")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_report_page_is_small(built_page: Path) -> None:
    assert (built_page / "report.html").stat().st_size <= 250_000


def hostile_run(services: Services, texts: list[str]) -> str:
    """Store a run whose texts are all from `texts`, and return its id."""
    run = an_ended_run(
        label=texts[0],
        base_url=texts[1],
        env_profile=texts[2],
        exit_reason=texts[3],
        notes=texts[9],
        tags=(texts[10],),
        meta={texts[4]: texts[5]},
    )
    services.store.runs.insert(replace(run, verdict_reason=texts[6]))
    tally = a_tally(failed=(1.0,), errors=dict.fromkeys(texts[:100], 1))
    step = an_interval(1, {OpKey(text, texts[7], ""): tally for text in texts})
    services.store.append(run.run_id, [step])
    services.store.events.add(run.run_id, an_event(texts[8], level="error"))
    return run.run_id


@pytest.mark.parametrize("part", range(0, len(TEXTS), MAX_ROWS))
def test_report_shows_hostile_texts_without_executing_them(
    make_services: Callable[..., Services], open_page: Callable[..., OpenedPage], tmp_path: Path, part: int
) -> None:
    services, texts = make_services(), TEXTS[part : part + MAX_ROWS]
    run_id = hostile_run(services, texts)
    path = save_report(services, run_id, tmp_path)
    with serve_app(create_app(services)) as url:
        for address in (path.as_uri(), f"{url}/runs/{run_id}/report"):
            opened = open_page(address)
            opened.page.locator("[data-op]").first.wait_for()
            shown = opened.page.locator("[data-op]").evaluate_all(
                "elements => elements.map((element) => element.textContent)"
            )
            assert sorted(shown) == sorted(texts)
            everything = opened.page.evaluate("document.body.textContent")
            assert [text for text in texts[:11] if text not in everything] == []
            assert opened.page.evaluate("window.pwned") is None
            assert opened.errors == []
            assert len(opened.requests) == 1


def test_badge_junit_and_markdown_show_hostile_texts_without_executing_them(
    make_services: Callable[..., Services], open_page: Callable[..., OpenedPage], tmp_path: Path
) -> None:
    services = make_services()
    run_id = hostile_run(services, TEXTS)
    source = report_source(services.reader, run_id)
    (tmp_path / "junit.xml").write_text(junit_of(source), encoding="utf-8")
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown_of(source))
    (tmp_path / "summary.html").write_text(f"<meta charset=utf-8>{html}", encoding="utf-8")

    junit = open_page((tmp_path / "junit.xml").as_uri())
    assert junit.page.evaluate("window.pwned") is None
    summary = open_page((tmp_path / "summary.html").as_uri())
    assert summary.page.evaluate(
        "[window.pwned, document.querySelectorAll('script, img, svg, iframe, a').length]"
    ) == [None, 0]
    assert TEXTS[9] in summary.page.evaluate("document.body.textContent")
    with serve_app(create_app(services)) as url:
        badge = open_page(f"{url}/health")
        for text in TEXTS[::20]:
            badge.page.goto(f"{url}/runs/{run_id}/badge?" + encode_label(text[:64]))
            shown = badge.page.evaluate(
                "[...document.querySelectorAll('text')].map((element) => element.textContent)[0]"
            )
            assert shown == valid_xml(text[:64])
            assert badge.page.evaluate("window.pwned") is None
    assert junit.errors == summary.errors == []
    assert [text for text in badge.errors if "404" not in text] == []  # browsers request a missing icon


def encode_label(label: str) -> str:
    from urllib.parse import urlencode

    return urlencode({"label": label})


def test_report_prints_with_its_charts(
    make_services: Callable[..., Services], open_page: Callable[..., OpenedPage], tmp_path: Path
) -> None:
    services = make_services()
    run = store_run(services.store, seconds=60, operations=2)
    page = open_page(save_report(services, run.run_id, tmp_path).as_uri(), 740).page
    page.emulate_media(media="print")
    plots = page.locator(".plot").evaluate_all(
        "elements => elements.map((element) => element.getBoundingClientRect().height)"
    )

    assert len(plots) == 4
    assert min(plots) > 200
    assert page.pdf().startswith(b"%PDF")


def test_run_is_exported_and_imported(
    make_services: Callable[..., Services], open_page: Callable[..., OpenedPage], tmp_path: Path
) -> None:
    services = make_services()
    run = store_run(services.store, seconds=20, operations=2)
    with serve_app(create_app(services)) as url:
        page = open_page(f"{url}/#/history/{run.run_id}").page
        page.get_by_role("button", name="Export").click()
        with page.expect_download() as download:
            page.get_by_role("menuitem", name="Run (for import elsewhere)").click()
        download.value.save_as(tmp_path / "run.gz")
        services.store.runs.delete(run.run_id)
        page.goto(f"{url}/#/history?days=all")
        expect(page.get_by_text("Storage:")).to_be_visible()
        page.get_by_label("Exported run file").set_input_files(tmp_path / "run.gz")
        page.wait_for_url(re.compile(f"#/history/{run.run_id}"))
        expect(page.get_by_role("heading", name="Passed")).to_be_visible()
    imported = services.store.runs.get(run.run_id)
    assert imported is not None
    assert imported.imported_at is not None
