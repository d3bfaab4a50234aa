"""The generated operations run with the real k6 against a real GraphQL server."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, graphql_sync, print_schema

from tests.discovery.documents import with_plain_steps
from tests.discovery.graphql.schemas import read_text
from tests.k6.conftest import K6

SCHEMA = build_schema("""
interface Node { id: ID! }
enum Genre { CRIME SCIENCE }
type Author { id: ID! name: String! books: [Book!]! }
type Book implements Node { id: ID! title: String! genre: Genre author: Author! pages(first: Int!): [Int!]! }
type PageInfo { hasNextPage: Boolean! }
type Edge { node: Author! }
type AuthorConnection { edges: [Edge!]! pageInfo: PageInfo! }
input Filter { genre: Genre! words: [String!]! }
type Query {
  books: [Book!]! book(id: ID!): Book! authors(first: Int!): AuthorConnection! author(id: ID): Author!
  search(filter: Filter!): [Node!]!
}
""")


class Book:
    """A book whose author has written only this one."""

    id, title, genre = "b-17", "Stars", "SCIENCE"

    def author(self, _info: object) -> Any:
        return {"id": "a-3", "name": "Ann", "books": [self]}

    def pages(self, _info: object, first: int) -> list[int]:
        return list(range(first))


class Library:
    """The resolvers. An unknown id is an error."""

    def books(self, _info: object) -> list[Book]:
        return [Book()]

    def book(self, _info: object, **arguments: Any) -> Book:
        return {"b-17": Book()}[arguments["id"]]

    def authors(self, _info: object, first: int) -> Any:
        return {"edges": [{"node": Book().author(None)}][:first], "pageInfo": {"hasNextPage": False}}

    def author(self, _info: object, **arguments: Any) -> Any:
        return {"a-3": Book().author(None)}[arguments["id"]]

    def search(self, _info: object, **arguments: Any) -> list[Any]:
        return [Book()] if arguments["filter"]["words"] else []


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        result = graphql_sync(
            SCHEMA,
            body["query"],
            Library(),
            variable_values=body.get("variables"),
            operation_name=body.get("operationName"),
            type_resolver=lambda *_: "Book",
        )
        raw = json.dumps(result.formatted).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_all_operations_run_without_errors(k6_bin: Path, tmp_path: Path, address: str) -> None:
    document = with_plain_steps(read_text(print_schema(SCHEMA)))
    names = {endpoint["name"] for endpoint in document["endpoints"]}
    steps = [step for scenario in document["scenarios"] for step in scenario["steps"]]
    document["scenarios"] = [{"name": "All", "steps": steps}]
    k6 = K6(program=k6_bin, folder=tmp_path)
    env = {"BASE_URL": address, "ENDPOINTS_FILE": k6.write_document(document)}

    result = k6.run(env, "--iterations", "1", "--vus", "1")

    checks = result.samples_of("checks")
    assert names == {step["ref"] for step in steps} == {"books", "book", "authors", "author", "search"}
    assert len(checks) >= 3 * len(steps), result.log
    assert [one for one in checks if one["value"] != 1] == []
    assert {one["status"] for one in result.samples_of("http_reqs")} == {"200"}
