"""The shop: what each operation does and how long it takes. No I/O; time and random come in from outside."""

import json
import random
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from dashboard.demo.forms import form_fields
from dashboard.demo.wire import Reply, Request

FIRST_ORDER = 1001
SEEDED_ORDERS = 20
PRODUCTS = 100
# A token that never expires, so that a first run needs no sign-in.
DEMO_TOKEN = "demo-token"
_MOST_KEPT = 10_000
_V = TypeVar("_V")
_ADJECTIVES = ("Blue", "Quiet", "Folding", "Solar", "Wooden")
_NOUNS = ("Lamp", "Kettle", "Chair", "Radio", "Bicycle", "Backpack", "Mug", "Clock", "Tent", "Notebook")


class Latency(NamedTuple):
    """Log-normal service time; the cap keeps the tail within what a test can wait for."""

    median_ms: float
    sigma: float
    cap_ms: float

    def draw_s(self, rng: random.Random) -> float:
        return min(self.cap_ms, self.median_ms * rng.lognormvariate(0.0, self.sigma)) / 1000


class Operation(NamedTuple):
    """One operation of the API. `path` ends in `{id}` when it takes one."""

    name: str
    method: str
    path: str
    latency: Latency
    handle: Callable[["Shop", Request, str], Reply]


class Shop:
    """Products, orders and sign-ins, all in memory and bounded."""

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

    def list_products(self, _request: Request, _id: str) -> Reply:
        return Reply(200, self._first_page)

    def get_product(self, _request: Request, product_id: str) -> Reply:
        body = self._products.get(product_id)
        return Reply(200, body) if body else problem(404, "there is no such product")

    def search(self, request: Request, _id: str) -> Reply:
        wanted = request.query.get("q", "").lower()
        found = [
            {"id": int(key), "name": name} for key, name in self._names.items() if wanted in name.lower()
        ]
        return Reply(200, _encode({"items": found[:10], "total": len(found)}))

    def create_order(self, request: Request, _id: str) -> Reply:
        wanted = _json_object(request.body)
        if wanted is None:
            return problem(400, "the body must be a JSON object")
        product_id, quantity = wanted.get("product_id"), wanted.get("quantity", 1)
        if str(product_id) not in self._products or isinstance(product_id, bool):
            return problem(422, "product_id must be the id of a product")
        if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= 99:
            return problem(422, "quantity must be a whole number from 1 to 99")
        number, self._next_order = self._next_order, self._next_order + 1
        body = _order(number, int(str(product_id)), quantity)
        _keep(self._orders, str(number), body)
        return Reply(201, body, (("Location", f"/api/orders/{number}"),))

    def get_order(self, _request: Request, order_id: str) -> Reply:
        body = self._seeds.get(order_id) or self._orders.get(order_id)
        return Reply(200, body) if body else problem(404, "there is no such order")

    def checkout(self, _request: Request, _id: str) -> Reply:
        if self._rng.random() >= self._error_rate:
            return Reply(200, _encode({"paid": True}))
        if self._rng.random() < 0.5:
            return problem(500, "the payment provider answered nonsense")
        return problem(503, "the payment provider is busy", (("Retry-After", "1"),))

    def login(self, request: Request, _id: str) -> Reply:
        wanted = _json_object(request.body)
        if wanted is None:
            return problem(400, "the body must be a JSON object")
        if wanted.get("user") != "demo" or wanted.get("password") != "demo":
            return problem(401, "user or password is wrong")
        token = f"{self._rng.getrandbits(128):032x}"
        _keep(self._tokens, token, self._clock() + self._token_life_s)
        return Reply(
            200, _encode({"access_token": token, "token_type": "Bearer", "expires_in": self._token_life_s})
        )

    def profile(self, request: Request, _id: str) -> Reply:
        scheme, _, token = request.headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return problem(401, "a bearer token is needed", (("WWW-Authenticate", "Bearer"),))
        if token != DEMO_TOKEN and self._tokens.get(token, 0.0) <= self._clock():
            rejected = 'Bearer error="invalid_token"'
            return problem(401, "the token is unknown or has expired", (("WWW-Authenticate", rejected),))
        return Reply(200, _encode({"user": "demo", "name": "Demo Customer", "orders": SEEDED_ORDERS}))

    def cancel_order(self, _request: Request, order_id: str) -> Reply:
        if order_id in self._seeds:
            return problem(409, "this order is shipped already")
        found = self._orders.pop(order_id, None)
        return Reply(200, found) if found else problem(404, "there is no such order")

    def review(self, request: Request, _id: str) -> Reply:
        """Takes a form, URL-encoded or in parts, and says which fields it had."""
        kind = request.headers.get(b"content-type", b"").decode("latin-1")
        fields = form_fields(kind, request.body)
        if fields is None:
            return problem(415, "send the review as a form")
        if not {"product_id", "text"} <= fields.keys():
            return problem(422, "product_id and text are needed")
        return Reply(201, _encode({"fields": sorted(fields), "bytes": sum(map(len, fields.values()))}))

    def graphql(self, request: Request, _id: str) -> Reply:
        """A GraphQL of three fields: products, product(id), createOrder(product_id). Whole objects are answered."""
        wanted = _json_object(request.body)
        if wanted is None or not isinstance(wanted.get("query"), str):
            return problem(400, "the body must be a JSON object with a query")
        query, variables = str(wanted["query"]), wanted.get("variables") or {}
        if not isinstance(variables, dict):
            return problem(400, "variables must be an object")
        if "createOrder" in query:
            order = self.create_order(request._replace(body=_encode(variables)), "")
            return _graphql("createOrder", json.loads(order.body) if order.status == 201 else None)
        if "product(" in query:
            body = self._products.get(str(variables.get("id")))
            return _graphql("product", json.loads(body) if body else None)
        return _graphql("products", json.loads(self._first_page)["items"] if "products" in query else None)

    def not_found(self, _request: Request, _id: str) -> Reply:
        return problem(404, "there is nothing at this address")


NOT_FOUND = Operation("NotFound", "GET", "/api/discontinued", Latency(1, 0.2, 50), Shop.not_found)
OPERATIONS = (
    Operation("ListProducts", "GET", "/api/products", Latency(4, 0.3, 100), Shop.list_products),
    Operation("GetProduct", "GET", "/api/products/{id}", Latency(3, 0.3, 100), Shop.get_product),
    Operation("Search", "GET", "/api/search", Latency(40, 0.8, 2000), Shop.search),
    Operation("CreateOrder", "POST", "/api/orders", Latency(15, 0.4, 500), Shop.create_order),
    Operation("GetOrder", "GET", "/api/orders/{id}", Latency(5, 0.3, 100), Shop.get_order),
    Operation("Checkout", "POST", "/api/checkout", Latency(25, 0.5, 1000), Shop.checkout),
    Operation("Login", "POST", "/api/login", Latency(30, 0.3, 500), Shop.login),
    Operation("Profile", "GET", "/api/profile", Latency(3, 0.3, 100), Shop.profile),
    Operation("CancelOrder", "DELETE", "/api/orders/{id}", Latency(5, 0.3, 100), Shop.cancel_order),
    Operation("Review", "POST", "/api/reviews", Latency(10, 0.3, 300), Shop.review),
    Operation("GraphQL", "POST", "/graphql", Latency(8, 0.4, 300), Shop.graphql),
    NOT_FOUND,
)


def problem(status: int, detail: str, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """An error in the one shape that all operations use."""
    return Reply(status, _encode({"status": status, "detail": detail}), headers)


def _graphql(field: str, found: object) -> Reply:
    errors = [] if found is not None else [{"message": f"{field} cannot be resolved", "path": [field]}]
    return Reply(200, _encode({"data": {field: found} if found is not None else None, "errors": errors}))


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


def _keep(kept: OrderedDict[str, _V], key: str, value: _V) -> None:
    kept[key] = value
    if len(kept) > _MOST_KEPT:
        kept.popitem(last=False)


def _encode(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
