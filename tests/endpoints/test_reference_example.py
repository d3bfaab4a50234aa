"""The examples of the reference, word for word: used as they stand, or refused with what is to be done."""

import json
from typing import Any

import pytest

from dashboard.endpoints.file import LoadedDocument
from dashboard.endpoints.parse import read_document
from dashboard.model.errors import InvalidRequest

EXAMPLE = json.loads("""
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


# Of the sections about data files, checks and scenarios.
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
        "header_present": "X-RequestSpec-Id",
        "max_duration_ms": 500,
        "body_contains": '"total":',
    },
}
JOURNEY = {
    "name": "user_journey",
    "weight": 3,
    "think_time": "0.5s",
    "steps": [
        {"ref": "ListAllAgents"},
        {"ref": "GetConversations", "think_time": "1s"},
        {"ref": "GetConversation"},
    ],
}
LIMITS = {"p95_ms": 500, "p99_ms": 2000, "error_rate": 0.01, "checks_rate": 0.99, "apdex_score": 0.85}
COLUMNS = {"users": ("userId", "searchTerm", "region")}


def read(document: dict[str, Any]) -> LoadedDocument:
    raw = json.dumps(document).encode()
    checked, data = read_document(raw)
    return LoadedDocument(raw, "", data, checked)


def refused(document: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as error:
        read(document)
    return {one.field.removeprefix("endpoints.json: "): one.message for one in error.value.errors}


def repaired() -> dict[str, Any]:
    """With the steps of its scenario as the refusal asks for them: the example itself names no endpoint of its own."""
    return EXAMPLE | {
        "scenarios": [EXAMPLE["scenarios"][0] | {"steps": [{"ref": "ListUsers"}, {"ref": "SearchAgents"}]}]
    }


def test_word_for_word_it_is_told_which_endpoints_its_scenario_lacks_and_what_there_is() -> None:
    words = 'no endpoint is named "{}". Use one of "ListUsers", "SearchAgents", or add it to endpoints.'
    assert refused(EXAMPLE) == {
        "scenarios[0].steps[0].ref": words.format("ListItems"),
        "scenarios[0].steps[1].ref": words.format("GetItem"),
    }


def test_with_endpoints_of_those_names_it_is_accepted_word_for_word() -> None:
    lacking = [{"name": name, "group": "items", "path": "/api/items"} for name in ("ListItems", "GetItem")]
    read(EXAMPLE | {"endpoints": EXAMPLE["endpoints"] + lacking}).check_data(COLUMNS)


def test_it_is_accepted_with_its_data_file() -> None:
    read(repaired()).check_data(COLUMNS)
    assert read(repaired()).data_files == ("users",)


def test_without_its_data_file_it_is_told_where() -> None:
    with pytest.raises(InvalidRequest) as told:
        read(repaired()).check_data({})
    [error] = told.value.errors
    assert error.field == "endpoints.json: endpoints[0].data_file"
    assert 'there is no data file "users"' in error.message


@pytest.mark.parametrize("endpoint", [SEARCH_DOCS, SEARCH_USERS], ids=lambda one: one["name"])
def test_an_endpoint_without_its_group_is_told_to_have_one_and_then_accepted(
    endpoint: dict[str, Any],
) -> None:
    told = refused({"endpoints": [endpoint]})
    assert told == {"endpoints[0].group": 'is missing: name one such as "catalog", for sums and filters'}
    read({"endpoints": [endpoint | {"group": "search"}]}).check_data(COLUMNS)


def test_the_scenario_is_accepted_with_endpoints_of_its_names() -> None:
    names = [step["ref"] for step in JOURNEY["steps"]]  # type: ignore[index]
    listed = [{"name": name, "group": "chat", "path": "/"} for name in names]
    assert read({"endpoints": listed, "scenarios": [JOURNEY]}).checked.scenarios
    assert list(refused({"scenarios": [JOURNEY]})) == ["endpoints"]


def test_the_limits_are_accepted() -> None:
    endpoint = {"name": "A", "group": "g", "path": "/"}
    assert read({"service": "My API", "slos": LIMITS, "endpoints": [endpoint]}).checked.slos
