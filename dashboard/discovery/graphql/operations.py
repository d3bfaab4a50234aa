"""Makes a request of each query and mutation of a schema."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
)

from dashboard.discovery.chains import Link
from dashboard.discovery.destructive import is_destructive
from dashboard.discovery.discovered import Candidate, Json, Remark
from dashboard.discovery.graphql.selections import Selections, Variables, item_of, needed_arguments
from dashboard.discovery.graphql.sources import ListQueries, Source
from dashboard.discovery.graphql.values import Filling, FindSource, fill, plain_name
from dashboard.discovery.weights import weight_of

Kind = Literal["query", "mutation"]
_GROUPS: Final[dict[Kind, str]] = {"query": "Queries", "mutation": "Mutations"}
_CHECKS: Final = {"status": 200, "no_graphql_errors": True, "has_data": True}


@dataclass(slots=True)
class OperationMaker:
    """Makes candidates and the links between them. `path` is the path of the GraphQL endpoint."""

    schema: GraphQLSchema
    path: str
    sources: ListQueries
    links: list[Link] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)

    def make(self, kind: Kind, name: str, target: GraphQLField) -> Candidate:
        """Return the candidate of a field of the query or mutation type."""
        variables = Variables()
        call = variables.call("", self._arguments(name, target))
        selection = Selections(self.schema, variables).of(get_named_type(target.type))
        key = f"{kind} {name}"
        values, remarks, is_complete = self._values(key, name, target, variables)
        declared = ", ".join(f"${variable}: {one.kind}" for variable, one in variables.found.items())
        title = name[:1].upper() + name[1:]
        head = f"{kind} {title}({declared})" if declared else f"{kind} {title}"
        query = f"{head} {{ {name}{call} {selection} }}".replace("  ", " ")
        return Candidate(
            key=key,
            endpoint=self._endpoint(kind, name, query, title, values),
            is_selected=kind == "query" and is_complete and not is_destructive("POST", name),
            is_deprecated=bool(target.deprecation_reason),
            tags=(kind,),
            remarks=tuple(dict.fromkeys(remarks)),
        )

    def _endpoint(self, kind: Kind, name: str, query: str, title: str, values: Json) -> Json:
        unique = name if name not in self._names else f"{kind} {name}"
        self._names.add(unique)
        endpoint: Json = {"name": unique, "group": _GROUPS[kind], "type": "graphql", "path": self.path}
        endpoint |= {"weight": weight_of("GET" if kind == "query" else "POST"), "query": query}
        endpoint["operation_name"] = title
        if values:
            endpoint["variables_template" if _has_template(values) else "variables"] = values
        return {**endpoint, "checks": dict(_CHECKS)}

    def _arguments(self, name: str, target: GraphQLField) -> list[tuple[str, GraphQLArgument]]:
        """Return the arguments to send. A single object is looked up by its id even if it is optional."""
        needed = needed_arguments(target)
        named = get_named_type(target.type)
        plain = get_nullable_type(target.type)
        is_single = isinstance(plain, GraphQLObjectType | GraphQLInterfaceType) and not item_of(named)
        if needed or not is_single:
            return needed
        for argument, one in target.args.items():
            kind = get_nullable_type(one.type)
            is_id = plain_name(argument) in ("id", f"{plain_name(named.name)}id")
            if not is_id or not isinstance(kind, GraphQLScalarType):
                continue
            if self.sources.find(name, target.type, argument, kind):
                return [(argument, one)]
        return needed

    def _values(
        self, key: str, name: str, target: GraphQLField, variables: Variables
    ) -> tuple[Json, list[Remark], bool]:
        values: Json = {}
        remarks: list[Remark] = []
        is_complete = True
        for variable, one in variables.found.items():
            filling = Filling(f"variables.{variable}")
            if not one.is_nested:
                filling.find_source = self._finder(key, name, target)
            values[variable] = fill(one.argument, one.kind, filling)
            remarks += filling.remarks
            is_complete = is_complete and filling.is_complete
        return values, remarks, is_complete

    def _finder(self, key: str, name: str, target: GraphQLField) -> FindSource:
        is_query = key.startswith("query ")  # a mutation gets the ids of what it changes, not its new values

        def find(argument: str, kind: GraphQLScalarType, path: str) -> str | None:
            is_key = plain_name(argument).endswith(("id", "ids"))
            found = self.sources.find(name, target.type, argument, kind) if is_query or is_key else None
            if found is None:
                return None
            self.links.append(_link(key, found, path))
            return f"${{data.{found.key}}}"

        return find


def _link(key: str, source: Source, path: str) -> Link:
    message = f'The value is "{source.leaf}" of the first result of {source.query}.'
    remark = Remark("guess", message, path)
    return Link(f"query {source.query}", key, source.key, {"body_path": source.body_path}, remark)


def _has_template(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_template, value.values()))
    if isinstance(value, list):
        return any(map(_has_template, value))
    return isinstance(value, str) and value.startswith("${")


def fields_of(root: GraphQLObjectType | None) -> Iterator[tuple[str, GraphQLField]]:
    """Yield the fields of a root type, which may be missing."""
    yield from root.fields.items() if root else ()
