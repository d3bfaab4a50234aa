"""From a request to its reply: routing, counting, and the delays and faults that tests ask for."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dashboard.demo.counters import Counters, Tally
from dashboard.demo.openapi import document
from dashboard.demo.shop import NOT_FOUND, OPERATIONS, Operation, Shop, problem
from dashboard.demo.wire import Reply, Request

_MOST_DELAY_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How the service behaves; the defaults are what people see."""

    latency_scale: float = 1.0
    error_rate: float = 0.03
    token_life_s: float = 60.0
    seed: int | None = None
    hanging: frozenset[str] = frozenset()


class DemoService:
    """Replies to requests. Not counted: `/`, `/health`, `/openapi.json` and what starts with `/_`."""

    def __init__(self, behaviour: Behaviour, clock: Callable[[], float]) -> None:
        self._behaviour = behaviour
        self._rng = random.Random(behaviour.seed)
        self._shop = Shop(
            rng=self._rng,
            clock=clock,
            error_rate=behaviour.error_rate,
            token_life_s=behaviour.token_life_s,
        )
        self._counters = Counters()
        self._exact = {(op.method, op.path): op for op in OPERATIONS if not op.path.endswith("{id}")}
        self._by_id = {(op.method, op.path[:-4]): op for op in OPERATIONS if op.path.endswith("{id}")}
        self._document = json.dumps(document()).encode()

    def reply(self, request: Request) -> tuple[Reply, Tally | None]:
        """The reply, and the tally to count it in once it has left."""
        uncounted = self._uncounted(request)
        if uncounted is not None:
            return uncounted, None
        operation, item_id = self._route(request)
        tally = self._counters.count_request(operation.name)
        return self._shaped(operation, request, self._handled(operation, request, item_id)), tally

    def _uncounted(self, request: Request) -> Reply | None:
        match (request.method, request.path):
            case ("GET" | "HEAD", "/"):
                return _ok({"service": "Demo shop", "description": "/openapi.json", "counters": "/_counters"})
            case ("GET" | "HEAD", "/health"):
                return _ok({"status": "ok"})
            case ("GET" | "HEAD", "/openapi.json"):
                return Reply(200, self._document)
            case ("GET", "/_counters"):
                return _ok(self._counters.as_json())
            case ("POST", "/_counters/reset"):
                self._counters.reset()
                return Reply(204, b"")
        return problem(404, "there is nothing at this address") if request.path.startswith("/_") else None

    def _route(self, request: Request) -> tuple[Operation, str]:
        method = "GET" if request.method == "HEAD" else request.method
        operation = self._exact.get((method, request.path))
        if operation is not None:
            return operation, ""
        prefix, _, item_id = request.path.rpartition("/")
        return self._by_id.get((method, prefix + "/"), NOT_FOUND), item_id

    def _handled(self, operation: Operation, request: Request, item_id: str) -> Reply:
        if operation is NOT_FOUND and (allowed := self._allowed(request.path)):
            return problem(405, "this address knows other methods", (("Allow", ", ".join(allowed)),))
        return operation.handle(self._shop, request, item_id)

    def _allowed(self, path: str) -> list[str]:
        if path == NOT_FOUND.path:
            return []
        prefix = path.rpartition("/")[0] + "/"
        exact = [method for method, known in self._exact if known == path]
        return exact or [method for method, known in self._by_id if known == prefix]

    def _shaped(self, operation: Operation, request: Request, reply: Reply) -> Reply:
        """With the operation's latency, or what the query asks for: `?delay_ms=250`, `?status=503`."""
        if operation.name in self._behaviour.hanging:
            return reply._replace(delay_s=None)
        if request.query:
            forced = _whole(request.query, "status", 200, 599)
            if forced is not None:
                reply = problem(forced, "asked for by the query")
            delay_ms = _whole(request.query, "delay_ms", 0, _MOST_DELAY_MS)
            if delay_ms is not None:
                return reply._replace(delay_s=delay_ms / 1000)
        if self._behaviour.latency_scale == 0:
            return reply
        return reply._replace(delay_s=operation.latency.draw_s(self._rng) * self._behaviour.latency_scale)


def _whole(query: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    text = query.get(name, "")
    return (
        int(text)
        if text.isascii() and text.isdigit() and len(text) < 7 and least <= int(text) <= most
        else None
    )


def _ok(value: object) -> Reply:
    return Reply(200, json.dumps(value).encode())
