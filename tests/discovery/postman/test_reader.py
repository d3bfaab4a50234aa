"""Requests of a collection become endpoints; what is missing is asked for."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.discovery.discovered import Candidate, Discovered, ImportOptions, UnreadableDocument
from dashboard.discovery.formats import read_document
from tests.conftest import ROOT
from tests.discovery.documents import assert_usable


def read(*items: Any, options: ImportOptions | None = None, **members: Any) -> Discovered:
    """Import a collection with these items."""
    found = read_document(json.dumps({"item": items, **members}).encode(), options or ImportOptions())
    assert_usable(found)
    return found


def item(name: str = "One", url: Any = "https://shop.test/a", method: str = "POST", **request: Any) -> Any:
    """Return a request of a collection."""
    return {"name": name, "request": {"url": url, "method": method, **request}}


def only(found: Discovered) -> Candidate:
    """Return the only candidate."""
    assert len(found.candidates) == 1
    return found.candidates[0]


def test_folders_become_groups_and_the_origin_the_target() -> None:
    found = read({"name": "Shop", "item": [{"name": "Orders", "item": [item()]}]})
    endpoint = only(found).endpoint
    assert (endpoint["group"], endpoint["path"], endpoint["method"]) == ("Shop / Orders", "/a", "POST")
    assert found.base_urls == ("https://shop.test",)


def test_variables_are_resolved_or_asked_for() -> None:
    variables = [{"key": "base", "value": "old"}, {"key": "base", "value": "https://shop.test/v1"}]
    found = read(
        item(url="{{base}}/users/{{user id}}?q={{text}}"),
        variable=[*variables, {"key": "text", "value": "a&b"}],
    )
    assert only(found).endpoint["path"] == "/v1/users/${env.USER_ID}?q=a&b".replace("a&b", "a%26b")
    assert [one.name for one in found.requested_values] == ["USER_ID"]
    answered = read(
        item(url="{{base}}/users/{{user id}}"),
        variable=variables,
        options=ImportOptions(values={"USER_ID": "7"}),
    )
    assert only(answered).endpoint["path"] == "/v1/users/7"


def test_a_path_variable_without_a_value_is_asked_for() -> None:
    url = {"host": ["shop", "test"], "protocol": "https", "path": ["users", ":id", ":tab"]}
    found = read(item(url={**url, "variable": [{"key": "id", "value": "7"}, {"key": "tab", "value": ""}]}))
    assert only(found).endpoint["path"] == "/users/7/${env.TAB}"


def test_json_keeps_its_shape_with_dynamic_variables() -> None:
    found = read(item(body={"mode": "raw", "raw": '{"id": "{{$guid}}", "n": 1}'}))
    assert only(found).endpoint["body_template"] == {"id": "${uuid}", "n": 1}
    assert [one.kind for one in only(found).remarks] == ["guess"]


def test_forms_leave_out_disabled_fields_and_mark_files() -> None:
    fields = [{"key": "a", "value": "1"}, {"key": "b", "value": "2", "disabled": True}]
    assert only(read(item(body={"mode": "urlencoded", "urlencoded": fields}))).endpoint["form"] == {"a": "1"}
    file = {"key": "f", "type": "file", "src": "/home/x/pic.png"}
    found = only(read(item(body={"mode": "formdata", "formdata": [*fields, file]})))
    assert found.endpoint["multipart"]["f"]["filename"] == "pic.png"
    assert "placeholder" in found.remarks[0].message


def test_graphql_bodies_become_graphql_requests() -> None:
    body = {"mode": "graphql", "graphql": {"query": "query A { a }", "variables": '{"n": 1}'}}
    endpoint = only(read(item(body=body))).endpoint
    assert (endpoint["type"], endpoint["query"], endpoint["variables"]) == (
        "graphql",
        "query A { a }",
        {"n": 1},
    )


def test_authentication_is_inherited_without_its_secret() -> None:
    auth = {"type": "bearer", "bearer": [{"key": "token", "value": "s3cret"}]}
    found = read(item(), auth=auth)
    assert found.auth is not None
    assert found.auth.mode == "bearer"
    assert "s3cret" not in repr(found)


def test_a_variable_of_the_type_secret_is_asked_for() -> None:
    variable = [{"key": "code", "value": "s3cret", "type": "secret"}]
    found = read(item(header=[{"key": "X-Code", "value": "{{code}}"}]), variable=variable)
    assert only(found).endpoint["headers"] == {"X-Code": "${env.CODE}"}
    assert [(one.name, one.is_secret) for one in found.requested_values] == [("CODE", True)]


def test_an_unsupported_authentication_is_a_problem() -> None:
    found = read(item(), item("Two", auth={"type": "hawk"}))
    assert [one.is_selected for one in found.candidates] == [True, False]
    assert "hawk" in found.candidates[1].remarks[0].message


def test_a_status_of_a_test_or_an_example_is_expected() -> None:
    script = {"listen": "test", "script": {"exec": ["pm.response.to.have.status(201);"]}}
    found = read({**item(), "event": script}, {**item("Two"), "response": [{"code": 202}, {"code": 404}]})
    assert [one.endpoint["checks"] for one in found.candidates] == [{"status": 201}, {"status": 202}]
    assert [one.name for one in found.left_out] == ["Test scripts"]


def test_a_variable_that_a_script_sets_is_extracted() -> None:
    lines = [
        "var json = pm.response.json();",
        "let user = json.user || {};",
        "pm.globals.set('token', user.token);",
    ]
    login = {**item("Login"), "event": [{"listen": "test", "script": {"exec": lines}}]}
    token = {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}"}]}
    found = read(login, item("Me", auth=token))
    first, second = found.candidates
    assert first.endpoint["extract"] == {"token": {"body_path": "user.token"}}
    assert second.endpoint["headers"]["Authorization"] == "Bearer ${data.token}"
    assert [step["ref"] for step in found.scenarios[0]["steps"]] == ["Login", "Me"]
    assert [one.kind for one in second.remarks] == ["guess"]
    assert found.requested_values == ()


def test_the_collection_of_the_demo_service_needs_only_a_password() -> None:
    found = read_document((ROOT / "dashboard" / "demo" / "postman.json").read_bytes(), ImportOptions())
    assert_usable(found)
    problems = {one.field for each in found.candidates for one in each.remarks if one.kind == "problem"}
    assert problems == {"password"}
    assert [one.name for one in found.requested_values] == ["PASSWORD"]


def test_unknown_methods_are_left_out_and_deletions_not_selected() -> None:
    found = read(item(method="PURGE"), item("Two", method="DELETE"), item("Three"))
    assert [(one.key, one.is_selected) for one in found.candidates] == [("Two", False), ("Three", True)]
    assert "PURGE" in found.left_out[0].reason


def test_format_1_is_refused_with_the_way_out() -> None:
    with pytest.raises(UnreadableDocument, match=r"v2\.1"):
        read_document(b'{"requests": [], "order": [], "name": "x"}', ImportOptions())


def test_variables_that_contain_each_other_end() -> None:
    variables = [{"key": f"v{n}", "value": f"{{{{v{(n + 1) % 9}}}}}" * 9} for n in range(9)]
    with pytest.raises(UnreadableDocument, match="1 MB"):
        read(item(url="https://shop.test/{{v0}}"), variable=variables)


FULL = {
    "info": {"schema": "https://schema.getpostman.com/json/collection/v2.1.0/", "name": "x"},
    "auth": {"type": "apikey", "apikey": [{"key": "key", "value": "X"}]},
    "variable": [{"key": "a", "value": "b"}],
    "item": [
        {
            "name": "f",
            "item": [item(header=[{"key": "A", "value": "{{a}}"}], body={"mode": "raw", "raw": "{{b}}"})],
        },
        item(url={"host": ["a"], "path": ["b"], "query": [{"key": "a", "value": "1"}], "variable": []}),
        item(body={"mode": "formdata", "formdata": [{"key": "a", "type": "file", "src": []}]}),
    ],
}
VALUES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([[], {}, [None], [[1]]])
)


def places(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all values."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [above, *(path for key, one in items for path in places(one, (*above, key)))]


@settings(max_examples=150, deadline=None)
@given(place=st.sampled_from(places(FULL)[1:]), value=VALUES)
def test_a_wrong_value_anywhere(place: tuple[Any, ...], value: Any) -> None:
    data = json.loads(json.dumps(FULL))
    inner = data
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with contextlib.suppress(UnreadableDocument):
        found = read_document(json.dumps(data).encode(), ImportOptions(), "postman")
        if any(one.is_selected for one in found.candidates):
            assert_usable(found)
