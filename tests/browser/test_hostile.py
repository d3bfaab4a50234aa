"""Every hostile text, as everything that people and targets can say, in the history and on the pages of runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from dashboard.app import create_app
from dashboard.model.events import EventKind
from dashboard.services import Services
from tests.api.conftest import make_services, served
from tests.browser.test_exports import Open, open_page
from tests.factories import A_MOMENT, an_ended_run, an_event, an_interval
from tests.hostile import hostile_texts

__all__ = ["make_services", "open_page"]
pytestmark = pytest.mark.browser

TEXTS = hostile_texts()
AT_ONCE = 100  # a run has at most so many marks, and a page of the list so many runs
PAGES = -(-len(TEXTS) // AT_ONCE)
TARGET, ENVIRONMENT, SAID = 4, 5, 6  # cells of a row
FORBIDDEN = "a[href^=javascript], a[href^=data], script, img, iframe, style, object, svg"


def run_id(number: int) -> str:
    """Number 0 is the newest."""
    return f"20261121-{101500 - number:06}-abcdefgh"


def remember(services: Services) -> None:
    """As many runs as texts; the first few have a hundred notes, tags and marks each."""
    for number, text in enumerate(TEXTS):
        said: dict[str, Any] = {
            "label": text,
            "base_url": f"http://{text}",
            "env_profile": text,
            "tags": (text,),
        }
        texts = TEXTS[number * AT_ONCE :][:AT_ONCE]
        if texts:
            said |= {"tags": tuple(texts), "notes": "\n\n".join([fenced(texts), *texts])}
        services.store.runs.insert(an_ended_run(run_id(number), created_at=moment(number), **said))
        for second, mark in enumerate(texts):
            event = an_event(mark, kind=EventKind.MARK, elapsed_s=second / 20)
            services.store.events.add(run_id(number), event)
        if texts:
            services.store.append(run_id(number), [an_interval(seq) for seq in (1, 2, 3)])


def moment(number: int) -> datetime:
    return A_MOMENT - timedelta(minutes=number)


def fenced(texts: list[str]) -> str:
    """As code, which shows every character; a text that would end the code is left out."""
    return "\n\n".join(f"```\n{text}\n```" for text in texts if "```" not in text)


@pytest.fixture
def opened(make_services: Callable[..., Services], open_page: Callable[..., Open]) -> Iterator[Open]:
    services = make_services()
    remember(services)
    with served(create_app(services)) as url:
        yield open_page(f"{url}/#/history?days=all")


def test_the_history_shows_each_as_target_environment_label_and_tag(opened: Open) -> None:
    page = opened.page
    rows = page.locator("tbody tr")
    for shown in range(AT_ONCE, len(TEXTS), AT_ONCE):
        expect(rows).to_have_count(shown)
        page.get_by_role("button", name="More runs").click()
    expect(rows).to_have_count(len(TEXTS))
    cells = rows.evaluate_all("rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent))")
    for text, row in zip(TEXTS, cells, strict=True):
        assert (row[TARGET], row[ENVIRONMENT]) == (text.removesuffix("/"), text)
        assert row[SAID].lstrip().startswith(text.lstrip())
    tags = rows.locator(".tag").all_text_contents()
    assert sorted(tags) == sorted([*TEXTS, *TEXTS[PAGES:]])
    for name in ("Environment", "Tag"):
        offered = page.locator(f"label:has(span:text-is('{name}')) option").all_text_contents()
        assert {text if name == "Environment" else text.replace("\n", " ") for text in TEXTS} <= set(offered)
    assert rows.locator(".cut :not(.tag)").count() == 0
    assert_nothing_ran(opened)


def test_pages_of_runs_show_each_as_note_tag_and_mark(opened: Open) -> None:
    page = opened.page
    for number in range(PAGES):
        page.goto(page.url.split("#")[0] + f"#/history/{run_id(number)}")
        texts = TEXTS[number * AT_ONCE :][:AT_ONCE]
        panel = page.get_by_role("region", name="Notes")
        expect(panel.get_by_role("list", name="Tags").get_by_role("listitem")).to_have_text(texts)
        assert panel.get_by_role("list", name="Tags").get_by_role("link").all_text_contents() == texts
        code = panel.locator("pre").all_text_contents()
        assert {text for text in texts if "```" not in text} <= {text.removesuffix("\n") for text in code}
        assert panel.locator(FORBIDDEN).count() == 0
        page.get_by_role("button", name="Add mark", exact=True).click()
        told = page.get_by_role("dialog").evaluate("dialog => dialog.textContent")
        assert [text for text in texts if text not in told] == []
        assert page.get_by_role("dialog").locator(FORBIDDEN.replace(", svg", "")).count() == 0
        page.keyboard.press("Escape")
    assert_nothing_ran(opened)


def assert_nothing_ran(opened: Open) -> None:
    assert opened.page.evaluate("window.pwned") is None
    assert [url for url in opened.asked if not url.startswith(opened.page.url.split("#")[0])] == []
    assert opened.wrong == []
