"""Comparison over HTTP: every figure equals the figure of the run or range."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.model.snapshot import OpKey
from dashboard.services import Services
from tests.factories import LIST_PRODUCTS, a_tally, an_ended_run, an_interval

A, B = "20261121-100000-abcdefgh", "20261121-110000-abcdefgh"
RAMP = "20261121-090000-abcdefgh"
PAY = OpKey("Pay", "orders", "")
LOGIN = OpKey("Login", "", "")


@pytest.fixture
def client(client: FlaskClient, services: Services) -> FlaskClient:
    """A client with two runs. The second is slower, lacks one operation and has another."""
    services.store.runs.insert(an_ended_run(A))
    services.store.runs.insert(an_ended_run(B))
    quick, slow = a_tally((0.010, 0.020)), a_tally((0.030, 0.060), failed=(0.5,))
    services.store.append(A, [an_interval(seq, {LIST_PRODUCTS: quick, LOGIN: quick}) for seq in (1, 2, 3)])
    services.store.append(B, [an_interval(seq, {LIST_PRODUCTS: slow, PAY: slow}) for seq in (1, 2, 3)])
    return client


def by_metric(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["metric"]: row for row in rows}


def test_figures_of_whole_runs_equal_their_records(client: FlaskClient) -> None:
    answer = client.get(f"/runs/diff?a={A}&b={B}").json
    records = [client.get(f"/runs/{run_id}").json["run"] for run_id in (A, B)]

    for name, row in by_metric(answer["metrics"]).items():
        assert [row["a"], row["b"]] == [record[name] for record in records]
    assert [answer["a"]["run"], answer["b"]["run"]] == records


def test_operations_have_the_figures_of_both_sides(
    client: FlaskClient,
) -> None:
    answer = client.get(f"/runs/diff?a={A}&b={B}").json
    of_a, of_b = ({op["op"]: op for op in client.get(f"/runs/{run_id}/ops").json} for run_id in (A, B))

    assert [(row["op"], row["side"]) for row in answer["operations"]] == [
        ("ListProducts", "both"),
        ("Pay", "b"),
        ("Login", "a"),
    ]
    for row in answer["operations"]:
        for name, difference in by_metric(row["metrics"]).items():
            assert difference["a"] == of_a.get(row["op"], {}).get(name)
            assert difference["b"] == of_b.get(row["op"], {}).get(name)
    (worst, *_) = answer["operations"]
    assert by_metric(worst["metrics"])["p95_ms"]["direction"] == "worse"


def test_a_range_has_the_figures_of_its_window(client: FlaskClient) -> None:
    answer = client.get(f"/runs/diff?a={A}&b={B}&a_from=2&a_to=4&b_from=0&b_to=4").json
    windows = [
        client.get(f"/runs/{run_id}/window?from={low}&to={high}").json
        for run_id, low, high in ((A, 2, 4), (B, 0, 4))
    ]

    assert [(side["from_s"], side["to_s"]) for side in (answer["a"], answer["b"])] == [(2.0, 4.0), (0.0, 4.0)]
    row = by_metric(answer["metrics"])["p95_ms"]
    assert [row["a"], row["b"]] == [window["breakdown"]["figures"]["p95_ms"] for window in windows]


def test_an_open_range_ends_with_the_run(client: FlaskClient) -> None:
    answer = client.get(f"/runs/diff?a={A}&b={B}&b_from=2").json

    assert (answer["a"]["from_s"], answer["a"]["to_s"]) == (None, None)
    assert (answer["b"]["from_s"], answer["b"]["to_s"]) == (2.0, 6.0)


def test_two_ranges_of_one_run_can_be_compared(client: FlaskClient) -> None:
    answer = client.get(f"/runs/diff?a={A}&b={A}&a_to=2&b_from=2&b_to=4").json

    assert by_metric(answer["metrics"])["total_reqs"]["direction"] == "same"
    assert answer["warnings"] == []


def test_another_profile_is_not_comparable(client: FlaskClient, services: Services) -> None:
    services.store.runs.insert(an_ended_run(RAMP, profile="ramp"))
    answer = client.get(f"/runs/diff?a={A}&b={RAMP}").json

    warnings = [(w["condition"], w["a"], w["b"], w["blocking"]) for w in answer["warnings"]]
    assert warnings == [("profile", "smoke", "ramp", True)]
    assert answer["judgment"]["outcome"] == "incomparable"
    assert {row["delta"] for row in answer["metrics"]} == {None}


def test_the_judgment_sums_up_the_comparison(client: FlaskClient) -> None:
    judgment = client.get(f"/runs/diff?a={A}&b={B}").json["judgment"]

    assert judgment["headline"] == "B is worse than A: 1 operation slower"
    assert [(row["kind"], row["direction"], row["text"]) for row in judgment["findings"]] == [
        ("operations", "changed", "1 operation new"),
        ("operations", "changed", "1 operation gone"),
        ("latency", "same", "p95 ≈ same"),
        ("latency", "worse", "1 operation slower"),
    ]


def test_a_run_is_judged_against_the_baseline_that_applies(client: FlaskClient, services: Services) -> None:
    services.store.runs.insert(an_ended_run(RAMP, profile="ramp"))
    assert client.get(f"/runs/{B}/baseline").json == {"run": None, "judgment": None}
    client.post(f"/runs/{A}/baseline")
    same, other, itself = (client.get(f"/runs/{run_id}/baseline").json for run_id in (B, RAMP, A))

    assert same["run"] == client.get(f"/runs/{A}").json["run"]
    assert same["judgment"]["headline"] == "This run is worse than the baseline: 1 operation slower"
    assert other["judgment"]["headline"] == (
        "This run is not comparable with the baseline: the load profiles differ: smoke and ramp"
    )
    assert itself == {"run": None, "judgment": None}


def test_a_baseline_is_marked_and_latest_is_the_newest_run(client: FlaskClient) -> None:
    client.post(f"/runs/{A}/baseline")
    answer = client.get(f"/runs/diff?a={A}&b=latest").json

    assert (answer["a"]["baseline"], answer["b"]["baseline"]) == (True, False)
    assert answer["b"]["run"]["run_id"] == B


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("", 422, "a"),
        (f"a={A}", 422, "b"),
        (f"a={A}&b=UPPER", 422, "b"),
        (f"a={A}&b={B}&a_from=-1", 422, "a_from"),
        (f"a={A}&b={B}&a_from=nan", 422, "a_from"),
        (f"a={A}&b={B}&b_from=5&b_to=5", 422, "b_to"),
        (f"a={A}&b={B}&b_to=0", 422, "b_to"),
        (f"a={A}&b={B}&c=1", 422, "c"),
        (f"a={A}&a={A}&b={B}", 422, "a"),
        (f"a={A}&b=no-such-run", 404, None),
    ],
)
def test_an_invalid_query_is_refused(client: FlaskClient, query: str, status: int, field: str | None) -> None:
    answer = client.get(f"/runs/diff?{query}")

    assert answer.status_code == status
    assert field is None or field in [error["field"] for error in answer.json["errors"]]


def test_an_empty_range_has_no_figures(client: FlaskClient) -> None:
    rows = by_metric(client.get(f"/runs/diff?a={A}&b={B}&b_from=500&b_to=600").json["metrics"])

    assert (rows["p95_ms"]["b"], rows["p95_ms"]["delta"], rows["p95_ms"]["direction"]) == (None, None, None)
    assert rows["total_reqs"]["b"] == 0
