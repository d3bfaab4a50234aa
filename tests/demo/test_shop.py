"""What the shop answers, and that its description says the same."""

import json
from typing import Any

import jsonschema_rs
import pytest
import requests
import schemathesis

from dashboard.demo.launcher import DemoProcess
from dashboard.demo.openapi import document
from dashboard.demo.shop import DEMO_TOKEN, OPERATIONS
from tests.demo.conftest import StartDemo

GOOD: dict[str, tuple[str, str, Any, int]] = {
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


def ask(
    demo: DemoProcess, method: str, path: str, body: Any = None, token: str = DEMO_TOKEN
) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.request(method, demo.url + path, json=body, headers=headers, timeout=5)


def counters(demo: DemoProcess) -> Any:
    return requests.get(demo.url + "/_counters", timeout=5).json()


def test_every_operation_is_described_and_tried() -> None:
    described = [
        one["operationId"]
        for path in document()["paths"].values()
        for one in path.values()
        if "get" not in one and "operationId" in one
    ]
    assert sorted(described) == sorted(operation.name for operation in OPERATIONS) == sorted(GOOD)


def test_the_description_is_valid_openapi() -> None:
    schemathesis.openapi.from_dict(document()).validate()


@pytest.mark.parametrize("name", GOOD)
def test_each_operation_answers_as_described_and_is_counted(start: StartDemo, name: str) -> None:
    demo = start("--error-rate", "0")
    method, path, body, status = GOOD[name]
    response = ask(demo, method, path, body)
    assert response.status_code == status
    assert not list(jsonschema_rs.validator_for(answer_schema(name, status)).iter_errors(response.json()))
    expected = {"received": 1, "answered": 1, "statuses": {str(status): 1}}
    assert counters(demo) == {"operations": {name: expected}, **expected}


def answer_schema(name: str, status: int) -> dict[str, Any]:
    described = document()
    operations = [
        one for path in described["paths"].values() for one in path.values() if isinstance(one, dict)
    ]
    operation = next(one for one in operations if one.get("operationId") == name)
    schema = operation["responses"][str(status)]["content"]["application/json"]["schema"]
    return {**schema, "components": described["components"]}


def test_an_order_can_be_fetched_where_its_location_says(demo: DemoProcess) -> None:
    created = ask(demo, "POST", "/api/orders", {"product_id": 3})
    assert ask(demo, "GET", created.headers["Location"]).json() == created.json()


def test_an_order_can_be_taken_back_once(demo: DemoProcess) -> None:
    path = ask(demo, "POST", "/api/orders", {"product_id": 3}).headers["Location"]
    statuses = [ask(demo, method, path).status_code for method in ("DELETE", "GET", "DELETE")]
    assert statuses == [200, 404, 404]


def test_a_review_is_a_form_of_either_kind(demo: DemoProcess) -> None:
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
def test_graphql_answers_what_it_knows(
    demo: DemoProcess, query: str, variables: object, answered: set[str]
) -> None:
    answer = ask(demo, "POST", "/graphql", {"query": query, "variables": variables}).json()
    assert (set(answer["data"]), answer["errors"]) == (answered, [])


@pytest.mark.parametrize(
    ("query", "variables"), [("{ product(id: $id) }", {"id": 0}), ("{ nothing }", {}), ("createOrder", {})]
)
def test_graphql_tells_errors_with_status_200(demo: DemoProcess, query: str, variables: object) -> None:
    answer = ask(demo, "POST", "/graphql", {"query": query, "variables": variables})
    assert (answer.status_code, answer.json()["data"]) == (200, None)
    assert answer.json()["errors"]


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
def test_a_wrong_request_gets_a_true_status(
    demo: DemoProcess, method: str, path: str, body: Any, status: int
) -> None:
    response = ask(demo, method, path, body)
    assert (response.status_code, response.json()["status"]) == (status, status)


def test_deeply_nested_json_is_refused(demo: DemoProcess) -> None:
    response = requests.post(demo.url + "/api/orders", data=b"[" * 500_000, timeout=10)
    assert response.status_code == 400


def test_a_token_from_login_expires(start: StartDemo) -> None:
    demo = start("--token-life", "0.3")
    token = ask(demo, "POST", "/api/login", {"user": "demo", "password": "demo"}).json()["access_token"]
    assert ask(demo, "GET", "/api/profile", token=token).status_code == 200
    late = ask(demo, "GET", "/api/profile?delay_ms=350", token=token)
    assert late.status_code == 200
    expired = ask(demo, "GET", "/api/profile", token=token)
    assert expired.status_code == 401
    assert expired.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_the_profile_needs_a_token(demo: DemoProcess) -> None:
    assert requests.get(demo.url + "/api/profile", timeout=5).status_code == 401


def test_checkout_fails_as_often_as_told(start: StartDemo) -> None:
    demo = start("--error-rate", "0.25")
    with requests.Session() as session:
        statuses = [session.post(demo.url + "/api/checkout", timeout=5).status_code for _ in range(400)]
    assert {200, 500, 503} == set(statuses)
    assert 60 <= sum(status != 200 for status in statuses) <= 140


def test_the_query_can_force_a_status_and_a_delay(demo: DemoProcess) -> None:
    response = ask(demo, "GET", "/api/products?status=503&delay_ms=120")
    assert response.status_code == 503
    assert response.elapsed.total_seconds() >= 0.12


def test_what_is_not_the_shop_is_not_counted(demo: DemoProcess) -> None:
    for path in ("/", "/health", "/openapi.json", "/_counters", "/_nothing"):
        ask(demo, "GET", path)
    assert counters(demo)["received"] == 0


def test_a_reset_starts_from_nothing(demo: DemoProcess) -> None:
    ask(demo, "GET", "/api/products")
    assert ask(demo, "POST", "/_counters/reset").status_code == 204
    assert counters(demo) == {"operations": {}, "received": 0, "answered": 0, "statuses": {}}


def test_the_description_is_served(demo: DemoProcess) -> None:
    assert ask(demo, "GET", "/openapi.json").json() == json.loads(json.dumps(document()))
