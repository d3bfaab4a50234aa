"""Handles requests: routing, counting, and the delays and errors that a test requests."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dashboard.demo.counters import DemoCounters, OperationCount
from dashboard.demo.openapi import document
from dashboard.demo.shop import NOT_FOUND, OPERATIONS, Shop, ShopOperation, error_response
from dashboard.demo.wire import DemoRequest, DemoResponse

_MAX_DELAY_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    """How the service behaves. The defaults are those of the demo."""

    latency_scale: float = 1.0
    error_rate: float = 0.03
    token_life_s: float = 60.0
    seed: int | None = None
    hanging: frozenset[str] = frozenset()


class DemoService:
    """Responds to requests. Not counted: `/`, `/health`, `/openapi.json` and paths that start with `/_`."""

    def __init__(self, behavior: Behavior, clock: Callable[[], float]) -> None:
        self._behavior = behavior
        self._rng = random.Random(behavior.seed)
        self._shop = Shop(
            rng=self._rng,
            clock=clock,
            error_rate=behavior.error_rate,
            token_life_s=behavior.token_life_s,
        )
        self._counters = DemoCounters()
        self._exact = {(op.method, op.path): op for op in OPERATIONS if not op.path.endswith("{id}")}
        self._by_id = {(op.method, op.path[:-4]): op for op in OPERATIONS if op.path.endswith("{id}")}
        self._document = json.dumps(document()).encode()

    def respond(self, request: DemoRequest) -> tuple[DemoResponse, OperationCount | None]:
        """Return the response, and the count to update once it has been sent."""
        uncounted = self._uncounted(request)
        if uncounted is not None:
            return uncounted, None
        operation, item_id = self._route(request)
        count = self._counters.add_request(operation.name)
        return self._with_delay(operation, request, self._handle(operation, request, item_id)), count

    def _uncounted(self, request: DemoRequest) -> DemoResponse | None:
        match (request.method, request.path):
            case ("GET" | "HEAD", "/"):
                return _ok({"service": "Demo shop", "description": "/openapi.json", "counters": "/_counters"})
            case ("GET" | "HEAD", "/health"):
                return _ok({"status": "ok"})
            case ("GET" | "HEAD", "/openapi.json"):
                return DemoResponse(200, self._document)
            case ("GET", "/_counters"):
                return _ok(self._counters.as_json())
            case ("POST", "/_counters/reset"):
                self._counters.reset()
                return DemoResponse(204, b"")
        return error_response(404, "this path does not exist") if request.path.startswith("/_") else None

    def _route(self, request: DemoRequest) -> tuple[ShopOperation, str]:
        method = "GET" if request.method == "HEAD" else request.method
        operation = self._exact.get((method, request.path))
        if operation is not None:
            return operation, ""
        prefix, _, item_id = request.path.rpartition("/")
        return self._by_id.get((method, prefix + "/"), NOT_FOUND), item_id

    def _handle(self, operation: ShopOperation, request: DemoRequest, item_id: str) -> DemoResponse:
        if operation is NOT_FOUND and (allowed := self._allowed(request.path)):
            return error_response(
                405, "this path does not support this method", (("Allow", ", ".join(allowed)),)
            )
        return operation.handle(self._shop, request, item_id)

    def _allowed(self, path: str) -> list[str]:
        if path == NOT_FOUND.path:
            return []
        prefix = path.rpartition("/")[0] + "/"
        exact = [method for method, known in self._exact if known == path]
        return exact or [method for method, known in self._by_id if known == prefix]

    def _with_delay(
        self, operation: ShopOperation, request: DemoRequest, response: DemoResponse
    ) -> DemoResponse:
        """Add the operation's latency, or the delay and status in the query: `?delay_ms=250`, `?status=503`."""
        if operation.name in self._behavior.hanging:
            return response._replace(delay_s=None)
        if request.query:
            forced = _integer(request.query, "status", 200, 599)
            if forced is not None:
                response = error_response(forced, "requested by the query")
            delay_ms = _integer(request.query, "delay_ms", 0, _MAX_DELAY_MS)
            if delay_ms is not None:
                return response._replace(delay_s=delay_ms / 1000)
        if self._behavior.latency_scale == 0:
            return response
        return response._replace(delay_s=operation.latency.draw_s(self._rng) * self._behavior.latency_scale)


def _integer(query: Mapping[str, str], name: str, minimum: int, maximum: int) -> int | None:
    text = query.get(name, "")
    return (
        int(text)
        if text.isascii() and text.isdigit() and len(text) < 7 and minimum <= int(text) <= maximum
        else None
    )


def _ok(value: object) -> DemoResponse:
    return DemoResponse(200, json.dumps(value).encode())
