"""Chains of requests and their scenarios."""

from typing import Any

from dashboard.discovery.chains import Link, scenarios_of, with_chains
from dashboard.discovery.discovered import Candidate, Remark


def endpoint(name: str, path: str = "/", method: str = "GET", **fields: Any) -> dict[str, Any]:
    return {"name": name, "group": "g", "method": method, "path": path, "weight": 10, **fields}


def provider(name: str, key: str, **fields: Any) -> dict[str, Any]:
    return endpoint(name, extract={key: {"body_path": "id"}}, **fields)


def steps(endpoints: list[dict[str, Any]]) -> list[Any]:
    return [one["steps"] for one in scenarios_of(endpoints)]


def test_without_links_no_scenario_is_needed() -> None:
    assert scenarios_of([endpoint("A"), endpoint("B")]) == []


def test_source_comes_first_and_changes_come_last() -> None:
    endpoints = [
        endpoint("Delete", "/${data.id}", "DELETE"),
        endpoint("Change", "/${data.id}", "PATCH"),
        endpoint("Get", "/${data.id}"),
        provider("List", "id"),
        endpoint("Other"),
    ]

    assert steps(endpoints) == [
        [{"ref": "List"}, {"ref": "Get"}, {"ref": "Change"}, {"ref": "Delete"}],
        [{"one_of": ["Other"]}],
    ]
    assert [one["weight"] for one in scenarios_of(endpoints)] == [40, 10]


def test_sources_of_sources_come_before_them() -> None:
    endpoints = [
        endpoint("Get", "/${data.a}/${data.b}"),
        provider("Inner", "b", path="/${data.a}"),
        provider("Outer", "a"),
    ]

    assert steps(endpoints) == [[{"ref": "Outer"}, {"ref": "Inner"}, {"ref": "Get"}]]


def test_a_missing_source_makes_no_chain() -> None:
    assert scenarios_of([endpoint("Get", "/${data.id}"), endpoint("Other")]) == []


def test_mutual_sources_make_no_chain() -> None:
    endpoints = [provider("A", "a", path="/${data.b}"), provider("B", "b", path="/${data.a}")]

    assert steps(endpoints) == []


def test_links_add_extracts_and_remarks() -> None:
    remark = Remark("guess", "a guess", "path")
    candidates = [
        Candidate(key="list", endpoint=endpoint("List")),
        Candidate(key="get", endpoint=endpoint("Get", "/${data.id}")),
        Candidate(key="delete", endpoint=endpoint("Delete", "/${data.id}", "DELETE"), is_selected=False),
    ]
    link = Link("list", "get", "id", {"body_path": "[0].id"}, remark)

    linked, scenarios = with_chains(candidates, [link])

    assert linked[0].endpoint["extract"] == {"id": {"body_path": "[0].id"}}
    assert linked[1].remarks == (remark,)
    assert [one["steps"] for one in scenarios] == [[{"ref": "List"}, {"ref": "Get"}]]
