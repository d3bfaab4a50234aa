"""`bin/dashboard webhooks …`: the webhooks of the live server."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

from dashboard.model.errors import InvalidRequest, NotFound, Unavailable
from dashboard.settings import Settings
from dashboard.terminal.backends import RemoteBackend, find_remote_backend
from dashboard.terminal.console import open_console
from dashboard.terminal.output import echo, echo_json


def choose_server(settings: Settings) -> RemoteBackend:
    """Return the live server of the data folder. Raises Unavailable."""
    folder = settings.path(settings.data_dir)
    server = find_remote_backend(folder)
    if server is None:
        raise Unavailable(f"No dashboard is running on {folder}. Start it with bin/dashboard.")
    return server


def print_all(server: RemoteBackend, *, as_json: bool) -> int:
    """Print all webhooks."""
    listed: list[dict[str, Any]] = server.call("GET", "/webhooks")
    if as_json:
        echo_json(listed)
        return 0
    table = Table(box=None)
    for title in ("Name", "Receiver", "URL", "Events", "Deliveries"):
        table.add_column(title, overflow="fold")
    for webhook in listed:
        name = webhook["name"] if webhook["enabled"] else f"{webhook['name']} (disabled)"
        counts = ", ".join(f"{count} {state}" for state, count in webhook["deliveries"].items() if count)
        events = ", ".join(webhook["events"])
        table.add_row(name, webhook["integration"], webhook["url"], events, counts or "none")
    open_console().print(table if listed else "No webhooks yet.")
    return 0


def test(server: RemoteBackend, name: str) -> int:
    """Send a test, and print the answer of the receiver. Returns 1 if the receiver did not accept it."""
    listed: list[dict[str, Any]] = server.call("GET", "/webhooks")
    found = next((webhook for webhook in listed if webhook["name"] == name), None)
    if found is None:
        raise NotFound(f'There is no webhook "{name}". bin/dashboard webhooks list prints all.')
    result = server.call("POST", f"/webhooks/{found['webhook_id']}/test")
    echo(f"{name}: {result['message']}", err=not result["ok"])
    if result["answer"]:
        echo(result["answer"])
    return 0 if result["ok"] else 1


def export(server: RemoteBackend) -> int:
    """Print webhooks.json."""
    echo(json.dumps(server.call("GET", "/webhooks/export"), indent=2))
    return 0


def import_file(server: RemoteBackend, text: str) -> int:
    """Import webhooks from JSON: the content of webhooks.json, a list of webhooks, or one webhook."""
    imported = server.call("POST", "/webhooks/import", body_of(text))
    echo(f"Imported {', '.join(webhook['name'] for webhook in imported)}.")
    return 0


def body_of(text: str) -> dict[str, Any]:
    """Return the body of the import. Raises InvalidRequest."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise InvalidRequest(f"The file is not valid JSON: {error}.") from None
    if isinstance(data, dict) and "webhooks" in data:
        return data
    return {"webhooks": data if isinstance(data, list) else [data]}


def read_text(path: Path) -> str:
    """Return the content of a file, or of standard input for `-`. Raises InvalidRequest."""
    if path.name == "-":
        return sys.stdin.read()
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{path} cannot be read: {error}.") from None


COMMANDS: Mapping[str, Callable[..., int]] = {
    "print_all": print_all,
    "test": test,
    "export": export,
    "import_file": lambda server, path: import_file(server, read_text(path)),
}
