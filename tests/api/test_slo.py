"""SLOs over HTTP: the results of a run, and the limits in the endpoints file."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.app import create_app
from dashboard.model.run import Verdict
from dashboard.model.snapshot import OpKey
from dashboard.services import Services
from tests.factories import A_RUN_ID, a_run, a_tally, an_ended_run, an_interval
from tests.hostile import hostile_texts

LIST = OpKey("List", "shop", "")
DOCUMENT = """{
  "service": "Shop",
  "slos":   {"p95_ms":500},

  "endpoints": [
    { "name": "List", "group": "shop", "path": "/list", "weight": 1.50, "body": "\\u00e9" },
    { "name": "Buy",
      "group": "shop", "path": "/buy", "slos": { "p99_ms": 900 } }
  ]
}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "endpoints.json"
    path.write_text(DOCUMENT)
    return path


@pytest.fixture
def client(make_services: Callable[..., Services], file: Path) -> FlaskClient:
    return create_app(make_services(endpoints_file=file)).test_client()


def change_slos(client: FlaskClient, body: dict[str, Any], **headers: str) -> Any:
    answer = client.post(
        "/slo/config", json=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    assert answer.status_code == 200, answer.json
    return answer.json


def test_the_limits_of_all_levels_are_returned(client: FlaskClient) -> None:
    answer_json = client.get("/slo/config").json
    assert (answer_json["p95_ms"], answer_json["rps"]) == (500, None)
    assert answer_json["endpoints"] == {"Buy": {"p99_ms": 900}}
    assert (answer_json["groups"], answer_json["profiles"]) == ({}, {})
    assert answer_json["options"] == {"skip": None, "abort": None}
    assert answer_json["endpoint_names"] == ["List", "Buy"]
    assert answer_json["group_names"] == ["shop"]
    assert "arrival" in answer_json["profile_names"]


def test_a_change_of_one_limit_keeps_every_other_byte(client: FlaskClient, file: Path) -> None:
    answer_json = change_slos(client, {"p95_ms": 300, "error_rate": 0.01})
    assert (answer_json["p95_ms"], answer_json["error_rate"]) == (300, 0.01)
    assert file.read_text() == DOCUMENT.replace('{"p95_ms":500}', '{ "p95_ms": 300, "error_rate": 0.01 }')


def test_a_change_to_the_current_value_changes_nothing(client: FlaskClient, file: Path) -> None:
    change_slos(client, {})
    change_slos(
        client,
        {"p95_ms": 500, "endpoints": {"Buy": {"p99_ms": 900}}, "groups": {"shop": None}, "options": {}},
    )
    assert file.read_text() == DOCUMENT


def test_limits_of_every_level_can_be_set_and_removed(client: FlaskClient, file: Path) -> None:
    levels = {
        "endpoints": {"List": {"p95_ms": 100}, "Buy": None},
        "groups": {"shop": {"rps": 5}},
        "profiles": {"smoke": {"p95_ms": None, "avg_ms": 80}},
        "options": {"skip": "ramp", "abort": {"window": "30s"}},
    }
    answer_json = change_slos(client, levels)
    assert answer_json["endpoints"] == {"List": {"p95_ms": 100}}
    assert answer_json["groups"] == {"shop": {"rps": 5}}
    assert answer_json["profiles"] == {"smoke": {"p95_ms": None, "avg_ms": 80}}
    assert answer_json["options"] == {
        "skip": "ramp",
        "abort": {"window": "30s", "mode": None, "warm_up": None, "min_requests": None},
    }
    keys = list(json.loads(file.read_text()))
    assert keys == ["service", "slos", "slo_groups", "slo_profiles", "slo_options", "endpoints"]
    change_slos(
        client,
        {
            "p95_ms": None,
            "endpoints": {"List": {}},
            "groups": {"shop": {}},
            "profiles": {"smoke": None},
            "options": None,
        },
    )
    without = DOCUMENT.replace('  "slos":   {"p95_ms":500},\n\n', "").replace(
        ', "slos": { "p99_ms": 900 }', ""
    )
    assert json.loads(file.read_text()) == json.loads(without)
    assert list(json.loads(file.read_text())) == ["service", "endpoints"]


def test_a_change_with_an_outdated_etag_is_refused(client: FlaskClient, file: Path) -> None:
    tag = client.get("/slo/config").headers["ETag"]
    change_slos(client, {"p95_ms": 400}, If_Match=tag)
    late = client.post("/slo/config", json={"p95_ms": 300}, headers={"If-Match": tag})
    assert late.status_code == 412
    assert "has changed in the meantime" in late.json["detail"]
    assert json.loads(file.read_text())["slos"] == {"p95_ms": 400}
    change_slos(client, {"p95_ms": 300}, If_Match="*")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"p95_ms": -1}, "p95_ms"),
        ({"p95_ms": "fast"}, "p95_ms"),
        ({"p95_ms": True}, "p95_ms"),
        ({"p42_ms": 1}, "p42_ms"),
        ({"error_rate": 5}, "error_rate"),
        ({"endpoints": {"Nobody": {"p95_ms": 1}}}, "endpoints.Nobody"),
        ({"endpoints": {"List": {"p42": 1}}}, "endpoints.List.p42"),
        ({"groups": {"nobody": {"p95_ms": 1}}}, "groups.nobody"),
        ({"profiles": {"marathon": {"p95_ms": 1}}}, "profiles.marathon"),
        ({"options": {"skip": "weekends"}}, "options.skip"),
        ({"options": {"abort": {}}}, "options.abort.window"),
        ({"options": {"abort": {"window": "soon"}}}, "options.abort.window"),
        ({"options": {"abort": {"window": "1s"}}}, "options.abort.window"),
        ({"options": {"abort": {"window": "9s", "warm_up": "x"}}}, "options.abort.warm_up"),
        ({"options": {"abort": {"window": "9s", "min_requests": 0}}}, "options.abort.min_requests"),
    ],
)
def test_an_invalid_limit_is_refused_with_its_field(
    client: FlaskClient, file: Path, body: dict[str, Any], field: str
) -> None:
    answer = client.post("/slo/config", json={"rps": 1, **body})
    assert answer.status_code == 422, answer.json
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert file.read_text() == DOCUMENT


def test_a_symbolic_link_stays_and_its_target_is_replaced(client: FlaskClient, file: Path) -> None:
    target_folder = file.parent / "folder"
    target_folder.mkdir()
    file.rename(target_folder / "real.json")
    file.symlink_to(target_folder / "real.json")
    change_slos(client, {"p95_ms": 1})
    assert file.is_symlink()
    assert json.loads((target_folder / "real.json").read_text())["slos"] == {"p95_ms": 1}
    assert [path.name for path in target_folder.iterdir()] == ["real.json"]


def test_hostile_names_are_preserved(client: FlaskClient, file: Path) -> None:
    names = [text for text in dict.fromkeys(hostile_texts()) if text.strip() and "\x00" not in text][:200]
    endpoints = [{"name": name, "group": name, "path": "/"} for name in names]
    file.write_text(json.dumps({"endpoints": endpoints}, ensure_ascii=False, indent=1))
    limits = {name: {"p95_ms": float(place)} for place, name in enumerate(names)}
    answer_json = change_slos(client, {"endpoints": limits, "groups": limits})
    assert answer_json["endpoints"] == limits
    assert answer_json["groups"] == limits
    listed = json.loads(file.read_text())["endpoints"]
    assert [endpoint["name"] for endpoint in listed] == names
    assert (
        change_slos(client, {"endpoints": dict.fromkeys(names), "groups": dict.fromkeys(names)})["endpoints"]
        == {}
    )
    assert json.loads(file.read_text()) == {"endpoints": endpoints}


def a_run_with_limits(**changes: Any) -> Any:
    run = an_ended_run(**changes)
    context = replace(
        run.context,
        slos={"p95_ms": 500.0},
        op_slos={"List": {"p95_ms": 10.0}},
        group_slos={"shop": {"rps": 0.1}},
    )
    return replace(run, context=context)


def test_a_run_has_results_at_every_level(services: Services, client: FlaskClient) -> None:
    run = a_run_with_limits(verdict=Verdict.FAIL, verdict_reason="List: p95 86 ms > 10 ms")
    store = client.application.extensions["services"].store
    store.runs.insert(run)
    store.append(run.run_id, [an_interval(1, {LIST: a_tally()})])
    answer_json = client.get(f"/runs/{A_RUN_ID}/slo").json
    assert (answer_json["verdict"], answer_json["reason"]) == ("fail", "List: p95 86 ms > 10 ms")
    assert answer_json["checks"]["p95_ms"]["pass"] is True
    assert answer_json["operations"]["List"]["p95_ms"]["pass"] is False
    assert answer_json["operations"]["List"]["p95_ms"]["margin"] < 0
    assert answer_json["groups"]["shop"]["rps"] == {
        "value": 0.1, "threshold": 0.1, "pass": True, "margin": 0.0, "reason": "RPS 0.1/s = 0.1/s",
    }  # fmt: skip


def test_current_limits_can_be_applied_to_an_old_run(client: FlaskClient) -> None:
    store = client.application.extensions["services"].store
    run = a_run_with_limits()
    store.runs.insert(run)
    store.append(run.run_id, [an_interval(1, {LIST: a_tally()})])
    change_slos(client, {"p95_ms": 1, "profiles": {"smoke": {"avg_ms": 1_000}}})
    answer_json = client.get(f"/runs/{A_RUN_ID}/slo?against=current").json
    assert answer_json["verdict"] == "fail"
    assert set(answer_json["checks"]) == {"p95_ms", "avg_ms"}
    assert client.get(f"/runs/{A_RUN_ID}").json["run"]["verdict"] == "pass"
    assert set(client.get(f"/runs/{A_RUN_ID}/slo").json["checks"]) == {"p95_ms"}


def test_current_limits_do_not_make_an_invalid_run_valid(client: FlaskClient) -> None:
    store = client.application.extensions["services"].store
    invalid_verdict = {
        "verdict": Verdict.INVALID,
        "verdict_reason": "k6 dropped",
        "invalid_reason": "k6 dropped",
    }
    run = a_run_with_limits(**invalid_verdict)
    store.runs.insert(run)
    store.append(run.run_id, [an_interval(1, {LIST: a_tally()})])
    answer_json = client.get(f"/runs/{A_RUN_ID}/slo?against=current").json
    assert (answer_json["verdict"], answer_json["reason"]) == ("invalid", "k6 dropped")


def test_a_live_run_has_no_verdict_yet(client: FlaskClient) -> None:
    store = client.application.extensions["services"].store
    store.runs.insert(a_run())
    answer_json = client.get("/runs/latest/slo").json
    assert answer_json["verdict"] is None
    assert answer_json["reason"] == "The run is live; its verdict follows when it ends."
    assert answer_json["checks"]["p95_ms"]["pass"] is None
