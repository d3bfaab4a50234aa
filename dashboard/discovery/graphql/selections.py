"""Makes selection sets: the leaves of a type, and those of its objects."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_required_argument,
)

from dashboard.discovery.graphql.values import Filling, fill, is_page_size

MAX_DEPTH: Final = 2
_MAX_LEAVES: Final = 25
_MAX_OBJECTS: Final = 8
_MAX_FRAGMENTS: Final = 5
_FIRST_LEAVES: Final = ("id", "uuid", "key", "slug", "name", "title")

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


@dataclass(frozen=True, slots=True)
class Variable:
    """The argument that a variable is the value of. `is_nested` is true within the selection set."""

    argument: str
    kind: GraphQLInputType
    is_nested: bool


@dataclass(slots=True)
class Variables:
    """The variables of an operation by name."""

    found: dict[str, Variable] = field(default_factory=dict)

    def call(self, prefix: str, arguments: Iterable[tuple[str, GraphQLArgument]]) -> str:
        """Return the arguments of a field, each with a variable of its own."""
        parts = [f"{name}: ${self._add(prefix, name, one)}" for name, one in arguments]
        return f"({', '.join(parts)})" if parts else ""

    def _add(self, prefix: str, argument: str, one: GraphQLArgument) -> str:
        wanted = f"{prefix}_{argument}" if prefix else argument
        name, number = wanted, 2
        while name in self.found:
            name, number = f"{wanted}_{number}", number + 1
        self.found[name] = Variable(argument, one.type, is_nested=bool(prefix))
        return name


def needed_arguments(field_: GraphQLField) -> list[tuple[str, GraphQLArgument]]:
    """Return the required arguments, and the one that limits the number of results."""
    pairs = [(name, one) for name, one in field_.args.items() if is_required_argument(one)]
    sizes = [(name, one) for name, one in field_.args.items() if is_page_size(name, one.type)]
    return [*pairs, *[pair for pair in sizes[:1] if pair[0] not in dict(pairs)]]


class Selections:
    """Writes the selection sets of one operation and collects the variables that they need."""

    def __init__(self, schema: GraphQLSchema, variables: Variables) -> None:
        self._schema = schema
        self._variables = variables

    def of(self, kind: GraphQLNamedType, depth: int = MAX_DEPTH, prefix: str = "") -> str:
        """Return the selection set of a type with its braces; empty for a leaf."""
        if not isinstance(kind, Composite):
            return ""
        parts = list(self._parts(kind, depth, prefix))
        return "{ " + " ".join(parts or ["__typename"]) + " }"

    def _parts(self, kind: Composite, depth: int, prefix: str) -> Iterator[str]:
        if isinstance(kind, GraphQLUnionType):
            yield "__typename"
            yield from self._fragments(kind, {})
        elif item := item_of(kind):
            yield from self._connection(kind, item, depth, prefix)
        else:
            leaves = leaves_of(kind)
            yield from leaves
            if depth > 1:
                yield from self._objects(kind, depth, prefix)
            if isinstance(kind, GraphQLInterfaceType):
                yield "__typename"
                yield from self._fragments(kind, {name: str(kind.fields[name].type) for name in kind.fields})

    def _connection(
        self, kind: GraphQLObjectType | GraphQLInterfaceType, item: str, depth: int, prefix: str
    ) -> Iterator[str]:
        """Select the items of a connection. Its wrappers do not count as depth."""
        yield from [name for name in leaves_of(kind) if name in ("totalCount", "count")]
        target = get_named_type(kind.fields[item].type)
        if item == "nodes":
            yield f"nodes {self.of(target, depth, prefix)}"
        elif isinstance(target, GraphQLObjectType | GraphQLInterfaceType):
            node = get_named_type(target.fields["node"].type)
            yield f"edges {{ node {self.of(node, depth, prefix)} }}"

    def _objects(
        self, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int, prefix: str
    ) -> Iterator[str]:
        found = 0
        for name, one in _usable(kind):
            target = get_named_type(one.type)
            if found >= _MAX_OBJECTS or not isinstance(target, Composite) or name == "pageInfo":
                continue
            if target is self._schema.query_type or not _can_fill(one):
                continue
            found += 1
            path = f"{prefix}_{name}" if prefix else name
            call = self._variables.call(path, needed_arguments(one))
            yield f"{name}{call} {self.of(target, depth - 1, path)}"

    def _fragments(
        self, kind: GraphQLInterfaceType | GraphQLUnionType, selected: dict[str, str]
    ) -> Iterator[str]:
        """Select leaves by type. A name is selected once with one type, because fields are merged by name."""
        types: dict[str, str] = dict(selected)
        for one in list(self._schema.get_possible_types(kind))[:_MAX_FRAGMENTS]:
            names = []
            for name in leaves_of(one):
                shape = str(one.fields[name].type)
                if name not in selected and types.setdefault(name, shape) == shape:
                    names.append(name)
            if names:
                yield f"... on {one.name} {{ {' '.join(names)} }}"


def item_of(kind: GraphQLNamedType) -> str | None:
    """Return the field of a connection that holds its items: `nodes` or `edges`. None for other types."""
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        return None
    if "pageInfo" not in kind.fields and not kind.name.endswith("Connection"):
        return None
    if isinstance(_plain_target(kind, "nodes"), Composite):
        return "nodes"
    edge = _plain_target(kind, "edges")
    return "edges" if edge and isinstance(_plain_target(edge, "node"), Composite) else None


def _plain_target(kind: GraphQLNamedType, name: str) -> GraphQLNamedType | None:
    """Return the type of a field that needs no argument, None if there is no such field."""
    fields = kind.fields if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) else {}
    return (
        get_named_type(fields[name].type) if name in fields and not needed_arguments(fields[name]) else None
    )


def leaves_of(kind: GraphQLNamedType) -> list[str]:
    """Return the names of the scalar and enum fields that need no argument, the most telling ones first."""
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        return []
    names = [
        name
        for name, one in _usable(kind)
        if is_leaf_type(get_named_type(one.type)) and not any(map(is_required_argument, one.args.values()))
    ]
    first = [name for name in _FIRST_LEAVES if name in names]
    return [*first, *(name for name in names if name not in first)][:_MAX_LEAVES]


def _usable(kind: GraphQLObjectType | GraphQLInterfaceType) -> Iterator[tuple[str, GraphQLField]]:
    for name, one in kind.fields.items():
        if not one.deprecation_reason:
            yield name, one


def _can_fill(field_: GraphQLField) -> bool:
    """Return whether the required arguments have values. An invented key of a single object would find nothing."""
    is_single = isinstance(get_nullable_type(field_.type), Composite)
    for name, one in field_.args.items():
        if not is_required_argument(one):
            continue
        filling = Filling("")
        fill(name, one.type, filling)
        kind = get_named_type(one.type)
        is_text = isinstance(kind, GraphQLScalarType) and kind.name in ("ID", "String")
        if not filling.is_complete or (is_single and is_text and not item_of(get_named_type(field_.type))):
            return False
    return True
