"""Trends and the heatmap over HTTP."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dashboard.model.run import Verdict
from dashboard.model.snapshot import OpKey
from dashboard.services import Services
from tests.factories import A_MOMENT, a_tally, an_ended_run, an_interval

ODD = OpKey("GET /a/{id}/trend?x=1&y=ü", "", "")


@pytest.fixture
def client(client: FlaskClient, services: Services) -> FlaskClient:
    """A client. The history has twelve runs, one minute apart."""
    for minute in range(12):
        moment = A_MOMENT.replace(minute=minute)
        run = an_ended_run(
            f"20261121-10{minute:02}00-abcdefgh", created_at=moment, started_at=moment, elapsed_s=2.0
        )
        services.store.runs.insert(run)
        services.store.append(run.run_id, [an_interval(1, {ODD: a_tally((0.01 * (minute + 1),))})], run=run)
    return client


def test_a_trend_has_the_figures_of_the_operation(client: FlaskClient) -> None:
    points = client.get(f"/ops/{quote(ODD.op, safe='')}/trend").json
    last = client.get(f"/runs/{points[-1]['run_id']}/ops").json[0]

    assert len(points or ()) == 10
    assert [point["started_at"] for point in points] == sorted(point["started_at"] for point in points)
    assert {"run_id", "started_at", "p95_ms", "avg_ms", "error_rate"} <= set(points[0])
    for name in ("p95_ms", "avg_ms", "error_rate", "total_reqs", "rps"):
        assert points[-1][name] == last[name]


def test_the_operation_can_be_in_the_query_or_left_out_for_the_whole_run(client: FlaskClient) -> None:
    named = client.get("/ops/trend", query_string={"op": ODD.op, "runs": 3}).json
    whole = client.get("/ops/trend?runs=3").json
    every = client.get("/ops/trends?runs=3").json

    assert named == client.get(f"/ops/{quote(ODD.op, safe='')}/trend?runs=3").json == every[ODD.op]
    assert [point["run_id"] for point in whole] == [point["run_id"] for point in named]


def test_a_trend_ends_with_the_named_run(client: FlaskClient) -> None:
    points = client.get("/ops/trend?run_id=20261121-100400-abcdefgh&runs=3").json

    assert [point["run_id"][11:13] for point in points] == ["02", "03", "04"]


def test_the_cohort_can_be_named(client: FlaskClient, services: Services) -> None:
    services.store.runs.insert(
        an_ended_run("20261121-110000-abcdefgh", profile="ramp", env_profile="staging")
    )

    assert len(client.get("/ops/trend?profile=ramp&env_profile=staging").json or ()) == 1
    assert len(client.get("/ops/trend?profile=smoke&target=http://127.0.0.1:8000&runs=100").json or ()) == 12
    assert client.get("/ops/trend?profile=smoke&target=http://elsewhere").json == []
    assert client.get("/ops/trend?profile=soak").json == []


def test_without_runs_trends_are_empty(idle: Flask) -> None:
    client = idle.test_client()

    assert client.get("/ops/Any/trend").json == []
    assert client.get("/ops/trends").json == {}
    assert client.get("/ops/Any/trend?run_id=no-such-run").status_code == 404


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/ops/List/trend?runs=0", "runs"),
        ("/ops/List/trend?runs=1001", "runs"),
        ("/ops/List/trend?runs=ten", "runs"),
        ("/ops/List/trend?op=Other", "op"),
        ("/ops/trend?op=", "op"),
        ("/ops/trend?op=" + "x" * 4_097, "op"),
        ("/ops/trends?profile=marathon", "profile"),
        ("/ops/trends?env_profile=staging", "profile"),
        ("/ops/trends?profile=smoke&run_id=latest", "run_id"),
        ("/ops/trends?run_id=..%2fetc", "run_id"),
        ("/ops/" + "x" * 4_097 + "/trend", "name"),
        ("/heatmap?days=0", "days"),
        ("/heatmap?days=367", "days"),
        ("/heatmap?metric=status", "metric"),
        ("/heatmap?tz=Mars/Olympus", "tz"),
        ("/heatmap?tz=../../etc/passwd", "tz"),
        ("/heatmap?tz=Europe", "tz"),
        ("/heatmap?tz=/etc/localtime", "tz"),
        ("/heatmap?tz=", "tz"),
        ("/heatmap?tz=Europe/Berlin%00", "tz"),
        ("/heatmap?since=2026-01-01", "since"),
        ("/runs?sort=run_no", "sort"),
        ("/runs?sort=--p95_ms", "sort"),
        ("/runs?sort=p95_ms;DROP", "sort"),
        ("/runs?sort=p95_ms&before=a&before_value=x", "before_value"),
        ("/runs?sort=p95_ms&before=a&before_value=nan", "before_value"),
        ("/runs?tag=" + "x" * 65, "tag"),
        ("/runs?meta=" + "x" * 601, "meta"),
    ],
)
def test_an_invalid_query_is_refused_with_its_field(client: FlaskClient, path: str, field: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_a_day_has_the_values_of_its_runs(client: FlaskClient, services: Services) -> None:
    now = datetime.now(UTC)
    for minutes, verdict in ((1, Verdict.PASS), (2, Verdict.FAIL), (3, Verdict.INVALID)):
        moment = now - timedelta(minutes=minutes)
        run = an_ended_run(
            f"{moment:%Y%m%d-%H%M%S}-today000", created_at=moment, verdict=verdict, profile="soak"
        )
        services.store.runs.insert(run)
    answer = client.get("/heatmap?days=3&tz=UTC&profile=soak").json
    p95_ms = client.get("/runs/latest").json["run"]["p95_ms"]

    assert [day["date"] for day in answer["days"]][-1] in {f"{now:%Y-%m-%d}", f"{datetime.now(UTC):%Y-%m-%d}"}
    assert sum(day["run_count"] for day in answer["days"]) == 2
    busy = next(day for day in answer["days"] if day["run_count"])
    assert (busy["value"], busy["best"], busy["worst"]) == (pytest.approx(p95_ms), p95_ms, p95_ms)
    listed = client.get("/runs", query_string={"since": busy["starts_at"], "until": busy["ends_at"]})
    assert busy["worst_run_id"] in [run["run_id"] for run in listed.json]


def test_the_heatmap_has_every_day_of_the_time_zone(client: FlaskClient) -> None:
    days = client.get("/heatmap?tz=Asia/Kathmandu").json["days"]

    assert len({day["date"] for day in days}) == 90
    assert all(day["starts_at"].endswith("T18:15:00.000Z") for day in days)


def test_the_pages_of_a_sorted_list_contain_every_run_once(client: FlaskClient) -> None:
    expected = sorted((run["duration_s"], run["run_id"]) for run in client.get("/runs").json)
    found, path = [], "/runs?sort=duration_s&limit=5"
    while path:
        page = client.get(path)
        found += [(run["duration_s"], run["run_id"]) for run in page.json]
        path = page.headers.get("Link", "").partition(">")[0].removeprefix("<")

    assert found == expected
