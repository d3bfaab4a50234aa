"""Queries and mutations of a schema become requests that the schema accepts."""

import json
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, get_operation_ast, parse, validate
from graphql.execution.values import get_variable_values

from dashboard.discovery.discovered import Candidate, ImportOptions, UnreadableDocument
from dashboard.discovery.formats import read_document
from dashboard.discovery.graphql.recognition import introspection_of
from dashboard.discovery.graphql.schema import schema_of_introspection, schema_of_text
from tests.conftest import ROOT
from tests.discovery.documents import assert_usable
from tests.discovery.graphql.schemas import SHOP, by_name, introspect, read_text

FILES = sorted((ROOT.parent / "shared" / "corpus").glob("graphql-*"))


def assert_valid(schema: GraphQLSchema, candidate: Candidate) -> None:
    """Check the query and the types of its variables."""
    endpoint = candidate.endpoint
    document = parse(endpoint["query"])
    assert validate(schema, document) == [], candidate.key
    operation = get_operation_ast(document, endpoint["operation_name"])
    assert operation is not None
    values = endpoint.get("variables") or endpoint.get("variables_template") or {}
    if not any(remark.kind == "problem" for remark in candidate.remarks):
        assert not isinstance(get_variable_values(schema, operation.variable_definitions or (), values), list)


@pytest.mark.skipif(not FILES, reason="the corpus of public documents is not present")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_operation_of_public_schemas_is_valid(path: Path) -> None:
    raw = path.read_bytes()
    introspection = introspection_of(json.loads(raw)) if path.suffix == ".json" else None
    schema = schema_of_introspection(introspection) if introspection else schema_of_text(raw.decode())
    found = read_document(raw, ImportOptions())
    assert found.candidates
    for candidate in found.candidates:
        assert_valid(schema, candidate)
    assert_usable(found)


def test_every_operation_of_the_shop_is_valid() -> None:
    schema = build_schema(SHOP)
    found = read_text(SHOP)
    for candidate in found.candidates:
        assert_valid(schema, candidate)
    assert_usable(found)


@pytest.mark.parametrize("is_wrapped", [True, False])
def test_an_introspection_equals_the_schema_file(is_wrapped: bool) -> None:
    text = SHOP.replace("@oneOf", "")  # an introspection does not ask for it
    data = introspect(build_schema(text))
    raw = json.dumps({"data": data} if is_wrapped else data).encode()
    assert read_document(raw, ImportOptions()).candidates == read_text(text).candidates


def test_required_arguments_are_filled_as_variables() -> None:
    endpoint = by_name(read_text(SHOP), "search").endpoint
    assert endpoint["operation_name"] == "Search"
    assert endpoint["query"].startswith(
        "query Search($query: String!, $filter: Filter!) { search(query: $query"
    )
    assert endpoint["variables"] == {
        "query": "test",
        "filter": {"order": "NEW", "range": {"from": "2025-01-15T12:00:00Z"}, "and": []},
    }
    assert endpoint["checks"] == {"status": 200, "no_graphql_errors": True, "has_data": True}


def test_objects_are_selected_to_depth_2() -> None:
    endpoint = by_name(read_text(SHOP), "products").endpoint
    assert endpoint["query"] == (
        "query Products($limit: Int, $reviews_first: Int!) { products(limit: $limit) { id slug name price tags added "
        "reviews(first: $reviews_first) { id stars text } maker { key name } "
        "related { id slug name price tags added } } }"
    )
    assert endpoint["variables"] == {"limit": 10, "reviews_first": 10}


def test_unions_and_interfaces_get_fragments() -> None:
    found = read_text(SHOP)
    query = by_name(found, "search").endpoint["query"]
    assert "... on Review { id stars text }" in query
    # `id` and `name` of a Service have other types than those of a Product, so they cannot be selected too.
    assert "on Service" not in query
    assert "{ id __typename ... on Product { slug name" in by_name(found, "node").endpoint["query"]


def test_connections_select_their_items() -> None:
    query = by_name(read_text(SHOP), "allReviews").endpoint["query"]
    assert "{ totalCount edges { node { id stars text product { id slug" in query


def test_ids_come_from_a_list_query() -> None:
    found = read_text(SHOP)
    product = by_name(found, "product")
    assert product.endpoint["variables_template"]["id"] == "${data.productId}"
    assert 'The value is "id" of the first result of products.' in [one.message for one in product.remarks]
    assert by_name(found, "productBySlug").endpoint["variables_template"]["slug"] == "${data.productSlug}"
    assert by_name(found, "deleteProduct").endpoint["variables_template"]["id"] == "${data.productId}"
    extract = by_name(found, "products").endpoint["extract"]
    assert extract["productId"] == {"body_path": "data.products[0].id"}


def test_an_optional_id_of_a_single_object_is_sent() -> None:
    found = read_text(SHOP)
    assert by_name(found, "review").endpoint["variables_template"]["id"] == "${data.reviewId}"
    extract = by_name(found, "allReviews").endpoint["extract"]
    assert extract["reviewId"] == {"body_path": "data.allReviews.edges[0].node.id"}


def test_mutations_and_what_cannot_be_filled_are_not_selected() -> None:
    found = read_text(SHOP)
    not_selected = [one.endpoint["name"] for one in found.candidates if not one.is_selected]
    assert not_selected == ["weird", "resetEverything", "createProduct", "deleteProduct"]
    assert by_name(found, "weird").remarks[0].kind == "problem"
    assert "Weird" in by_name(found, "weird").remarks[0].message
    assert by_name(found, "version").is_deprecated


def test_subscriptions_are_left_out_by_name() -> None:
    assert [one.name for one in read_text(SHOP).left_out] == ["productAdded", "self"]


def test_a_new_value_is_not_taken_from_a_list() -> None:
    create = by_name(read_text(SHOP), "createProduct").endpoint
    assert create["variables"]["input"] == {"name": "example", "added": "2025-01-15T12:00:00Z"}


def test_one_field_of_a_one_of_type_is_set() -> None:
    assert by_name(read_text(SHOP), "lookup").endpoint["variables"] == {"by": {"slug": "example"}}


def test_the_path_of_the_endpoint_is_a_guess_without_an_address() -> None:
    found = read_text(SHOP)
    assert found.candidates[0].endpoint["path"] == "/graphql"
    assert [remark.kind for remark in found.remarks] == ["guess"]
    located = read_text(SHOP, base_url="https://shop.test/api/graphql")
    assert located.candidates[0].endpoint["path"] == "/api/graphql"
    assert located.base_urls == ("https://shop.test",)
    assert located.remarks == ()


def test_a_federated_schema_extends_a_missing_query_type() -> None:
    found = read_text(
        'extend schema @link(url: "x")\nextend type Query { me: User }\ntype User @key(fields: "id") { id: ID! }'
    )
    assert [one.key for one in found.candidates] == ["query me"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("type Query { a: Missing }", "Missing"),
        ("type Query {\n  a: Int\n  b(: Int\n}", "Line 3"),
        ("type User { id: ID }", "Query"),
        ("type Query { a: " + "[" * 5_000 + "Int" + "]" * 5_000 + " }", "deeply"),
        ('{"__schema": {"types": 7}}', "introspection"),
        (
            '{"data": {"__schema": {"queryType": {"name": "Q"}, "types": [{"kind": "OBJECT"}]}}}',
            "introspection",
        ),
    ],
    ids=["unknown type", "syntax", "no query", "deep", "wrong types", "incomplete"],
)
def test_a_damaged_schema_is_refused_with_the_reason(text: str, part: str) -> None:
    with pytest.raises(UnreadableDocument, match=part):
        read_text(text)
