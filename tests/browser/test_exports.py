"""Exports in a real Chromium, from disk and served: the API's numbers, and hostile texts shown and never run."""

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
from tests.api.conftest import make_services, served
from tests.browser.served import Finished
from tests.browser.steps import card
from tests.factories import a_tally, an_ended_run, an_event, an_interval
from tests.hostile import hostile_texts
from tests.reports.synthetic_runs import store_run

__all__ = ["make_services"]
pytestmark = pytest.mark.browser
TEXTS = hostile_texts()
AT_ONCE = 190  # a table of so many rows is drawn whole


@dataclass
class Open:
    """A page that is watched: what it asked for, and what went wrong on it."""

    page: Page
    asked: list[str]
    wrong: list[str]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Open]]:
    contexts = []

    def make(address: str, width: int = 1440, **options: Any) -> Open:
        context = browser.new_context(viewport={"width": width, "height": 1000}, **options)
        contexts.append(context)
        made = Open(context.new_page(), [], [])
        made.page.on("request", lambda request: made.asked.append(request.url))
        made.page.on("pageerror", lambda error: made.wrong.append(str(error)))
        made.page.on(
            "console", lambda m: made.wrong.append(m.text) if m.type in ("error", "warning") else None
        )
        made.page.on("dialog", lambda dialog: made.wrong.append(dialog.message))
        made.page.goto(address)
        return made

    yield make
    for context in contexts:
        context.close()


def saved(services: Services, run_id: str, folder: Path) -> Path:
    """The report as a file."""
    path = folder / f"{run_id}.html"
    path.write_bytes(create_app(services).test_client().get(f"/runs/{run_id}/report").data)
    return path


def test_a_report_from_disk_shows_the_numbers_of_the_api(
    finished: Finished, open_page: Callable[..., Open], tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    answer = finished.server.call("GET", f"/runs/{finished.run_id}/report")
    path.write_bytes(answer.content)
    opened = open_page(path.as_uri())
    page = opened.page
    figures = finished.server.get(f"/runs/{finished.run_id}")["breakdown"]["figures"]
    ops = finished.server.get(f"/runs/{finished.run_id}/ops")

    assert card(page, "Requests") == f"{figures['total_reqs']:,}".replace(",", "")
    assert float(card(page, "p95")) == pytest.approx(figures["p95_ms"], rel=0.06)
    assert page.get_by_role("heading", level=2).first.inner_text() == "Failed"
    for op in ops:
        row = page.locator("tr", has=page.locator(f"[data-op={op['op']}]"))
        expect(row.locator("td").nth(2)).to_have_text(f"{op['total_reqs']:,}")
    assert [url for url in opened.asked if not url.startswith("file:")] == []
    assert opened.wrong == []


def test_a_range_of_a_report_has_the_figures_of_that_range(
    make_services: Callable[..., Services], open_page: Callable[..., Open], tmp_path: Path
) -> None:
    services = make_services()
    run = store_run(services.store, seconds=1_000, operations=3, requests=5)
    path = saved(services, run.run_id, tmp_path)
    opened = open_page(f"{path.as_uri()}#/history/{run.run_id}?from=200&to=460")
    page = opened.page
    told = services.reader.window(run.run_id, 200, 460)
    figures = told["breakdown"]["figures"]

    expect(page.get_by_text("Range 3:20 – 7:40", exact=True)).to_be_visible()
    assert int(card(page, "Requests")) == figures["total_reqs"]
    for name, figure in (("p95", "p95_ms"), ("p99", "p99_ms"), ("Average", "avg_ms")):
        assert float(card(page, name)) == pytest.approx(figures[figure], abs=0.5)
    rows = page.locator("section", has=page.get_by_text("Latency histogram")).locator("tbody tr")
    counts = [int(text.replace(",", "")) for text in rows.locator("td:nth-child(3)").all_inner_texts()]
    assert counts == [bucket["count"] for bucket in told["breakdown"]["latency_buckets"]]
    page.get_by_role("button", name="Show whole run").first.click()
    assert int(card(page, "Requests")) == 1_000 / 2 * 3 * 5
    assert opened.wrong == []


def test_dragging_over_a_chart_of_a_report_selects_a_range(
    make_services: Callable[..., Services], open_page: Callable[..., Open], tmp_path: Path
) -> None:
    services = make_services()
    run = store_run(services.store, seconds=120, operations=2)
    page = open_page(saved(services, run.run_id, tmp_path).as_uri(), 390).page
    box = page.locator(".plot").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 100, steps=6)
    page.mouse.up()

    page.wait_for_url(re.compile(r"from=\d+&to=\d+"))
    expect(page.get_by_role("heading", name="Selected range")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_page_of_a_report_leaves_room_for_the_data_of_an_hour(built: Path) -> None:
    assert (built / "report.html").stat().st_size <= 240_000


def hostile_run(services: Services, texts: list[str]) -> str:
    """A run whose every text is one of `texts`."""
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


@pytest.mark.parametrize("part", range(0, len(TEXTS), AT_ONCE))
def test_hostile_texts_are_shown_in_a_report_and_never_run(
    make_services: Callable[..., Services], open_page: Callable[..., Open], tmp_path: Path, part: int
) -> None:
    services, texts = make_services(), TEXTS[part : part + AT_ONCE]
    run_id = hostile_run(services, texts)
    path = saved(services, run_id, tmp_path)
    with served(create_app(services)) as url:
        for address in (path.as_uri(), f"{url}/runs/{run_id}/report"):
            opened = open_page(address)
            opened.page.locator("[data-op]").first.wait_for()
            shown = opened.page.locator("[data-op]").evaluate_all("all => all.map((one) => one.textContent)")
            assert sorted(shown) == sorted(texts)
            everything = opened.page.evaluate("document.body.textContent")
            assert [text for text in texts[:11] if text not in everything] == []
            assert opened.page.evaluate("window.pwned") is None
            assert opened.wrong == []
            assert len(opened.asked) == 1


def test_hostile_texts_are_shown_by_badge_junit_and_markdown_and_never_run(
    make_services: Callable[..., Services], open_page: Callable[..., Open], tmp_path: Path
) -> None:
    services = make_services()
    run_id = hostile_run(services, TEXTS)
    source = report_source(services.reader, run_id)
    (tmp_path / "junit.xml").write_text(junit_of(source), encoding="utf-8")
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown_of(source))
    (tmp_path / "summary.html").write_text(f"<meta charset=utf-8>{html}", encoding="utf-8")

    junit = open_page((tmp_path / "junit.xml").as_uri())
    names = "[...document.querySelectorAll('testcase')].map((one) => one.getAttribute('name').split(' / ').at(-1))"
    assert junit.page.evaluate("window.pwned") is None
    assert {valid_xml(text).split(" / ")[-1] for text in TEXTS} <= set(junit.page.evaluate(names))
    summary = open_page((tmp_path / "summary.html").as_uri())
    assert summary.page.evaluate(
        "[window.pwned, document.querySelectorAll('script, img, svg, iframe, a').length]"
    ) == [None, 0]
    assert TEXTS[9] in summary.page.evaluate("document.body.textContent")
    with served(create_app(services)) as url:
        badge = open_page(f"{url}/health")
        for text in TEXTS[::20]:
            badge.page.goto(f"{url}/runs/{run_id}/badge?" + encoded(text[:64]))
            shown = badge.page.evaluate(
                "[...document.querySelectorAll('text')].map((one) => one.textContent)[0]"
            )
            assert shown == valid_xml(text[:64])
            assert badge.page.evaluate("window.pwned") is None
    assert junit.wrong == summary.wrong == []
    assert [words for words in badge.wrong if "404" not in words] == []  # of the icon that browsers ask for


def encoded(label: str) -> str:
    from urllib.parse import urlencode

    return urlencode({"label": label})


def test_a_report_prints_with_its_charts(
    make_services: Callable[..., Services], open_page: Callable[..., Open], tmp_path: Path
) -> None:
    services = make_services()
    run = store_run(services.store, seconds=60, operations=2)
    page = open_page(saved(services, run.run_id, tmp_path).as_uri(), 740).page
    page.emulate_media(media="print")
    plots = page.locator(".plot").evaluate_all("all => all.map((one) => one.getBoundingClientRect().height)")

    assert len(plots) == 4
    assert min(plots) > 200
    assert page.pdf().startswith(b"%PDF")


def test_a_run_is_exported_and_imported_on_the_page(
    make_services: Callable[..., Services], open_page: Callable[..., Open], tmp_path: Path
) -> None:
    services = make_services()
    run = store_run(services.store, seconds=20, operations=2)
    with served(create_app(services)) as url:
        page = open_page(f"{url}/#/history/{run.run_id}").page
        page.get_by_role("button", name="Export").click()
        with page.expect_download() as download:
            page.get_by_role("menuitem", name="Run for another dashboard").click()
        download.value.save_as(tmp_path / "run.gz")
        services.store.runs.delete(run.run_id)
        page.goto(f"{url}/#/history?days=all")
        expect(page.get_by_text("are free")).to_be_visible()
        page.get_by_label("File of an exported run").set_input_files(tmp_path / "run.gz")
        page.wait_for_url(re.compile(f"#/history/{run.run_id}"))
        expect(page.get_by_role("heading", name="Passed")).to_be_visible()
    imported = services.store.runs.get(run.run_id)
    assert imported is not None
    assert imported.imported_at is not None
