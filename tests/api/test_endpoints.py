"""Saves to the endpoints file over HTTP: preview, save, versions, restore, and a later import of the same source."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.app import create_app
from dashboard.services import Services

FILE = """{
  "service": "Shop",
  "slos":   {"p95_ms":500},

  "endpoints": [
    { "name": "List", "group": "shop", "path": "/list",   "weight": 1.50 },
    { "name": "Buy",
      "group": "shop", "method": "POST", "path": "/buy", "slos": { "p99_ms": 900 } }
  ]
}
"""
LIST = {"name": "List", "group": "shop", "path": "/list"}
PAY = {"name": "Pay", "group": "shop", "method": "POST", "path": "/pay", "body": {"a": 1}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "endpoints.json"
    path.write_text(FILE)
    return path


@pytest.fixture
def services(make_services: Callable[..., Services], file: Path) -> Services:
    return make_services(endpoints_file=file)


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return create_app(services).test_client()


def a_body(*endpoints: dict[str, Any], mode: str = "merge", **fields: Any) -> dict[str, Any]:
    return {"mode": mode, "endpoints": list(endpoints), **fields}


def a_source(*generated: dict[str, Any], keys: dict[str, str] | None = None) -> dict[str, Any]:
    """Return a source whose operations have the keys `op:<name>`."""
    return {
        "name": "Shop API",
        "url": "http://shop/openapi.json",
        "format": "openapi",
        "keys": keys or {one["name"]: f"op:{one['name']}" for one in generated},
        "generated": {f"op:{one['name']}": one for one in generated},
    }


def save(client: FlaskClient, body: dict[str, Any], status: int = 200, **headers: str) -> Any:
    answer = client.post(
        "/endpoints/save",
        data=json.dumps(body),
        content_type="application/json",
        headers={k.replace("_", "-"): v for k, v in headers.items()},
    )
    assert answer.status_code == status, answer.json
    return answer.json


def preview(client: FlaskClient, body: dict[str, Any]) -> Any:
    answer = client.post("/endpoints/preview", json=body)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_a_preview_states_what_a_merge_changes_and_writes_nothing(client: FlaskClient, file: Path) -> None:
    found = preview(client, a_body({**LIST, "weight": 4}, PAY))

    assert found["difference"]["added"] == [{"list": "endpoints", "name": "Pay"}]
    [changed] = found["difference"]["changed"]
    assert (changed["name"], changed["fields"]) == ("List", [{"field": "weight", "old": 1.5, "new": 4}])
    assert found["difference"]["removed"] == []
    assert (found["can_write"], found["violations"], found["endpoints_count"]) == (True, [], 3)
    assert file.read_text() == FILE


def test_a_merge_touches_only_what_changes(client: FlaskClient, file: Path) -> None:
    answer = save(client, a_body({**LIST, "weight": 4}, PAY))

    assert file.read_text() == FILE.replace("1.50", "4").replace(
        "} }\n  ]",
        '} },\n    {\n      "name": "Pay",\n      "group": "shop",\n      "method": "POST",\n'
        '      "path": "/pay",\n      "body": { "a": 1 }\n    }\n  ]',
    )
    assert answer["endpoints_count"] == 3


def test_a_replacement_keeps_the_settings_of_the_user(client: FlaskClient, file: Path) -> None:
    answer = save(client, a_body({**LIST, "group": "new"}, mode="replace"))

    assert json.loads(file.read_text()) == {
        "service": "Shop",
        "slos": {"p95_ms": 500},
        "endpoints": [{"name": "List", "group": "new", "path": "/list"}],
    }
    assert answer["dropped"] == ["slos of the endpoint Buy"]
    assert [entry["name"] for entry in answer["difference"]["removed"]] == ["Buy"]


def test_the_second_of_two_browsers_is_told_and_nothing_is_lost(client: FlaskClient, file: Path) -> None:
    sha256 = preview(client, a_body(PAY))["sha256"]
    save(client, a_body(PAY, base_sha256=sha256))
    first = file.read_text()

    problem = save(client, a_body({**LIST, "weight": 9}, base_sha256=sha256), 412)

    assert file.read_text() == first
    assert problem["difference"]["added"] == [{"list": "endpoints", "name": "Pay"}]
    assert "has changed in the meantime by" in problem["detail"]
    assert problem["sha256"] == preview(client, a_body(PAY))["sha256"]


def test_if_match_prevents_a_lost_update(client: FlaskClient) -> None:
    save(client, a_body(PAY), 412, If_Match='"0"')


def test_an_invalid_result_is_refused_with_reasons_and_not_written(client: FlaskClient, file: Path) -> None:
    body = a_body({**PAY, "path": "http://elsewhere/"})
    [violation] = preview(client, body)["violations"]
    assert (violation["field"], violation["name"]) == ("endpoints[2].path", "Pay")

    problem = save(client, body, 422)

    assert problem["errors"][0]["field"] == "endpoints.json: endpoints[2].path"
    assert file.read_text() == FILE
    assert client.get("/endpoints/versions").json["versions"] == []


def test_a_name_of_another_request_gets_a_suffix(client: FlaskClient, file: Path) -> None:
    other = {**LIST, "path": "/other"}
    scenario = {"name": "Visit", "steps": [{"ref": "List"}, {"ref": "Pay"}]}

    answer = save(client, a_body(other, PAY, scenarios=[scenario]))

    assert [(one["old"], one["new"]) for one in answer["renames"]] == [("List", "List (2)")]
    assert json.loads(file.read_text())["scenarios"][0]["steps"] == [{"ref": "List (2)"}, {"ref": "Pay"}]
    assert answer["warnings"] == ["2 endpoints are in no scenario and will not be sent: List, Buy"]


def test_versions_are_kept_and_restored(client: FlaskClient, file: Path) -> None:
    save(client, a_body(PAY, source=a_source(PAY)))
    versions = client.get("/endpoints/versions").json["versions"]

    assert [(one["action"], one["source"], one["endpoints"]) for one in versions] == [
        ("save", "Shop API", 3),
        ("outside", None, 2),
    ]
    number = versions[1]["number"]
    detail = client.get(f"/endpoints/versions/{number}").json
    assert detail["content"] == FILE
    assert detail["difference"]["added"] == [{"list": "endpoints", "name": "Pay"}]
    answer = client.post(f"/endpoints/versions/{number}/restore", json={})
    assert (answer.status_code, file.read_text()) == (200, FILE)
    assert client.get("/endpoints/versions").json["versions"][0]["action"] == "restore"
    assert client.get("/endpoints/versions/99").status_code == 404
    assert (
        client.post(f"/endpoints/versions/{number}/restore", json={"base_sha256": "0" * 64}).status_code
        == 412
    )


def test_a_change_outside_of_the_dashboard_is_kept_as_a_version(client: FlaskClient, file: Path) -> None:
    save(client, a_body(PAY))
    by_hand = file.read_text().replace('"Shop"', '"Mine"')
    file.write_text(by_hand)

    assert client.post("/slo/config", json={"p95_ms": 300}).status_code == 200

    versions = client.get("/endpoints/versions").json["versions"]
    assert [one["action"] for one in versions] == ["slos", "outside", "save", "outside"]
    assert client.get(f"/endpoints/versions/{versions[1]['number']}").json["content"] == by_hand
    assert (versions[0]["is_current"], versions[1]["who"]) == (True, None)


def test_a_later_import_answers_for_each_operation(client: FlaskClient, file: Path) -> None:
    names = ("Same", "Changed", "Edited", "Both", "Gone", "Deleted")
    before = [{"name": name, "group": "api", "path": f"/{name}", "weight": 1} for name in names]
    save(client, a_body(*before, source=a_source(*before)))
    edited = json.loads(file.read_text())
    by_name = {one["name"]: one for one in edited["endpoints"]}
    by_name["Edited"]["weight"] = by_name["Both"]["weight"] = 7
    edited["endpoints"].remove(by_name["Deleted"])
    file.write_text(json.dumps(edited))
    after = [one for one in before if one["name"] != "Gone"]
    after = [{**one, "weight": 3} if one["name"] in ("Changed", "Both") else one for one in after]
    new = {"name": "New", "group": "api", "path": "/New"}
    source = a_source(*after, new)
    source["keys"].pop("Deleted")
    body = a_body(*(one for one in after if one["name"] != "Deleted"), new, source=source)

    found = preview(client, body)

    assert {one["key"]: one["status"] for one in found["operations"]} == {
        "op:Same": "same",
        "op:Changed": "changed",
        "op:Edited": "edited",
        "op:Both": "conflict",
        "op:Gone": "gone",
        "op:Deleted": "deleted",
        "op:New": "new",
    }
    both = next(one for one in found["operations"] if one["name"] == "Both")
    assert both["fields"] == [{"field": "weight", "base": 1, "file": 7, "document": 3, "outcome": "conflict"}]
    save(client, {**body, "remove_gone": True})
    weights = {one["name"]: one.get("weight") for one in json.loads(file.read_text())["endpoints"]}
    assert weights == {
        "List": 1.5,
        "Buy": None,
        "Same": 1,
        "Changed": 3,
        "Edited": 7,
        "Both": 7,
        "New": None,
    }


def test_an_edit_in_the_preview_is_a_hand_edit_for_a_later_import(client: FlaskClient, file: Path) -> None:
    save(client, a_body({**PAY, "weight": 5}, source=a_source(PAY)))

    save(client, a_body({**PAY, "body": {"a": 2}}, source=a_source({**PAY, "body": {"a": 2}})))

    saved = json.loads(file.read_text())["endpoints"][-1]
    assert (saved["weight"], saved["body"]) == (5, {"a": 2})


def test_a_renamed_operation_keeps_its_endpoint_and_its_steps(client: FlaskClient, file: Path) -> None:
    scenario = {"name": "Visit", "steps": [{"ref": "Pay"}]}
    save(client, a_body(PAY, scenarios=[scenario], source=a_source(PAY)))
    renamed = {**PAY, "name": "Pay order"}
    source = {**a_source(PAY), "keys": {"Pay order": "op:Pay"}, "generated": {"op:Pay": renamed}}

    answer = save(client, a_body(renamed, source=source))

    assert [(one["old"], one["new"]) for one in answer["renames"]] == [("Pay", "Pay order")]
    document = json.loads(file.read_text())
    assert [one["name"] for one in document["endpoints"]] == ["List", "Buy", "Pay order"]
    assert document["scenarios"][0]["steps"] == [{"ref": "Pay order"}]
    assert answer["difference"]["added"] == answer["difference"]["removed"] == []


def test_other_pages_are_told(services: Services, client: FlaskClient) -> None:
    subscription = services.hub.subscribe(["runs"])
    subscription.next(1)
    save(client, a_body(PAY))
    message = subscription.next(1) or b""
    assert message.split(b"\n")[1] == b"event: endpoints"
    subscription.close()
