"""The history over HTTP, with a real store."""

import gzip
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from dashboard.api.runs import with_live_values
from dashboard.model.json_text import json_text
from dashboard.model.record import record_of
from dashboard.services import Services
from tests.factories import A_MOMENT, LIST_PRODUCTS, a_run, an_ended_run, an_event, an_interval

RUN_ID = "20261121-101500-abcdefgh"


def store_runs(services: Services, count: int) -> list[str]:
    """Store ended runs, one minute apart, and return their IDs, oldest first."""
    ids = []
    for minute in range(count):
        run_id = f"20261121-10{minute:02}00-abcdefgh"
        moment = A_MOMENT.replace(minute=minute)
        profile = "smoke" if minute % 2 else "soak"
        services.store.runs.insert(
            an_ended_run(run_id, created_at=moment, started_at=moment, profile=profile)
        )
        ids.append(run_id)
    return ids


@pytest.fixture
def run_id(services: Services) -> str:
    """An ended run with three snapshots and an event."""
    services.store.runs.insert(an_ended_run(RUN_ID))
    services.store.append(RUN_ID, [an_interval(seq) for seq in (1, 2, 3)])
    services.store.events.add(RUN_ID, an_event())
    return RUN_ID


def test_runs_are_listed_newest_first_in_pages(client: FlaskClient, services: Services) -> None:
    ids = store_runs(services, 5)
    first = client.get("/runs?limit=2")
    second = client.get(first.headers["Link"].partition(">")[0].removeprefix("<"))
    third = client.get(second.headers["Link"].partition(">")[0].removeprefix("<"))

    pages = [[run["run_id"] for run in page.json] for page in (first, second, third)]
    assert pages == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]
    assert "Link" not in third.headers
    assert {page.headers["X-Total-Count"] for page in (first, second, third)} == {"5"}


def test_the_next_page_keeps_the_filter(client: FlaskClient, services: Services) -> None:
    store_runs(services, 6)
    first = client.get("/runs?limit=2&profile=soak&search=127.0.0.1")

    assert first.headers["X-Total-Count"] == "3"
    assert "profile=soak" in first.headers["Link"]
    assert "search=127.0.0.1" in first.headers["Link"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("status=finished", 4),
        ("status=failed", 0),
        ("verdict=pass", 4),
        ("profile=smoke", 2),
        ("label=nightly", 4),
        ("since=2026-11-21T10:02:00Z", 2),
        ("until=2026-11-21T11:02:00%2B01:00", 2),
        ("since=2026-11-22", 0),
    ],
)
def test_runs_are_filtered(client: FlaskClient, services: Services, query: str, count: int) -> None:
    store_runs(services, 4)

    assert len(client.get(f"/runs?{query}").json or ()) == count


def test_a_run_is_returned_with_all_its_parts(client: FlaskClient, run_id: str) -> None:
    answer = client.get(f"/runs/{run_id}").json

    assert answer["run"]["run_id"] == run_id
    assert [event["message"] for event in answer["events"]] == ["k6 is running"]
    assert answer["slos"][0]["key"] == "p95_ms"
    assert answer["breakdown"]["figures"]["total_reqs"] == 9


def test_latest_is_the_newest_run(client: FlaskClient, services: Services) -> None:
    ids = store_runs(services, 3)

    assert client.get("/runs/latest").json["run"]["run_id"] == ids[-1]


def test_snapshots_are_returned_as_rows_or_columns(client: FlaskClient, run_id: str) -> None:
    rows = client.get(f"/runs/{run_id}/snapshots").json
    columns = client.get(f"/runs/{run_id}/snapshots?format=columns").json

    assert [row["seq"] for row in rows] == columns["seq"] == [1, 2, 3]
    assert [row["p95_ms"] for row in rows] == columns["p95_ms"]
    assert list(rows[0]) == list(columns or ())


@pytest.mark.parametrize(
    ("query", "seqs"), [("after=1", [2, 3]), ("limit=2", [1, 2]), ("after=3", []), ("after=1&limit=1", [2])]
)
def test_snapshots_can_be_read_incrementally(
    client: FlaskClient, run_id: str, query: str, seqs: list[int]
) -> None:
    assert [row["seq"] for row in client.get(f"/runs/{run_id}/snapshots?{query}").json] == seqs
    assert client.get(f"/runs/{run_id}/snapshots?format=columns&{query}").json["seq"] == seqs


def test_operations_have_figures(client: FlaskClient, run_id: str) -> None:
    (op,) = client.get(f"/runs/{run_id}/ops").json or [None]

    assert (op["op"], op["group"], op["phase"]) == LIST_PRODUCTS
    assert (op["total_reqs"], op["error_rate"]) == (9, 0.0)


def test_a_range_is_returned_with_its_actual_bounds(client: FlaskClient, run_id: str) -> None:
    answer = client.get(f"/runs/{run_id}/window?from=2&to=5").json

    assert (answer["from_s"], answer["to_s"], answer["resolution_s"]) == (2.0, 4.0, 2.0)
    assert answer["breakdown"]["figures"]["total_reqs"] == 3


def test_an_ended_run_can_be_deleted(client: FlaskClient, run_id: str) -> None:
    assert client.delete(f"/runs/{run_id}").status_code == 204
    assert client.get(f"/runs/{run_id}").status_code == 404
    assert client.delete(f"/runs/{run_id}").status_code == 404


def test_latest_cannot_be_deleted(client: FlaskClient, run_id: str) -> None:
    assert client.delete("/runs/latest").status_code == 409
    assert client.get(f"/runs/{run_id}").status_code == 200


def test_a_live_run_cannot_be_deleted(client: FlaskClient) -> None:
    run_id = client.post("/run/start", json={"profile": "smoke", "base_url": "http://127.0.0.1:9"}).json[
        "run_id"
    ]

    assert client.delete(f"/runs/{run_id}").status_code == 409


def test_the_log_of_a_run_without_a_console_file_is_empty(client: FlaskClient, run_id: str) -> None:
    answer = client.get(f"/runs/{run_id}/log")

    assert (answer.status_code, answer.json["entries"]) == (200, [])


def test_live_values_replace_stored_values_and_older_records_are_not_parsed() -> None:
    old, live = an_ended_run("20261121-100000-aaaaaaaa"), a_run(RUN_ID)
    records = [json_text(record_of(live)), json_text(record_of(old)), "not parsed"]
    shown = with_live_values(records, [replace(live, elapsed_s=12.5)])

    assert json.loads(shown[0])["elapsed_s"] == 12.5
    assert shown[1:] == records[1:]


def test_long_responses_are_compressed_if_the_client_accepts_gzip(
    client: FlaskClient, services: Services
) -> None:
    store_runs(services, 3)
    plain = client.get("/runs")
    packed = client.get("/runs", headers={"Accept-Encoding": "gzip"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Content-Encoding" not in plain.headers


def test_very_long_responses_are_compressed_too(client: FlaskClient, services: Services) -> None:
    services.store.runs.insert(an_ended_run(RUN_ID, exit_reason="why? " * 300_000))
    plain = client.get(f"/runs/{RUN_ID}")
    packed = client.get(f"/runs/{RUN_ID}", headers={"Accept-Encoding": "gzip"})

    assert len(plain.data) > 1_000_000 > 20 * len(packed.data)
    assert gzip.decompress(packed.data) == plain.data


def test_responses_have_caching_and_security_headers(client: FlaskClient) -> None:
    headers = client.get("/runs").headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_dates_without_a_zone_are_utc(client: FlaskClient, services: Services) -> None:
    moment = A_MOMENT + timedelta(hours=1)
    services.store.runs.insert(an_ended_run(created_at=moment, started_at=moment))

    assert len(client.get("/runs?since=2026-11-21T11:00:00").json or ()) == 1
    assert client.get("/runs?since=2026-11-21T12:00:00").json == []


def test_an_operation_has_a_breakdown(client: FlaskClient, run_id: str) -> None:
    rows = client.get(f"/runs/{run_id}/ops").json
    answer = client.get(f"/runs/{run_id}/op?name={LIST_PRODUCTS.op}").json

    assert answer["figures"]["total_reqs"] == rows[0]["total_reqs"]
    assert sum(point["requests"] for point in answer["series"]) == rows[0]["total_reqs"]
    assert sum(bucket["count"] for bucket in answer["latency_buckets"]) == rows[0]["total_reqs"]
    assert [point["seq"] for point in answer["series"]] == [1, 2, 3]
    assert {check["check"] for check in answer["checks"]} == {"status is 200"}


def test_a_breakdown_can_be_limited_to_a_range(client: FlaskClient, run_id: str) -> None:
    whole = client.get(f"/runs/{run_id}/op?name={LIST_PRODUCTS.op}").json
    part = client.get(
        f"/runs/{run_id}/op?name={LIST_PRODUCTS.op}&from=0&to={whole['series'][1]['elapsed_s']}"
    ).json

    assert [point["seq"] for point in part["series"]] == [1, 2]
    assert part["figures"]["total_reqs"] == sum(point["requests"] for point in part["series"])


def test_an_unknown_operation_is_not_found(client: FlaskClient, run_id: str) -> None:
    assert client.get(f"/runs/{run_id}/op?name=Nope").status_code == 404
    assert client.get(f"/runs/{run_id}/op").status_code == 422
