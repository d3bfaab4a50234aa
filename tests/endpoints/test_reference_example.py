"""The whole example of the reference, with each of its parts, is a document that can be used."""

import json

import pytest

from dashboard.endpoints.file import EndpointsDocument
from dashboard.endpoints.reading import read_document
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
      "steps": [ { "ref": "ListUsers" }, { "ref": "SearchAgents" } ]
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


def document() -> EndpointsDocument:
    raw = json.dumps(EXAMPLE).encode()
    checked, data = read_document(raw)
    return EndpointsDocument(raw, "", data, checked)


def test_it_is_accepted_with_its_data_file() -> None:
    document().check_data({"users": ("userId", "searchTerm", "region")})
    assert document().data_files == ("users",)


def test_without_its_data_file_it_is_told_where() -> None:
    with pytest.raises(InvalidRequest) as refused:
        document().check_data({})
    assert [error.field for error in refused.value.errors] == ["endpoints.json: endpoints[0].data_file"]
