"""User actions on the page, and values read from it."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect


def configure(page: Page, target: str, profile: str = "Smoke", **fields: str) -> None:
    """Fill in the start form."""
    page.get_by_role("radio", name=re.compile(f"^{profile}")).check()
    page.get_by_label("Base URL").fill(target)
    for name, value in fields.items():
        page.locator(f"input[name={name}]").fill(value)


def start_run(page: Page, target: str, **fields: str) -> str:
    """Start a run with the form, and return the run id from the address of Overview."""
    configure(page, target, **fields)
    page.get_by_role("button", name=re.compile("^Start ")).click()
    page.wait_for_url(re.compile("#/overview"))
    match = re.search(r"run=([0-9a-z-]+)", page.url)
    assert match
    return match[1]


def stop_run(page: Page) -> None:
    """Press Stop in the header, and confirm it."""
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("button", name="Stop run").click()


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name=re.compile(f"^{name}")).first.click()


def wait_until_ended(page: Page, outcome: str = "Passed", within_s: float = 60) -> None:
    expect(page.locator("header").get_by_text(outcome)).to_be_visible(timeout=within_s * 1000)


def card_value(page: Page, name: str) -> str:
    """Return the value of a card, without its unit."""
    value = page.locator("dl.cards div", has=page.get_by_text(name, exact=True)).locator("dd").first
    return re.sub(r"[^\d.<>—-]", "", value.inner_text())


def expect_card(page: Page, name: str, value: str) -> None:
    value_of_card = page.locator("dl.cards div", has=page.get_by_text(name, exact=True)).locator("dd").first
    expect(value_of_card).to_contain_text(value)


def point_count(page: Page) -> int:
    """Return the number of points in the first chart."""
    return int(page.locator("[data-points]").first.get_attribute("data-points") or 0)


def drag(page: Page, plot: Locator, start: float, end: float) -> None:
    """Drag across a chart. `start` and `end` are shares of its width."""
    box = plot.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * start, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end, y, steps=8)
    page.mouse.up()


def format_count(number: int) -> str:
    return f"{number:,}"


def tab_hashes(page: Page) -> list[str]:
    """Return the hashes of all tabs."""
    links = page.locator("nav[aria-label=Main] a")
    links.first.wait_for(state="attached")
    hashes: list[str] = links.evaluate_all("links => [...new Set(links.map((link) => link.hash))]")
    return hashes


def wait_until_settled(page: Page) -> None:
    """Wait until the view has no skeletons and has rendered two more frames."""
    expect(page.locator("main > *").first).to_be_attached()
    expect(page.locator("main .skeleton")).to_have_count(0)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
