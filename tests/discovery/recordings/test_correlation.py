"""Values that an earlier response provides are extracted and used, and everything else stays as it was recorded."""

import json
from typing import Any

from dashboard.discovery.discovered import Discovered, ImportOptions
from dashboard.discovery.recordings.har import read_har
from tests.discovery.documents import valid_document
from tests.discovery.recordings.har_files import entry, har

API = "https://api.test/api"
TOKEN = "eyJhbGciOi.recorded-token-1"


def read(*entries: dict[str, Any]) -> tuple[Discovered, list[dict[str, Any]]]:
    found = read_har(har(*entries), ImportOptions())
    return found, valid_document(found)["endpoints"]


def test_an_id_of_a_created_item_is_used_in_paths() -> None:
    found, endpoints = read(
        entry("POST", f"{API}/orders", post='{"q": 1}', status=201, answer={"id": 1021}),
        entry(url=f"{API}/orders/1021?full=1"),
        entry("DELETE", f"{API}/orders/1021"),
    )
    assert endpoints[0]["extract"] == {"orderId": {"body_path": "id"}}
    assert endpoints[1]["path"] == "/api/orders/${data.orderId}?full=1"
    assert endpoints[1]["name"] == "GET /api/orders/{orderId}"
    assert endpoints[2]["path"] == "/api/orders/${data.orderId}"
    guesses = [remark for remark in found.candidates[1].remarks if remark.kind == "guess"]
    assert 'the response of "POST /api/orders": id of the body' in guesses[0].message


def test_an_item_of_a_list_is_used_by_its_position() -> None:
    items = [{"id": number, "name": f"Lamp {number}"} for number in range(1, 9)]
    _, endpoints = read(
        entry(url=f"{API}/products", answer={"items": items}),
        entry(url=f"{API}/products/7"),
        entry("POST", f"{API}/orders", post='{"product_id": 7, "quantity": 7}'),
    )
    assert endpoints[0]["extract"] == {"productId": {"body_path": "items[6].id"}}
    assert endpoints[1]["path"] == "/api/products/${data.productId}"
    assert endpoints[2]["body_template"] == {"product_id": "${data.productId}", "quantity": 7}


def test_a_short_number_of_another_resource_stays() -> None:
    _, endpoints = read(entry(url=f"{API}/products", answer=[{"id": 7}]), entry(url=f"{API}/users/7?page=7"))
    assert endpoints[1]["path"] == "/api/users/7?page=7"


def test_a_token_of_a_login_is_used_and_secret() -> None:
    found, endpoints = read(
        entry("POST", f"{API}/login", post='{"user": "ada"}', answer={"data": {"access_token": TOKEN}}),
        entry(url=f"{API}/profile", headers={"Authorization": f"Bearer {TOKEN}"}),
    )
    assert endpoints[0]["extract"] == {"accessToken": {"body_path": "data.access_token", "secret": True}}
    assert endpoints[1]["headers"] == {"Authorization": "Bearer ${data.accessToken}"}
    assert found.auth is None
    assert TOKEN not in repr(found)


def test_headers_and_cookies_of_responses_are_used() -> None:
    _, endpoints = read(
        entry(
            url=f"{API}/session",
            answer_headers={"X-Csrf-Token": "abc123def456", "Set-Cookie": "xsrf=cookie-value-1; Path=/"},
        ),
        entry("POST", f"{API}/a", headers={"X-CSRF-Token": "abc123def456", "X-XSRF": "cookie-value-1"}),
    )
    assert sorted(endpoints[0]["extract"].values(), key=str) == [
        {"cookie": "xsrf", "secret": True},
        {"header": "X-Csrf-Token", "secret": True},
    ]
    assert endpoints[1]["headers"] == {"X-CSRF-Token": "${data.xCsrfToken}", "X-XSRF": "${data.xsrf}"}


def test_values_are_used_in_queries_forms_and_variables() -> None:
    cursor = "cGFnZTo0Mg/=="
    form = {
        "mimeType": "application/x-www-form-urlencoded",
        "text": "cursor=cGFnZTo0Mg%2F%3D%3D&x=%24%7Ba%7D",
    }
    query = {"query": "query Q($c: String) { a(c: $c) }", "variables": {"c": cursor}}
    _, endpoints = read(
        entry(url=f"{API}/list", answer={"next": cursor}),
        entry(url=f"{API}/list?cursor=cGFnZTo0Mg%2F%3D%3D&n=5"),
        entry("POST", f"{API}/form", post=form),
        entry("POST", f"{API}/graphql", post=json.dumps(query)),
    )
    assert endpoints[1]["path"] == "/api/list?cursor=${data.next}&n=5"
    assert endpoints[2]["form"] == {"cursor": "${data.next}", "x": "$${a}"}
    assert endpoints[3]["variables_template"] == {"c": "${data.next}"}


def test_a_value_that_the_client_chose_is_not_extracted() -> None:
    _, endpoints = read(
        entry("POST", f"{API}/carts", post='{"cart": "cart-4711-xyz"}', answer={"id": "cart-4711-xyz"}),
        entry(url=f"{API}/carts/cart-4711-xyz"),
    )
    assert "extract" not in endpoints[0]
    assert endpoints[1]["path"] == "/api/carts/cart-4711-xyz"


def test_dates_words_and_addresses_are_not_extracted() -> None:
    answer = {"day": "2026-01-01", "role": "administrator", "link": "https://api.test/1", "id": ""}
    _, endpoints = read(
        entry(url=f"{API}/a", answer=answer),
        entry("POST", f"{API}/b", post=json.dumps({"day": "2026-01-01", "role": "administrator", "id": ""})),
    )
    assert endpoints[1]["body"] == {"day": "2026-01-01", "role": "administrator", "id": ""}


def test_values_of_failed_and_destructive_requests_are_not_used() -> None:
    _, endpoints = read(
        entry(url=f"{API}/a", status=404, answer={"id": "abc123456789"}),
        entry("DELETE", f"{API}/c/1", answer={"id": "def123456789"}),
        entry("POST", f"{API}/b", post='{"a": "abc123456789", "b": "def123456789"}'),
    )
    assert endpoints[-1]["body"] == {"a": "abc123456789", "b": "def123456789"}


def test_a_value_of_an_html_page_is_marked() -> None:
    form = {"mimeType": "application/x-www-form-urlencoded", "text": "state=dDwtMTA4NzQ&name=Ada"}
    page = '<form><input type="hidden" name="state" value="dDwtMTA4NzQ"></form>'
    found, endpoints = read(
        entry(url=f"{API}/form", answer=page, media_type="text/html"), entry("POST", f"{API}/form", post=form)
    )
    assert endpoints[1]["form"] == {"state": "dDwtMTA4NzQ", "name": "Ada"}
    assert ["earlier HTML page" in remark.message for remark in found.candidates[1].remarks] == [True]


def test_keys_that_a_path_cannot_name_are_skipped() -> None:
    _, endpoints = read(
        entry(url=f"{API}/a", answer={"a.b": {"c": "abc123456789"}, "$x": "def123456789"}),
        entry("POST", f"{API}/b", post='{"a": "abc123456789", "b": "def123456789"}'),
    )
    assert "extract" not in endpoints[0]
    assert endpoints[1]["body"] == {"a": "abc123456789", "b": "def123456789"}
