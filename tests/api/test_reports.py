"""Exports over HTTP: their figures equal those of the API, and they require access."""

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
from tests.factories import a_run, an_ended_run, an_interval

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


def test_the_csv_contains_the_snapshots(client: FlaskClient, services: Services, run_id: str) -> None:
    answer = client.get(f"/runs/{run_id}/csv")
    rows = rows_of(answer)
    snapshots = services.store.snapshots.of_run(run_id)

    assert answer.mimetype == "text/csv"
    assert list(rows[0]) == [
        *("elapsed_s", "vus", "rps", "p50_ms", "p75_ms", "p95_ms", "p99_ms", "avg_ms", "total_reqs"),
        *("errors", "dropped_iterations", "window_s", "data_received_bytes", "data_sent_bytes"),
        *("blocked_ms", "connecting_ms", "tls_handshaking_ms", "sending_ms", "ttfb_ms", "receiving_ms"),
        "iteration_ms",
    ]
    assert [[float(cell) if cell else None for cell in row.values()] for row in rows] == [
        [getattr(snapshot, name) for name in SNAPSHOT_COLUMNS] for snapshot in snapshots
    ]
    assert len(astuple(snapshots[0])) > len(rows[0])


def test_the_csv_of_operations_contains_their_figures(client: FlaskClient, run_id: str) -> None:
    (row,) = rows_of(client.get(f"/runs/{run_id}/csv?table=operations"))
    (op,) = client.get(f"/runs/{run_id}/ops").json or [None]

    assert row.pop("failed_checks") == ""
    assert {name: str(op.get(name, "")) for name in row} == row


def test_latest_is_the_newest_run_that_has_ended(
    client: FlaskClient, services: Services, run_id: str
) -> None:
    services.store.runs.insert(a_run("20261121-111500-abcdefgh"))

    assert client.get("/runs/latest/summary.json").json["run"]["run_id"] == run_id
    assert client.get("/runs/latest/csv").headers["Content-Disposition"].endswith(f'"{run_id}-snapshots.csv"')


def test_a_badge_is_revalidated_by_its_etag(client: FlaskClient, run_id: str) -> None:
    first = client.get("/runs/latest/badge?label=checkout")
    again = client.get("/runs/latest/badge?label=checkout", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, again.status_code) == (200, 304)
    assert "no-cache" in first.headers["Cache-Control"]
    assert first.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "checkout: passed" in " ".join(ET.fromstring(first.data).itertext())


def test_before_the_first_run_the_badge_shows_no_run_yet(client: FlaskClient) -> None:
    assert "no run yet" in client.get("/runs/latest/badge").text
    assert client.get(f"/runs/{RUN_ID}/badge").status_code == 404


def test_the_summary_has_the_values_of_the_run(client: FlaskClient, run_id: str) -> None:
    summary, whole = client.get(f"/runs/{run_id}/summary.json").json, client.get(f"/runs/{run_id}").json

    assert summary["figures"] == {name: whole["breakdown"]["figures"][name] for name in summary["figures"]}
    assert summary["run"] == {name: whole["run"][name] for name in summary["run"]}
    assert summary["slos"] == [{"level": "run", "name": "", **row} for row in whole["slos"]]
    assert summary["operations"][0]["p95_ms"] == client.get(f"/runs/{run_id}/ops").json[0]["p95_ms"]


@pytest.mark.parametrize("name", ["junit.xml", "summary.md", "summary.json", "csv", "badge"])
def test_exports_of_an_unknown_run_are_not_found(client: FlaskClient, name: str) -> None:
    assert client.get(f"/runs/{RUN_ID}/{name}").status_code == 404


def test_a_badge_key_is_valid_for_its_badge_only(locked: Flask) -> None:
    client = locked.test_client()
    link = client.get("/runs/latest/badge-link", headers={"Authorization": f"Bearer {TOKEN}"}).json["url"]
    address = urlsplit(link)
    path = f"{address.path}?{address.query}"

    assert client.get(path).status_code == 200
    assert client.get(f"/runs/{RUN_ID}/badge?{address.query}").status_code == 401
    assert client.get(f"/runs/latest/summary.json?{address.query}").status_code == 401
    assert client.get("/runs/latest/badge").status_code == 401
    assert client.get(path + "x").status_code == 401


def test_a_badge_link_has_no_key_when_no_token_is_required(client: FlaskClient, run_id: str) -> None:
    link = client.get(f"/runs/{run_id}/badge-link").json

    assert link["url"].endswith(f"/runs/{run_id}/badge")
    assert link["markdown"] == f"![Performance]({link['url']})"
