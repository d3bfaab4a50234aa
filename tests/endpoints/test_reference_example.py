"""The examples of docs/endpoints.md: accepted unchanged, or rejected with a message that names the correction."""

import json
from typing import Any

import pytest

from dashboard.endpoints.file import LoadedDocument
from dashboard.endpoints.parse import read_document
from dashboard.model.errors import InvalidRequest

EXAMPLE: dict[str, Any] = json.loads("""
{
  "service": "My API",
  "slos": { "p95_ms": 500, "error_rate": 0.01, "apdex_score": 0.85 },
  "scenarios": [
    {
      "name": "browse",
      "weight": 2,
      "think_time": "0.5s",
      "steps": [ { "ref": "ListItems" }, { "ref": "GetItem" } ]
    }
  ],
  "endpoints": [
    {
      "name": "ListUsers",
      "group": "users",
      "type": "rest",
      "method": "GET",
      "path": "/api/users",
      "weight": 3,
      "data_file": "users",
      "headers": { "X-Tenant": "acme" },
      "checks": { "status": 200, "body_path": "data", "max_duration_ms": 300 }
    },
    {
      "name": "SearchAgents",
      "group": "agents",
      "type": "graphql",
      "path": "/api/v1alpha",
      "weight": 2,
      "query": "query ListAgents { agents { id name } }",
      "variables": {},
      "checks": { "status": 200, "no_graphql_errors": true, "has_data": true }
    }
  ],
  "setup": [
    {
      "name": "CreateTestUser",
      "type": "rest",
      "method": "POST",
      "path": "/api/users",
      "variables": { "name": "k6-perf-test" },
      "result_key": "userId",
      "result_path": "data.id"
    }
  ],
  "teardown": [
    {
      "name": "DeleteTestUser",
      "type": "rest",
      "method": "DELETE",
      "path": "/api/users/${data.userId}",
      "requires": ["userId"]
    }
  ]
}
""")


# From the sections about data files, checks and scenarios.
SEARCH_DOCS = {
    "name": "SearchDocs",
    "type": "rest",
    "method": "GET",
    "path": "/api/search",
    "data_file": "users",
    "variables_from_data_file": {"q": "searchTerm", "region": "region"},
}
SEARCH_USERS = {
    "name": "SearchUsers",
    "type": "rest",
    "path": "/api/users",
    "checks": {
        "status": 200,
        "body_path": "data.users",
        "header_present": "X-Request-Id",
        "max_duration_ms": 500,
        "body_contains": '"total":',
    },
}
SCENARIO: dict[str, Any] = {
    "name": "user_journey",
    "weight": 3,
    "think_time": "0.5s",
    "steps": [
        {"ref": "ListAllAgents"},
        {"ref": "GetConversations", "think_time": "1s"},
        {"ref": "GetConversation"},
    ],
}
SLOS = {"p95_ms": 500, "p99_ms": 2000, "error_rate": 0.01, "checks_rate": 0.99, "apdex_score": 0.85}
COLUMNS = {"users": ("userId", "searchTerm", "region")}


def read(document: dict[str, Any]) -> LoadedDocument:
    raw = json.dumps(document).encode()
    checked, data = read_document(raw)
    return LoadedDocument(raw, "", data, checked)


def violations_of(document: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        read(document)
    return {error.field.removeprefix("endpoints.json: "): error.message for error in caught.value.errors}


def complete_example() -> dict[str, Any]:
    """Return the example with steps that refer to its own endpoints, as the error message suggests."""
    return EXAMPLE | {
        "scenarios": [EXAMPLE["scenarios"][0] | {"steps": [{"ref": "ListUsers"}, {"ref": "SearchAgents"}]}]
    }


def test_a_step_with_an_unknown_endpoint_lists_the_existing_endpoints() -> None:
    message = 'no endpoint is named "{}". Use one of "ListUsers", "SearchAgents", or add it to endpoints.'
    assert violations_of(EXAMPLE) == {
        "scenarios[0].steps[0].ref": message.format("ListItems"),
        "scenarios[0].steps[1].ref": message.format("GetItem"),
    }


def test_the_example_is_accepted_once_the_missing_endpoints_are_added() -> None:
    missing = [{"name": name, "group": "items", "path": "/api/items"} for name in ("ListItems", "GetItem")]
    read(EXAMPLE | {"endpoints": EXAMPLE["endpoints"] + missing}).check_data(COLUMNS)


def test_the_completed_example_is_accepted_with_its_data_file() -> None:
    read(complete_example()).check_data(COLUMNS)
    assert read(complete_example()).data_files == ("users",)


def test_a_missing_data_file_is_reported_with_its_path() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(complete_example()).check_data({})
    [error] = caught.value.errors
    assert error.field == "endpoints.json: endpoints[0].data_file"
    assert 'there is no data file "users"' in error.message


@pytest.mark.parametrize("endpoint", [SEARCH_DOCS, SEARCH_USERS], ids=lambda endpoint: endpoint["name"])
def test_an_endpoint_requires_a_group(endpoint: dict[str, Any]) -> None:
    assert violations_of({"endpoints": [endpoint]}) == {
        "endpoints[0].group": 'is missing. Name a group such as "catalog"; figures are aggregated by it.'
    }
    read({"endpoints": [endpoint | {"group": "search"}]}).check_data(COLUMNS)


def test_the_scenario_is_accepted_with_its_endpoints() -> None:
    names = [step["ref"] for step in SCENARIO["steps"]]
    endpoints = [{"name": name, "group": "chat", "path": "/"} for name in names]
    assert read({"endpoints": endpoints, "scenarios": [SCENARIO]}).checked.scenarios
    assert list(violations_of({"scenarios": [SCENARIO]})) == ["endpoints"]


def test_the_slos_are_accepted() -> None:
    endpoint = {"name": "A", "group": "g", "path": "/"}
    assert read({"service": "My API", "slos": SLOS, "endpoints": [endpoint]}).checked.slos
