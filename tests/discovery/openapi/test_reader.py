"""The import of a whole document."""

import pytest

from dashboard.discovery.discovered import AuthSuggestion, ImportOptions, LeftOut, UnreadableDocument
from dashboard.discovery.openapi.reader import read_openapi
from tests.discovery.openapi.reading import candidate, endpoint, read_file, read_paths


def test_server_variables_make_the_base_url() -> None:
    assert read_file("shop.yaml").base_urls == ("https://eu.shop.example/v2",)


def test_a_list_provides_the_ids_of_its_items() -> None:
    shop = read_file("shop.yaml")

    assert endpoint(shop, "GET /orders")["extract"] == {"orderId": {"body_path": "items[0].id"}}
    assert endpoint(shop, "GET /orders/{orderId}")["path"] == "/orders/${data.orderId}"
    assert [(one.kind, one.field) for one in candidate(shop, "GET /orders/{orderId}").remarks] == [
        ("guess", "path")
    ]


def test_changes_use_what_they_have_created() -> None:
    shop = read_file("shop.yaml")

    assert endpoint(shop, "POST /orders")["extract"] == {"orderId_2": {"body_path": "id"}}
    assert endpoint(shop, "PUT /orders/{orderId}")["path"] == "/orders/${data.orderId_2}"


def test_each_chain_is_a_scenario_and_the_rest_is_one() -> None:
    scenarios = read_file("shop.yaml").scenarios

    assert [one["steps"] for one in scenarios] == [
        [{"ref": "listOrders"}, {"ref": "GET /orders/{orderId}"}],
        [{"ref": "createOrder"}, {"ref": "changeOrder"}],
        [{"one_of": ["GET /status"]}],
    ]
    assert [one["weight"] for one in scenarios] == [20, 5, 10]


def test_body_fits_its_schema_without_read_only_and_recursive_members() -> None:
    assert endpoint(read_file("shop.yaml"), "POST /orders")["body"] == {
        "product_id": 12,
        "quantity": 3,
        "status": "new",
        "note": "costs ${ 5",
    }


def test_optional_parameters_need_an_example() -> None:
    assert endpoint(read_file("shop.yaml"), "GET /orders")["path"] == "/orders?page=2"


def test_destructive_requests_are_not_selected() -> None:
    shop = read_file("shop.yaml")

    assert not candidate(shop, "DELETE /orders/{orderId}").is_selected
    assert candidate(shop, "GET /orders/{orderId}").is_deprecated


def test_only_a_single_success_status_is_expected() -> None:
    shop = read_file("shop.yaml")

    assert endpoint(shop, "POST /orders")["checks"] == {"status": 201}
    assert "checks" not in endpoint(shop, "PUT /orders/{orderId}")
    assert "checks" not in endpoint(shop, "GET /status")


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["200"], 200),
        (["201", "400", "default"], 201),
        (["200", "204"], None),
        (["2XX"], None),
        (["200", "2XX"], None),
        (["404"], 404),
        (["404", "500"], None),
        (["302"], None),
        (["default"], None),
        ([], None),
    ],
    ids=str,
)
def test_expected_status(statuses: list[str], expected: int | None) -> None:
    found = read_paths({"/a": {"get": {"responses": {status: {"description": "x"} for status in statuses}}}})

    assert endpoint(found, "GET /a").get("checks", {}).get("status") == expected


def test_secrets_come_from_outside() -> None:
    shop = read_file("shop.yaml")

    assert shop.auth == AuthSuggestion(mode="bearer")
    assert endpoint(shop, "GET /status")["path"] == "/status?api_key=${env.API_KEY}"
    assert [(one.name, one.is_secret) for one in shop.requested_values] == [("API_KEY", True)]


def test_what_is_left_out_has_its_reason() -> None:
    assert read_file("shop.yaml").left_out == (
        LeftOut("TRACE /status", "A load test cannot send TRACE requests."),
        LeftOut("Callbacks", "A callback is a request that the service sends, not one that it receives."),
        LeftOut(
            "Webhook shipped", "A webhook is a request that the service sends, not one that it receives."
        ),
    )


def test_references_to_other_documents_are_left_out() -> None:
    here = {"get": {"responses": {}, "parameters": [{"$ref": "http://example.invalid/p.yaml"}]}}
    found = read_paths(
        {"/here": here, "/there": {"$ref": "other.yaml#/there"}, "/get": {"get": {"$ref": "g.yaml"}}}
    )

    assert [one.key for one in found.candidates] == ["GET /here"]
    bundle = "Bundle the document into one file and import that."
    assert found.left_out[:2] == (
        LeftOut("/there", f"It is defined elsewhere: other.yaml#/there. {bundle}"),
        LeftOut("GET /get", f"It is defined elsewhere: g.yaml. {bundle}"),
    )
    assert {one.name for one in found.left_out[2:]} == {
        "other.yaml#/there",
        "g.yaml",
        "http://example.invalid/p.yaml",
    }


def test_names_stay_distinct() -> None:
    same = {"operationId": "same", "responses": {}}
    discovered = read_paths({"/a": {"get": same}, "/b": {"get": same}})

    assert [one.endpoint["name"] for one in discovered.candidates] == ["same", "same (2)"]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"swagger": "1.2", "paths": {}}, r"OpenAPI \(Swagger\) 1.2 is not supported"),
        ({"asyncapi": "1.2.0"}, "AsyncAPI 1.2.0"),
        ({"openapi": "3.1.0", "webhooks": {"a": {}}}, "only webhooks"),
        ({"openapi": "3.1.0", "paths": {}}, "no paths with operations"),
        ([], "not an OpenAPI document"),
    ],
)
def test_documents_that_cannot_be_imported_are_refused_with_the_reason(document: object, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason):
        read_openapi(document, ImportOptions())
