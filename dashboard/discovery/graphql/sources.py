"""Finds list queries whose results contain values that other operations need as arguments."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_required_argument,
)

from dashboard.discovery.destructive import is_destructive
from dashboard.discovery.graphql.selections import item_of, leaves_of
from dashboard.discovery.graphql.values import is_page_size, plain_name

_KEYS: Final = frozenset(["ID", "String", "Int", "UUID", "BigInt", "Long"])
_MAX_KEY: Final = 60
# The verb of a mutation such as deletePost or post_delete.
_VERB: Final = re.compile(
    r"^(?:get|find|fetch|update|edit|delete|remove|set|add|create|archive|close|open|like|publish|restore|toggle)|"
    r"(?:update|delete|remove|create|edit|byid|by_id)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A query that needs at most a page size, and the path of its first item in the response."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Source:
    """A value of the first item of a list query. `key` is its key in the data."""

    query: str
    body_path: str
    leaf: str
    key: str


class ListQueries:
    """The list queries of a schema, by the name of the type of their items."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._lists: dict[str, ListQuery] = {}
        self._types: dict[str, GraphQLNamedType] = {}
        self._keys: dict[tuple[str, str], str] = {}
        fields = schema.query_type.fields if schema.query_type else {}
        for name, one in fields.items():
            for path, item in _items(name, one, schema.query_type):
                self._lists.setdefault(item.name, ListQuery(name, path))
                self._types.setdefault(plain_name(item.name), item)

    def find(
        self, owner: str, result: GraphQLOutputType, name: str, kind: GraphQLScalarType
    ) -> Source | None:
        """Return the source of the argument `name` of the operation `owner`, None if there is none."""
        if kind.name not in _KEYS:
            return None
        for item, leaf in self._places(owner, result, plain_name(name)):
            query = self._lists.get(item.name)
            found = next((one for one in leaves_of(item) if plain_name(one) == leaf), None)
            if query and query.name != owner and found and _fits(item, found, kind):
                return Source(query.name, f"{query.path}.{found}", found, self._key(item.name, found))
        return None

    def _places(
        self, owner: str, result: GraphQLOutputType, name: str
    ) -> Iterator[tuple[GraphQLNamedType, str]]:
        """Yield the types and fields that may hold the value of an argument, best first."""
        name = "id" if name == "ids" else name
        named = get_named_type(result)
        targets = [named]
        if isinstance(named, GraphQLInterfaceType):
            targets += self._schema.get_possible_types(named)
        words = plain_name(_VERB.sub("", owner))
        by_name = [self._types[word] for word in (words, words.removesuffix("s")) if word in self._types]
        if name.endswith("id") and name != "id" and (owner_type := self._types.get(name[:-2])):
            yield owner_type, "id"
        for target in [*targets, *by_name]:
            yield target, name
            if name == f"{plain_name(target.name)}id":
                yield target, "id"

    def _key(self, type_name: str, leaf: str) -> str:
        if (type_name, leaf) not in self._keys:
            text = f"{type_name[:1].lower()}{type_name[1:]}{leaf[:1].upper()}{leaf[1:]}"
            base = re.sub("[^A-Za-z0-9_]", "_", text)[:_MAX_KEY]
            key, number = base, 2
            while key in self._keys.values():
                key, number = f"{base[:56]}_{number}", number + 1
            self._keys[type_name, leaf] = key
        return self._keys[type_name, leaf]


def _items(
    name: str, field: GraphQLField, root: GraphQLNamedType | None
) -> Iterator[tuple[str, GraphQLObjectType]]:
    """Yield the path and type of the items that a query without required arguments returns."""
    needed = [argument for argument, one in field.args.items() if is_required_argument(one)]
    if not all(is_page_size(one, field.args[one].type) for one in needed) or is_destructive("GET", name):
        return
    path, kind = f"data.{name}", get_named_type(field.type)
    if field.deprecation_reason or kind is root:
        return
    if _is_list(field.type):
        if isinstance(kind, GraphQLObjectType):
            yield f"{path}[0]", kind
    elif item := item_of(kind):
        yield from _connection_items(path, kind, item)
    elif isinstance(kind, GraphQLObjectType):
        for inner, one in kind.fields.items():
            target = get_named_type(one.type)
            is_plain = _is_list(one.type) and not one.args and not one.deprecation_reason
            is_list = inner in ("items", "nodes", "data", "results", "list") and is_plain
            if is_list and isinstance(target, GraphQLObjectType):
                yield f"{path}.{inner}[0]", target


def _connection_items(
    path: str, kind: GraphQLNamedType, item: str
) -> Iterator[tuple[str, GraphQLObjectType]]:
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        return
    target = get_named_type(kind.fields[item].type)
    suffix = f"{item}[0]"
    if item == "edges" and isinstance(target, GraphQLObjectType | GraphQLInterfaceType):
        target, suffix = get_named_type(target.fields["node"].type), "edges[0].node"
    if isinstance(target, GraphQLObjectType):
        yield f"{path}.{suffix}", target


def _is_list(kind: GraphQLOutputType) -> bool:
    plain = get_nullable_type(kind)
    inner = plain.of_type if isinstance(plain, GraphQLList) else None
    return inner is not None and not isinstance(
        inner.of_type if isinstance(inner, GraphQLNonNull) else inner, GraphQLList
    )


def _fits(item: GraphQLNamedType, leaf: str, kind: GraphQLScalarType) -> bool:
    """Return whether the argument accepts the value of the field."""
    if not isinstance(item, GraphQLObjectType | GraphQLInterfaceType):
        return False
    given = get_named_type(item.fields[leaf].type)
    is_single = isinstance(get_nullable_type(item.fields[leaf].type), GraphQLScalarType)
    accepts = given.name == kind.name or (kind.name == "ID" and given.name in _KEYS)
    return is_single and (accepts or (kind.name == "String" and given.name in ("ID", "UUID")))
