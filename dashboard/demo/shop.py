"""The shop: what each operation does and how long it takes. Pure; clock and random generator are passed in."""

import json
import random
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

from dashboard.demo.forms import parse_form
from dashboard.demo.wire import DemoRequest, DemoResponse

FIRST_ORDER = 1001
SEEDED_ORDERS = 20
PRODUCTS = 100
# A token that never expires, so that a first run needs no sign-in.
DEMO_TOKEN = "demo-token"
_MAX_STORED = 10_000
_GRAPHQL_SCHEMA = Path(__file__).with_name("graphql_schema.json")
_V = TypeVar("_V")
_ADJECTIVES = ("Blue", "Quiet", "Folding", "Solar", "Wooden")
_NOUNS = ("Lamp", "Kettle", "Chair", "Radio", "Bicycle", "Backpack", "Mug", "Clock", "Tent", "Notebook")


class Latency(NamedTuple):
    """A log-normal service time; the cap keeps tests from waiting for the tail."""

    median_ms: float
    sigma: float
    cap_ms: float

    def draw_s(self, rng: random.Random) -> float:
        return min(self.cap_ms, self.median_ms * rng.lognormvariate(0.0, self.sigma)) / 1000


class ShopOperation(NamedTuple):
    """One operation of the API. `path` ends in `{id}` for operations on one item."""

    name: str
    method: str
    path: str
    latency: Latency
    handle: Callable[["Shop", DemoRequest, str], DemoResponse]


class Shop:
    """Products, orders and tokens, in memory and limited in number."""

    def __init__(
        self, *, rng: random.Random, clock: Callable[[], float], error_rate: float, token_life_s: float
    ) -> None:
        self._rng = rng
        self._clock = clock
        self._error_rate = error_rate
        self._token_life_s = token_life_s
        products = [_product(number) for number in range(1, PRODUCTS + 1)]
        self._products = {str(product["id"]): _encode(product) for product in products}
        self._names = {str(product["id"]): str(product["name"]) for product in products}
        self._first_page = _encode({"items": products[:10], "total": PRODUCTS})
        self._orders: OrderedDict[str, bytes] = OrderedDict()
        self._seeds = {
            str(number): _order(number, 1, 1) for number in range(FIRST_ORDER, FIRST_ORDER + SEEDED_ORDERS)
        }
        self._next_order = FIRST_ORDER + SEEDED_ORDERS
        self._tokens: OrderedDict[str, float] = OrderedDict()

    def list_products(self, _request: DemoRequest, _id: str) -> DemoResponse:
        return DemoResponse(200, self._first_page)

    def get_product(self, _request: DemoRequest, product_id: str) -> DemoResponse:
        body = self._products.get(product_id)
        return DemoResponse(200, body) if body else error_response(404, "this product does not exist")

    def search(self, request: DemoRequest, _id: str) -> DemoResponse:
        text = request.query.get("q", "").lower()
        matches = [
            {"id": int(key), "name": name} for key, name in self._names.items() if text in name.lower()
        ]
        return DemoResponse(200, _encode({"items": matches[:10], "total": len(matches)}))

    def create_order(self, request: DemoRequest, _id: str) -> DemoResponse:
        body = _json_object(request.body)
        if body is None:
            return error_response(400, "the body must be a JSON object")
        product_id, quantity = body.get("product_id"), body.get("quantity", 1)
        if str(product_id) not in self._products or isinstance(product_id, bool):
            return error_response(422, "product_id must be the id of a product")
        if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= 99:
            return error_response(422, "quantity must be a whole number from 1 to 99")
        number, self._next_order = self._next_order, self._next_order + 1
        order = _order(number, int(str(product_id)), quantity)
        _store(self._orders, str(number), order)
        return DemoResponse(201, order, (("Location", f"/api/orders/{number}"),))

    def get_order(self, _request: DemoRequest, order_id: str) -> DemoResponse:
        body = self._seeds.get(order_id) or self._orders.get(order_id)
        return DemoResponse(200, body) if body else error_response(404, "this order does not exist")

    def checkout(self, _request: DemoRequest, _id: str) -> DemoResponse:
        if self._rng.random() >= self._error_rate:
            return DemoResponse(200, _encode({"paid": True}))
        if self._rng.random() < 0.5:
            return error_response(500, "the payment provider returned an invalid response")
        return error_response(503, "the payment provider is busy", (("Retry-After", "1"),))

    def login(self, request: DemoRequest, _id: str) -> DemoResponse:
        body = _json_object(request.body)
        if body is None:
            return error_response(400, "the body must be a JSON object")
        if body.get("user") != "demo" or body.get("password") != "demo":
            return error_response(401, "the user or the password is wrong")
        token = f"{self._rng.getrandbits(128):032x}"
        _store(self._tokens, token, self._clock() + self._token_life_s)
        return DemoResponse(
            200, _encode({"access_token": token, "token_type": "Bearer", "expires_in": self._token_life_s})
        )

    def profile(self, request: DemoRequest, _id: str) -> DemoResponse:
        scheme, _, token = request.headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return error_response(401, "a bearer token is required", (("WWW-Authenticate", "Bearer"),))
        if token != DEMO_TOKEN and self._tokens.get(token, 0.0) <= self._clock():
            rejected = 'Bearer error="invalid_token"'
            return error_response(
                401, "the token is unknown or has expired", (("WWW-Authenticate", rejected),)
            )
        return DemoResponse(200, _encode({"user": "demo", "name": "Demo Customer", "orders": SEEDED_ORDERS}))

    def cancel_order(self, _request: DemoRequest, order_id: str) -> DemoResponse:
        if order_id in self._seeds:
            return error_response(409, "this order has already shipped")
        order = self._orders.pop(order_id, None)
        return DemoResponse(200, order) if order else error_response(404, "this order does not exist")

    def review(self, request: DemoRequest, _id: str) -> DemoResponse:
        """Accept a URL-encoded or multipart form and return the names of its fields."""
        content_type = request.headers.get(b"content-type", b"").decode("latin-1")
        fields = parse_form(content_type, request.body)
        if fields is None:
            return error_response(415, "the review must be a form")
        if not {"product_id", "text"} <= fields.keys():
            return error_response(422, "product_id and text are required")
        return DemoResponse(201, _encode({"fields": sorted(fields), "bytes": sum(map(len, fields.values()))}))

    def graphql(self, request: DemoRequest, _id: str) -> DemoResponse:
        """Resolve one of three fields: products, product(id), createOrder(product_id). Objects are returned whole.

        The answer to an introspection query is the whole schema.
        """
        body = _json_object(request.body)
        if body is None or not isinstance(body.get("query"), str):
            return error_response(400, "the body must be a JSON object with a query")
        query, variables = str(body["query"]), body.get("variables") or {}
        if not isinstance(variables, dict):
            return error_response(400, "variables must be an object")
        if "__schema" in query:
            return DemoResponse(200, _GRAPHQL_SCHEMA.read_bytes())
        if "createOrder" in query:
            order = self.create_order(request._replace(body=_encode(variables)), "")
            return _graphql("createOrder", json.loads(order.body) if order.status == 201 else None)
        if "product(" in query:
            product = self._products.get(str(variables.get("id")))
            return _graphql("product", json.loads(product) if product else None)
        return _graphql("products", json.loads(self._first_page)["items"] if "products" in query else None)

    def not_found(self, _request: DemoRequest, _id: str) -> DemoResponse:
        return error_response(404, "this path does not exist")


NOT_FOUND = ShopOperation("NotFound", "GET", "/api/discontinued", Latency(1, 0.2, 50), Shop.not_found)
OPERATIONS = (
    ShopOperation("ListProducts", "GET", "/api/products", Latency(4, 0.3, 100), Shop.list_products),
    ShopOperation("GetProduct", "GET", "/api/products/{id}", Latency(3, 0.3, 100), Shop.get_product),
    ShopOperation("Search", "GET", "/api/search", Latency(40, 0.8, 2000), Shop.search),
    ShopOperation("CreateOrder", "POST", "/api/orders", Latency(15, 0.4, 500), Shop.create_order),
    ShopOperation("GetOrder", "GET", "/api/orders/{id}", Latency(5, 0.3, 100), Shop.get_order),
    ShopOperation("Checkout", "POST", "/api/checkout", Latency(25, 0.5, 1000), Shop.checkout),
    ShopOperation("Login", "POST", "/api/login", Latency(30, 0.3, 500), Shop.login),
    ShopOperation("Profile", "GET", "/api/profile", Latency(3, 0.3, 100), Shop.profile),
    ShopOperation("CancelOrder", "DELETE", "/api/orders/{id}", Latency(5, 0.3, 100), Shop.cancel_order),
    ShopOperation("Review", "POST", "/api/reviews", Latency(10, 0.3, 300), Shop.review),
    ShopOperation("GraphQL", "POST", "/graphql", Latency(8, 0.4, 300), Shop.graphql),
    NOT_FOUND,
)


def error_response(status: int, detail: str, headers: tuple[tuple[str, str], ...] = ()) -> DemoResponse:
    """Return an error in the format that all operations share."""
    return DemoResponse(status, _encode({"status": status, "detail": detail}), headers)


def _graphql(field: str, value: object) -> DemoResponse:
    errors = [] if value is not None else [{"message": f"{field} cannot be resolved", "path": [field]}]
    return DemoResponse(
        200, _encode({"data": {field: value} if value is not None else None, "errors": errors})
    )


def _product(number: int) -> Mapping[str, object]:
    name = f"{_ADJECTIVES[number % len(_ADJECTIVES)]} {_NOUNS[number % len(_NOUNS)]}"
    return {"id": number, "name": name, "price_cents": 500 + 37 * number, "in_stock": number % 7 != 0}


def _order(number: int, product_id: int, quantity: int) -> bytes:
    return _encode({"id": number, "product_id": product_id, "quantity": quantity, "status": "accepted"})


def _json_object(body: bytes) -> Mapping[str, object] | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _store(items: OrderedDict[str, _V], key: str, value: _V) -> None:
    items[key] = value
    if len(items) > _MAX_STORED:
        items.popitem(last=False)


def _encode(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
