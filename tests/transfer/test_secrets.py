"""No export and no archive contains a secret, in whatever form it was written."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.services import Services
from tests.api.conftest import app, client, make_services, services
from tests.conftest import ROOT
from tests.factories import A_RUN_ID, an_ended_run, an_event
from tests.support.canaries import CANARY, contents, fill_with_canaries, leaks
from tests.transfer.test_import import AN_EXCHANGE

__all__ = ["app", "client", "make_services", "services"]
VECTORS: dict[str, list[Any]] = json.loads((ROOT / "tests" / "secrets.json").read_bytes())
TEXTS = [text for text, _ in VECTORS["texts"]]
FORBIDDEN = (CANARY, "canary-1")
PATHS = ("export", "artifacts.zip", "log?limit=1000", "", "failures")


def store_secrets(services: Services) -> None:
    """Store a run whose files and texts contain secrets in every form."""
    headers = {name: value for name, value, _ in VECTORS["headers"]}
    services.store.runs.insert(an_ended_run(exit_reason=TEXTS[18], notes=TEXTS[20]))
    services.store.events.add(A_RUN_ID, an_event("password=canary-1"))
    for position, text in enumerate(TEXTS):
        request = AN_EXCHANGE["request"] | {"url": text, "headers": headers, "body": text}
        exchange = AN_EXCHANGE | {"request": request, "response": AN_EXCHANGE["response"] | {"body": text}}
        services.store.exchanges.put(A_RUN_ID, {position: json.dumps(exchange)})
    folder = services.reader.folder(A_RUN_ID).path
    fill_with_canaries(folder)
    write_files(folder, headers)


def write_files(folder: Path, headers: dict[str, str]) -> None:
    endpoints = [
        {"name": f"E{n}", "path": text, "body": text, "headers": headers | {"A": text}}
        for n, text in enumerate(TEXTS)
    ]
    (folder / "endpoints.json").write_text(json.dumps({"endpoints": endpoints}))
    lines = [
        json.dumps({"level": "info", "msg": text, "time": "2026-11-21T10:15:00Z"}, separators=(",", ":"))
        for text in TEXTS
    ]
    plain = [f"plain {text}" for text in TEXTS if "\n" not in text and not text.startswith("{")]
    (folder / "console.log").write_text("\n".join([*lines, *plain]) + "\n")


@pytest.mark.parametrize("path", ["export", "artifacts.zip"])
def test_no_file_of_an_export_contains_a_secret(client: FlaskClient, services: Services, path: str) -> None:
    store_secrets(services)
    answer = client.get(f"/runs/{A_RUN_ID}/{path}")
    assert answer.status_code == 200
    assert [name for canary in FORBIDDEN for name in leaks(path, answer.data, canary)] == []
    assert len(list(contents(path, answer.data))) >= (1 if path == "export" else 8)


def test_the_files_within_an_export_contain_no_secret(client: FlaskClient, services: Services) -> None:
    store_secrets(services)
    lines = [
        json.loads(line) for line in gzip.decompress(client.get(f"/runs/{A_RUN_ID}/export").data).splitlines()
    ]
    files = [base64.b64decode(line["data"]) for line in lines if "data" in line]
    assert len(files) >= 2
    assert [data for data in files if any(canary.encode() in data for canary in FORBIDDEN)] == []
    console = next(base64.b64decode(line["data"]) for line in lines if line.get("file") == "console.log")
    assert all(json.loads(line) for line in console.splitlines() if line.startswith(b"{"))


def test_the_console_contains_no_secret(client: FlaskClient, services: Services) -> None:
    store_secrets(services)
    text = client.get(f"/runs/{A_RUN_ID}/log?limit=1000").get_data(as_text=True)
    assert "***" in text
    assert [canary for canary in FORBIDDEN if canary in text] == []
