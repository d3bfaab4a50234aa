"""Reads a GraphQL schema: its queries and mutations as candidates, each with the arguments that it requires."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from graphql import GraphQLField, GraphQLSchema, get_named_type

from dashboard.discovery.chains import with_chains
from dashboard.discovery.discovered import (
    Candidate,
    Discovered,
    ImportOptions,
    LeftOut,
    Remark,
    UnreadableDocument,
)
from dashboard.discovery.graphql.operations import Kind, OperationMaker, fields_of
from dashboard.discovery.graphql.recognition import introspection_of
from dashboard.discovery.graphql.schema import schema_of_introspection, schema_of_text
from dashboard.discovery.graphql.sources import ListQueries
from dashboard.discovery.text.parse import ParsedText
from dashboard.endpoints.shape import MAX_ENDPOINTS

FORMAT: Final = "graphql"
_DEFAULT_PATH: Final = "/graphql"
_MAX_LISTED: Final = 100


def read_graphql(parsed: ParsedText, options: ImportOptions) -> Discovered:
    """Return the operations of a schema. `base_url` with a path is the endpoint. Raises UnreadableDocument."""
    introspection = introspection_of(parsed.data)
    schema = schema_of_introspection(introspection) if introspection else schema_of_text(parsed.text)
    base_urls, path, remarks = _address(options.base_url)
    operations = OperationMaker(schema, path, ListQueries(schema))
    left_out = list(_subscriptions(schema))
    made = _candidates(operations, schema, left_out)
    if not made:
        raise UnreadableDocument(
            "The schema has no query or mutation that can be sent. Import the whole schema."
        )
    keys = {one.key for one in made}
    links = [link for link in operations.links if link.source in keys]
    candidates, scenarios = with_chains(made, links)
    return Discovered(
        format=FORMAT,
        base_urls=base_urls,
        candidates=candidates,
        scenarios=scenarios,
        left_out=tuple(_grouped(left_out)),
        remarks=remarks,
    )


def _candidates(
    operations: OperationMaker, schema: GraphQLSchema, left_out: list[LeftOut]
) -> list[Candidate]:
    made: list[Candidate] = []
    for kind, name, target in _root_fields(schema):
        if get_named_type(target.type) is schema.query_type:
            left_out.append(LeftOut(name, "It returns the query type itself."))
        elif len(made) >= MAX_ENDPOINTS:
            left_out.append(LeftOut(name, f"endpoints.json has at most {MAX_ENDPOINTS:,} requests."))
        else:
            made.append(operations.make(kind, name, target))
    return made


def _root_fields(schema: GraphQLSchema) -> Iterator[tuple[Kind, str, GraphQLField]]:
    for name, one in fields_of(schema.query_type):
        yield "query", name, one
    for name, one in fields_of(schema.mutation_type):
        yield "mutation", name, one


def _subscriptions(schema: GraphQLSchema) -> Iterator[LeftOut]:
    for name, _ in fields_of(schema.subscription_type):
        yield LeftOut(
            name, "A subscription needs an open connection. Only queries and mutations are imported."
        )


def _address(base_url: str | None) -> tuple[tuple[str, ...], str, tuple[Remark, ...]]:
    """Return the targets, the path of the endpoint, and what is to be known about it."""
    try:
        url = urlsplit(base_url or "")
    except ValueError:
        url = urlsplit("")
    origin = f"{url.scheme}://{url.netloc.rpartition('@')[2]}" if url.scheme and url.netloc else None
    base_urls = (origin,) if origin else ()
    if url.path.strip("/") and not url.path.startswith("//"):
        return base_urls, url.path.replace("${", "$${"), ()
    message = f"A schema does not contain the path of its endpoint. {_DEFAULT_PATH} is a guess."
    return base_urls, _DEFAULT_PATH, (Remark("guess", message, "path"),)


def _grouped(left_out: list[LeftOut]) -> list[LeftOut]:
    """Return the first entries, and one that counts the rest."""
    rest = left_out[_MAX_LISTED:]
    others = [LeftOut("Others", "They were left out for reasons like these.", len(rest))] if rest else []
    return [*left_out[:_MAX_LISTED], *others]
