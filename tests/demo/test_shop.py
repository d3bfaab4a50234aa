"""The responses of the shop, which match its OpenAPI document."""

import json
from typing import Any

import jsonschema_rs
import pytest
import requests
import schemathesis
from graphql import build_client_schema

from dashboard.demo.launcher import DemoProcess
from dashboard.demo.openapi import document
from dashboard.demo.shop import DEMO_TOKEN, OPERATIONS
from dashboard.scan.introspection import QUERY
from tests.demo.conftest import StartDemo

EXAMPLES: dict[str, tuple[str, str, Any, int]] = {
    "ListProducts": ("GET", "/api/products", None, 200),
    "GetProduct": ("GET", "/api/products/7", None, 200),
    "Search": ("GET", "/api/search?q=lamp", None, 200),
    "CreateOrder": ("POST", "/api/orders", {"product_id": 7, "quantity": 2}, 201),
    "GetOrder": ("GET", "/api/orders/1001", None, 200),
    "Checkout": ("POST", "/api/checkout", {}, 200),
    "Login": ("POST", "/api/login", {"user": "demo", "password": "demo"}, 200),
    "Profile": ("GET", "/api/profile", None, 200),
    "CancelOrder": ("DELETE", "/api/orders/1001", None, 409),
    "Review": ("POST", "/api/reviews", {"product_id": "1"}, 415),
    "GraphQL": ("POST", "/graphql", {"query": "{ products { id } }"}, 200),
    "NotFound": ("GET", "/api/discontinued", None, 404),
}


def request(
    demo: DemoProcess, method: str, path: str, body: Any = None, token: str = DEMO_TOKEN
) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.request(method, demo.url + path, json=body, headers=headers, timeout=5)


def counters(demo: DemoProcess) -> Any:
    return requests.get(demo.url + "/_counters", timeout=5).json()


def test_every_operation_is_documented_and_tested() -> None:
    documented = [
        one["operationId"]
        for path in document()["paths"].values()
        for one in path.values()
        if "get" not in one and "operationId" in one
    ]
    assert sorted(documented) == sorted(operation.name for operation in OPERATIONS) == sorted(EXAMPLES)


def test_the_document_is_valid_openapi() -> None:
    schemathesis.openapi.from_dict(document()).validate()


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_operation_responds_as_documented_and_is_counted(start: StartDemo, name: str) -> None:
    demo = start("--error-rate", "0")
    method, path, body, status = EXAMPLES[name]
    response = request(demo, method, path, body)
    assert response.status_code == status
    assert not list(jsonschema_rs.validator_for(response_schema(name, status)).iter_errors(response.json()))
    expected = {"received": 1, "answered": 1, "statuses": {str(status): 1}}
    assert counters(demo) == {"operations": {name: expected}, **expected}


def response_schema(name: str, status: int) -> dict[str, Any]:
    openapi = document()
    operations = [one for path in openapi["paths"].values() for one in path.values() if isinstance(one, dict)]
    operation = next(one for one in operations if one.get("operationId") == name)
    schema = operation["responses"][str(status)]["content"]["application/json"]["schema"]
    return {**schema, "components": openapi["components"]}


def test_an_order_can_be_fetched_at_its_location(demo: DemoProcess) -> None:
    created = request(demo, "POST", "/api/orders", {"product_id": 3})
    assert request(demo, "GET", created.headers["Location"]).json() == created.json()


def test_an_order_can_be_canceled_once(demo: DemoProcess) -> None:
    path = request(demo, "POST", "/api/orders", {"product_id": 3}).headers["Location"]
    statuses = [request(demo, method, path).status_code for method in ("DELETE", "GET", "DELETE")]
    assert statuses == [200, 404, 404]


def test_a_review_may_be_urlencoded_or_multipart(demo: DemoProcess) -> None:
    fields = {"product_id": "1", "text": "gut ä & schön"}
    encoded = requests.post(demo.url + "/api/reviews", data=fields, timeout=5)
    parts = requests.post(
        demo.url + "/api/reviews", data=fields, files={"photo": ("a.png", b"\x00\xff\r\n--x")}, timeout=5
    )
    assert (encoded.status_code, encoded.json()) == (201, {"fields": ["product_id", "text"], "bytes": 16})
    assert (parts.status_code, parts.json()) == (
        201,
        {"fields": ["photo", "product_id", "text"], "bytes": 23},
    )
    assert requests.post(demo.url + "/api/reviews", data={"text": "x"}, timeout=5).status_code == 422


@pytest.mark.parametrize(
    ("query", "variables", "answered"),
    [
        ("query ($id: ID!) { product(id: $id) { name } }", {"id": 7}, {"product"}),
        ("mutation ($p: Int!) { createOrder(product_id: $p) { id } }", {"product_id": 3}, {"createOrder"}),
        ("{ products { id } }", None, {"products"}),
    ],
)
def test_graphql_returns_the_supported_fields(
    demo: DemoProcess, query: str, variables: object, answered: set[str]
) -> None:
    response = request(demo, "POST", "/graphql", {"query": query, "variables": variables}).json()
    assert (set(response["data"]), response["errors"]) == (answered, [])


def test_graphql_answers_introspection(demo: DemoProcess) -> None:
    response = request(demo, "POST", "/graphql", {"query": QUERY}).json()

    query_type = build_client_schema(response["data"]).query_type
    assert query_type
    assert sorted(query_type.fields) == ["product", "products"]


@pytest.mark.parametrize(
    ("query", "variables"), [("{ product(id: $id) }", {"id": 0}), ("{ nothing }", {}), ("createOrder", {})]
)
def test_graphql_reports_errors_with_status_200(demo: DemoProcess, query: str, variables: object) -> None:
    response = request(demo, "POST", "/graphql", {"query": query, "variables": variables})
    assert (response.status_code, response.json()["data"]) == (200, None)
    assert response.json()["errors"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/products/0", None, 404),
        ("GET", "/api/products/", None, 404),
        ("GET", "/api/orders/9999", None, 404),
        ("POST", "/api/orders", None, 400),
        ("POST", "/api/orders", [], 400),
        ("POST", "/api/orders", {"product_id": 101}, 422),
        ("POST", "/api/orders", {"product_id": True}, 422),
        ("POST", "/api/orders", {"product_id": 1, "quantity": 0}, 422),
        ("POST", "/api/login", {"user": "demo", "password": "no"}, 401),
        ("POST", "/graphql", {"query": 5}, 400),
        ("POST", "/graphql", {"query": "x", "variables": 5}, 400),
        ("GET", "/nothing", None, 404),
        ("DELETE", "/api/products", None, 405),
        ("PUT", "/api/orders/1001", None, 405),
    ],
)
def test_an_invalid_request_gets_the_right_status(
    demo: DemoProcess, method: str, path: str, body: Any, status: int
) -> None:
    response = request(demo, method, path, body)
    assert (response.status_code, response.json()["status"]) == (status, status)


def test_deeply_nested_json_is_rejected(demo: DemoProcess) -> None:
    response = requests.post(demo.url + "/api/orders", data=b"[" * 500_000, timeout=10)
    assert response.status_code == 400


def test_a_token_from_login_expires(start: StartDemo) -> None:
    demo = start("--token-life", "0.3")
    token = request(demo, "POST", "/api/login", {"user": "demo", "password": "demo"}).json()["access_token"]
    assert request(demo, "GET", "/api/profile", token=token).status_code == 200
    late = request(demo, "GET", "/api/profile?delay_ms=350", token=token)
    assert late.status_code == 200
    expired = request(demo, "GET", "/api/profile", token=token)
    assert expired.status_code == 401
    assert expired.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_the_profile_requires_a_token(demo: DemoProcess) -> None:
    assert requests.get(demo.url + "/api/profile", timeout=5).status_code == 401


def test_checkout_fails_at_the_configured_rate(start: StartDemo) -> None:
    demo = start("--error-rate", "0.25")
    with requests.Session() as session:
        statuses = [session.post(demo.url + "/api/checkout", timeout=5).status_code for _ in range(400)]
    assert {200, 500, 503} == set(statuses)
    assert 60 <= sum(status != 200 for status in statuses) <= 140


def test_the_query_can_force_a_status_and_a_delay(demo: DemoProcess) -> None:
    response = request(demo, "GET", "/api/products?status=503&delay_ms=120")
    assert response.status_code == 503
    assert response.elapsed.total_seconds() >= 0.12


def test_requests_outside_the_shop_are_not_counted(demo: DemoProcess) -> None:
    for path in ("/", "/health", "/openapi.json", "/_counters", "/_nothing"):
        request(demo, "GET", path)
    assert counters(demo)["received"] == 0


def test_a_reset_clears_the_counts(demo: DemoProcess) -> None:
    request(demo, "GET", "/api/products")
    assert request(demo, "POST", "/_counters/reset").status_code == 204
    assert counters(demo) == {"operations": {}, "received": 0, "answered": 0, "statuses": {}}


def test_the_document_is_served(demo: DemoProcess) -> None:
    assert request(demo, "GET", "/openapi.json").json() == json.loads(json.dumps(document()))
