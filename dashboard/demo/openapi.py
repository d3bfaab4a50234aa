"""The OpenAPI 3.1 document of the shop, for clients and the import of endpoints."""

from typing import Any

from dashboard.demo.shop import DEMO_TOKEN, FIRST_ORDER

Json = dict[str, Any]


def document() -> Json:
    """Return the whole document, a new value for each call."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Demo shop",
            "version": "1.0.0",
            "description": "A small shop to try load tests on. User and password are `demo`; "
            f"the token `{DEMO_TOKEN}` never expires, tokens from `/api/login` do.",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in ("catalog", "search", "orders", "account", "graphql")],
        "paths": _paths(),
        "components": {
            "schemas": _SCHEMAS,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _paths() -> Json:
    return {
        "/api/products": {
            "get": _operation("ListProducts", "catalog", "The first ten products", _ok("ProductList"))
        },
        "/api/products/{id}": {
            "parameters": [_path_id(1)],
            "get": _operation("GetProduct", "catalog", "One product", _ok("Product"), 404),
        },
        "/api/discontinued": {"get": _operation("NotFound", "catalog", "Always returns 404", {}, 404)},
        "/api/search": {
            "get": _operation(
                "Search", "search", "Products by name; usually fast, sometimes slow", _ok("SearchResult")
            )
            | {"parameters": [_QUERY]}
        },
        "/api/orders": {"post": _create_order()},
        "/api/orders/{id}": {
            "parameters": [_path_id(FIRST_ORDER)],
            "get": _operation("GetOrder", "orders", "One order", _ok("Order"), 404),
            "delete": _operation("CancelOrder", "orders", "Cancel an order", _ok("Order"), 404, 409),
        },
        "/api/reviews": {"post": _review()},
        "/api/checkout": {
            "post": _operation("Checkout", "orders", "Pay; fails occasionally", _ok("Payment"), 500, 503)
        },
        "/api/login": {
            "post": _operation("Login", "account", "Get a token that expires", _ok("Token"), 400, 401)
            | {"requestBody": _body("Credentials", {"user": "demo", "password": "demo"})}
        },
        "/api/profile": {
            "get": _operation("Profile", "account", "The signed-in user", _ok("Profile"), 401)
            | {"security": [{"bearer": []}]}
        },
        "/graphql": {
            "post": _operation("GraphQL", "graphql", "Products and orders", _ok("GraphQLResponse"), 400)
            | {"requestBody": _body("GraphQLRequest", {"query": "{ products { id name } }"})}
        },
    }


def _review() -> Json:
    responses = {"201": _response("ReviewResult", "Created")}
    operation = _operation("Review", "catalog", "Review a product with a form", responses, 415, 422)
    kinds = ("application/x-www-form-urlencoded", "multipart/form-data")
    schema = {"$ref": "#/components/schemas/NewReview"}
    return operation | {"requestBody": {"required": True, "content": {k: {"schema": schema} for k in kinds}}}


def _create_order() -> Json:
    created = _response("Order", "Created")
    created["headers"] = {"Location": {"schema": {"type": "string"}}}
    operation = _operation("CreateOrder", "orders", "Order a product", {"201": created}, 400, 422)
    return operation | {"requestBody": _body("NewOrder", {"product_id": 1, "quantity": 2})}


def _operation(name: str, tag: str, summary: str, responses: Json, *errors: int) -> Json:
    failures = {str(status): _response("Problem", "Failed") for status in errors}
    return {"operationId": name, "tags": [tag], "summary": summary, "responses": responses | failures}


def _ok(schema: str) -> Json:
    return {"200": _response(schema, "Succeeded")}


def _response(schema: str, description: str) -> Json:
    return {"description": description, "content": _content(schema)}


def _body(schema: str, example: Json) -> Json:
    content = _content(schema)
    content["application/json"]["example"] = example
    return {"required": True, "content": content}


def _content(schema: str) -> Json:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _path_id(example: int) -> Json:
    return {"name": "id", "in": "path", "required": True, "schema": _NUMBER, "example": example}


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list_of(items: Json) -> Json:
    return _object(items={"type": "array", "items": items}, total=_NUMBER)


_NUMBER: Json = {"type": "integer", "minimum": 0}
_TEXT: Json = {"type": "string"}
_QUERY: Json = {"name": "q", "in": "query", "schema": _TEXT, "example": "lamp"}
_SCHEMAS: Json = {
    "Product": _object(id=_NUMBER, name=_TEXT, price_cents=_NUMBER, in_stock={"type": "boolean"}),
    "ProductList": _list_of({"$ref": "#/components/schemas/Product"}),
    "SearchResult": _list_of(_object(id=_NUMBER, name=_TEXT)),
    "NewOrder": {
        "type": "object",
        "properties": {
            "product_id": {"type": "integer", "minimum": 1, "maximum": 100},
            "quantity": {"type": "integer", "minimum": 1, "maximum": 99, "default": 1},
        },
        "required": ["product_id"],
    },
    "Order": _object(id=_NUMBER, product_id=_NUMBER, quantity=_NUMBER, status=_TEXT),
    "Payment": _object(paid={"type": "boolean"}),
    "Credentials": _object(user=_TEXT, password=_TEXT),
    "Token": _object(access_token=_TEXT, token_type=_TEXT, expires_in={"type": "number"}),
    "Profile": _object(user=_TEXT, name=_TEXT, orders=_NUMBER),
    "NewReview": _object(product_id=_TEXT, text=_TEXT),
    "ReviewResult": _object(fields={"type": "array", "items": _TEXT}, bytes=_NUMBER),
    "GraphQLRequest": {
        "type": "object",
        "properties": {"query": _TEXT, "variables": {"type": "object"}, "operationName": _TEXT},
        "required": ["query"],
    },
    "GraphQLResponse": _object(
        data={"type": ["object", "null"]}, errors={"type": "array", "items": {"type": "object"}}
    ),
    "Problem": _object(status=_NUMBER, detail=_TEXT),
}
