"""Exports over HTTP: their figures are the API's own, and only those who may read them do."""

import csv
import io
from dataclasses import astuple
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dashboard.reports.csv_text import SNAPSHOT_COLUMNS
from dashboard.services import Services
from tests.api.conftest import TOKEN
from tests.factories import a_run, an_interval, an_ended_run

RUN_ID = "20261121-101500-abcdefgh"


@pytest.fixture
def run_id(services: Services) -> str:
    """An ended run with more snapshots than are read at once, one of them without a request."""
    services.store.runs.insert(an_ended_run(RUN_ID))
    steps = [an_interval(seq, vus=None if seq == 2 else seq, avg_ms=seq / 3) for seq in range(1, 1_203)]
    services.store.append(RUN_ID, steps)
    return RUN_ID


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True), newline="")))


def test_the_table_is_the_snapshots(client: FlaskClient, services: Services, run_id: str) -> None:
    answer = client.get(f"/runs/{run_id}/csv")
    rows = rows_of(answer)
    snapshots = services.store.snapshots.of_run(run_id)

    assert answer.mimetype == "text/csv"
    assert list(rows[0]) == [
        *("elapsed_s", "vus", "rps", "p50_ms", "p75_ms", "p95_ms", "p99_ms", "avg_ms", "total_reqs"),
    ]
    assert [[float(cell) if cell else None for cell in row.values()] for row in rows] == [
        [getattr(snapshot, name) for name in SNAPSHOT_COLUMNS] for snapshot in snapshots
    ]
    assert len(astuple(snapshots[0])) > len(rows[0])


def test_the_table_of_operations_is_their_figures(client: FlaskClient, run_id: str) -> None:
    (row,) = rows_of(client.get(f"/runs/{run_id}/csv?table=operations"))
    (op,) = client.get(f"/runs/{run_id}/ops").json

    assert {name: str(op[name]) for name in row} == row


def test_latest_is_the_newest_run_that_ended(client: FlaskClient, services: Services, run_id: str) -> None:
    services.store.runs.insert(a_run("20261121-111500-abcdefgh"))

    assert client.get("/runs/latest/summary.json").json["run"]["run_id"] == run_id
    assert client.get("/runs/latest/csv").headers["Content-Disposition"].endswith(f'"{run_id}-snapshots.csv"')


def test_a_badge_is_asked_for_anew_and_answered_only_when_it_changed(
    client: FlaskClient, run_id: str
) -> None:
    first = client.get("/runs/latest/badge?label=checkout")
    again = client.get("/runs/latest/badge?label=checkout", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, again.status_code) == (200, 304)
    assert "no-cache" in first.headers["Cache-Control"]
    assert first.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "checkout: passed" in " ".join(ET.fromstring(first.data).itertext())


def test_before_any_run_the_badge_says_so(client: FlaskClient) -> None:
    assert "no run yet" in client.get("/runs/latest/badge").text
    assert client.get(f"/runs/{RUN_ID}/badge").status_code == 404


def test_the_summary_says_what_the_run_says(client: FlaskClient, run_id: str) -> None:
    summary, whole = client.get(f"/runs/{run_id}/summary.json").json, client.get(f"/runs/{run_id}").json

    assert summary["figures"] == {name: whole["breakdown"]["figures"][name] for name in summary["figures"]}
    assert summary["run"] == {name: whole["run"][name] for name in summary["run"]}
    assert summary["slos"] == [{"level": "run", "name": "", **row} for row in whole["slos"]]
    assert summary["operations"][0]["p95_ms"] == client.get(f"/runs/{run_id}/ops").json[0]["p95_ms"]


@pytest.mark.parametrize("name", ["junit.xml", "summary.md", "summary.json", "csv", "badge"])
def test_exports_of_a_run_that_is_not_there(client: FlaskClient, name: str) -> None:
    assert client.get(f"/runs/{RUN_ID}/{name}").status_code == 404


def test_a_badge_has_a_key_that_opens_it_and_nothing_else(locked: Flask) -> None:
    client = locked.test_client()
    link = client.get("/runs/latest/badge-link", headers={"Authorization": f"Bearer {TOKEN}"}).json["url"]
    address = urlsplit(link)
    asked = f"{address.path}?{address.query}"

    assert client.get(asked).status_code == 200
    assert client.get(f"/runs/{RUN_ID}/badge?{address.query}").status_code == 401
    assert client.get(f"/runs/latest/summary.json?{address.query}").status_code == 401
    assert client.get("/runs/latest/badge").status_code == 401
    assert client.get(asked + "x").status_code == 401


def test_without_a_token_to_ask_for_the_badge_has_no_key(client: FlaskClient, run_id: str) -> None:
    link = client.get(f"/runs/{run_id}/badge-link").json

    assert link["url"].endswith(f"/runs/{run_id}/badge")
    assert link["markdown"] == f"![Performance]({link['url']})"
