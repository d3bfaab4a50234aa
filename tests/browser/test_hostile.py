"""Every hostile text, in every field that users and targets control, on History and on run pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from dashboard.app import create_app
from dashboard.model.events import EventKind
from dashboard.services import Services
from tests.api.conftest import make_services, serve_app
from tests.browser.test_exports import OpenedPage, open_page
from tests.factories import A_MOMENT, an_ended_run, an_event, an_interval
from tests.hostile import hostile_texts

__all__ = ["make_services", "open_page"]
pytestmark = pytest.mark.browser

TEXTS = hostile_texts()
BATCH_SIZE = 100  # maximum marks of a run, and page size of the run list
PAGE_COUNT = -(-len(TEXTS) // BATCH_SIZE)
TARGET, ENVIRONMENT, LABEL = 4, 5, 6  # cell indexes of a row
FORBIDDEN = "a[href^=javascript], a[href^=data], script, img, iframe, style, object, svg"


def run_id(number: int) -> str:
    """Return the id of a run. Number 0 is the newest run."""
    return f"20261121-{101500 - number:06}-abcdefgh"


def store_runs(services: Services) -> None:
    """Store one run for each text. The first runs have 100 notes, tags and marks each."""
    for number, text in enumerate(TEXTS):
        fields: dict[str, Any] = {
            "label": text,
            "base_url": f"http://{text}",
            "env_profile": text,
            "tags": (text,),
        }
        texts = TEXTS[number * BATCH_SIZE :][:BATCH_SIZE]
        if texts:
            fields |= {"tags": tuple(texts), "notes": "\n\n".join([code_blocks_of(texts), *texts])}
        services.store.runs.insert(an_ended_run(run_id(number), created_at=created_at(number), **fields))
        for second, mark in enumerate(texts):
            event = an_event(mark, kind=EventKind.MARK, elapsed_s=second / 20)
            services.store.events.add(run_id(number), event)
        if texts:
            services.store.append(run_id(number), [an_interval(seq) for seq in (1, 2, 3)])


def created_at(number: int) -> datetime:
    return A_MOMENT - timedelta(minutes=number)


def code_blocks_of(texts: list[str]) -> str:
    """Return the texts as code blocks, which show every character. Leave out texts that contain a code fence."""
    return "\n\n".join(f"```\n{text}\n```" for text in texts if "```" not in text)


@pytest.fixture
def opened(
    make_services: Callable[..., Services], open_page: Callable[..., OpenedPage]
) -> Iterator[OpenedPage]:
    services = make_services()
    store_runs(services)
    with serve_app(create_app(services)) as url:
        yield open_page(f"{url}/#/history?days=all")


def test_history_shows_hostile_target_environment_label_and_tag(opened: OpenedPage) -> None:
    page = opened.page
    rows = page.locator("tbody tr")
    for shown in range(BATCH_SIZE, len(TEXTS), BATCH_SIZE):
        expect(rows).to_have_count(shown)
        page.get_by_role("button", name="Load more runs").click()
    expect(rows).to_have_count(len(TEXTS))
    cells = rows.evaluate_all("rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent))")
    for text, row in zip(TEXTS, cells, strict=True):
        assert (row[TARGET], row[ENVIRONMENT]) == (text.removesuffix("/"), text)
        assert row[LABEL].lstrip().startswith(text.lstrip())
    tags = rows.locator(".tag").all_text_contents()
    assert sorted(tags) == sorted([*TEXTS, *TEXTS[PAGE_COUNT:]])
    for name in ("Environment", "Tag"):
        offered = page.locator(f"label:has(span:text-is('{name}')) option").all_text_contents()
        assert {text if name == "Environment" else text.replace("\n", " ") for text in TEXTS} <= set(offered)
    assert rows.locator(".cut :not(.tag)").count() == 0
    assert_nothing_was_executed(opened)


def test_run_pages_show_hostile_notes_tags_and_marks(opened: OpenedPage) -> None:
    page = opened.page
    for number in range(PAGE_COUNT):
        page.goto(page.url.split("#")[0] + f"#/history/{run_id(number)}")
        texts = TEXTS[number * BATCH_SIZE :][:BATCH_SIZE]
        panel = page.get_by_role("region", name="Notes")
        expect(panel.get_by_role("list", name="Tags").get_by_role("listitem")).to_have_text(texts)
        assert panel.get_by_role("list", name="Tags").get_by_role("link").all_text_contents() == texts
        code = panel.locator("pre").all_text_contents()
        assert {text for text in texts if "```" not in text} <= {text.removesuffix("\n") for text in code}
        assert panel.locator(FORBIDDEN).count() == 0
        page.get_by_role("button", name="Add mark", exact=True).click()
        text_content = page.get_by_role("dialog").evaluate("dialog => dialog.textContent")
        assert [text for text in texts if text not in text_content] == []
        assert page.get_by_role("dialog").locator(FORBIDDEN.replace(", svg", "")).count() == 0
        page.keyboard.press("Escape")
    assert_nothing_was_executed(opened)


def assert_nothing_was_executed(opened: OpenedPage) -> None:
    assert opened.page.evaluate("window.pwned") is None
    assert [url for url in opened.requests if not url.startswith(opened.page.url.split("#")[0])] == []
    assert opened.errors == []
