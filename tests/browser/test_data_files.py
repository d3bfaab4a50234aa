"""The data file panel: upload, drop, preview, download, replace and delete; errors and hostile text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.steps import open_tab, wait_until_settled
from tests.e2e.harness import Server

pytestmark = [pytest.mark.browser, pytest.mark.k6]
USERS = "userId,searchTerm\nabc123,machine learning\ndef456,=1+1\nghi789,<b>bold</b>\n"
DROP_FILE = """([selector, name, text]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], name));
  const drop = new DragEvent("drop", {dataTransfer, bubbles: true, cancelable: true});
  document.querySelector(selector).dispatchEvent(drop);
}"""
SLOW_NETWORK = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 100_000}


@pytest.fixture
def panel(page: Page) -> Page:
    open_tab(page, "Discover")
    wait_until_settled(page)
    return page


def file_payload(content: str, name: str = "users.csv") -> list[FilePayload]:
    return [{"name": name, "mimeType": "text/csv", "buffer": content.encode()}]


def upload(page: Page, content: str, name: str = "users.csv") -> None:
    page.get_by_label("Choose a CSV file").set_input_files(file_payload(content, name))
    page.get_by_role("button", name="Upload", exact=True).click()


def stored_files(server: Server) -> dict[str, Any]:
    return {file["name"]: file for file in server.get("/data")}


def test_file_is_uploaded_previewed_downloaded_replaced_and_deleted(
    panel: Page, server: Server, tmp_path: Path
) -> None:
    server.endpoints({"name": "Find", "data_file": "users", "variables_from_data_file": {"q": "searchTerm"}})
    expect(panel.get_by_text("No data files yet")).to_be_visible()
    upload(panel, USERS)

    row = panel.get_by_role("row", name="users")
    expect(row).to_contain_text("3")
    expect(row).to_contain_text("Find")
    expect(panel.locator("section section tbody td")).to_have_text(
        ["abc123", "machine learning", "def456", "=1+1", "ghi789", "<b>bold</b>"]
    )
    expect(panel.locator("pre")).to_contain_text('"data_file": "users"')
    with panel.expect_download() as download:
        panel.get_by_role("link", name="Download").click()
    download.value.save_as(tmp_path / "downloaded.csv")
    assert (tmp_path / "downloaded.csv").read_text() == USERS
    assert stored_files(server)["users"]["rows"] == 3

    panel.get_by_label("Choose a file to replace users").set_input_files(
        file_payload("userId;searchTerm\n1;2\n")
    )
    panel.get_by_role("button", name="Replace users", exact=True).click()
    expect(panel.get_by_text("semicolon, first 1 row")).to_be_visible()
    assert stored_files(server)["users"]["rows"] == 1

    panel.get_by_role("button", name="Delete", exact=True).click()
    dialog = panel.get_by_role("dialog")
    expect(dialog).to_contain_text("Used by Find")
    dialog.get_by_role("button", name="Delete").click()
    expect(panel.get_by_text("No data files yet")).to_be_visible()
    assert stored_files(server) == {}


def test_dropped_file_gets_a_valid_name_and_is_not_overwritten(panel: Page, server: Server) -> None:
    panel.evaluate(DROP_FILE, ['label:has([aria-label="Choose a CSV file"])', "My users (2).csv", USERS])
    expect(panel.get_by_label("Name")).to_have_value("My_users_2")
    panel.get_by_role("button", name="Upload", exact=True).click()
    expect(panel.get_by_role("heading", name="My_users_2")).to_be_visible()
    assert "file=My_users_2" in panel.url
    panel.reload()
    expect(panel.get_by_role("heading", name="My_users_2")).to_be_visible()

    upload(panel, "x\n1\n", "My users 2.csv")
    expect(panel.get_by_text('data file "My_users_2" already exists')).to_be_visible()
    assert stored_files(server)["My_users_2"]["rows"] == 3
    panel.get_by_role("button", name="Replace My_users_2", exact=True).click()
    expect(panel.get_by_text("first 1 row")).to_be_visible()
    assert stored_files(server)["My_users_2"]["columns"] == ["x"]


def test_errors_are_shown_and_can_be_retried(panel: Page, server: Server) -> None:
    upload(panel, "a,b\n1\n1,2\n1,2,3\n")
    alert = panel.get_by_role("alert")
    expect(alert).to_contain_text("line 2: has 1 value, but the header has 2")
    expect(alert).to_contain_text("line 4: has 3 values, but the header has 2")
    panel.get_by_role("button", name="Choose another file").click()

    session = panel.context.new_cdp_session(panel)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_NETWORK)
    upload(panel, "a\n" + "0123456789\n" * 400_000)
    expect(panel.get_by_role("progressbar")).to_be_visible()
    panel.get_by_role("button", name="Cancel upload").click()
    expect(panel.get_by_role("button", name="Upload", exact=True)).to_be_visible()
    assert stored_files(server) == {}

    panel.route("**/data", lambda route: route.fulfill(status=403, body='{"detail": "out of order"}'))
    panel.reload()
    expect(panel.get_by_text("out of order")).to_be_visible()
    panel.unroute("**/data")
    panel.get_by_role("button", name="Try again").click()
    expect(panel.get_by_text("No data files yet")).to_be_visible()
