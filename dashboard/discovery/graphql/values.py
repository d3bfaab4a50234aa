"""Makes values for the arguments of GraphQL fields."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    Undefined,
    is_required_input_field,
)

from dashboard.discovery.discovered import Remark

MAX_DEPTH: Final = 6
PAGE_SIZE: Final = 10
_DATE_TIME: Final = "2025-01-15T12:00:00Z"
_UUID: Final = "00000000-0000-4000-8000-000000000001"
# Lower-case names without separators.
_SCALARS: Final[dict[str, Any]] = {
    **dict.fromkeys(
        ("int", "integer", "long", "bigint", "int64", "int32", "short", "byte", "uint", "uint64"), 1
    ),
    **dict.fromkeys(("positiveint", "nonnegativeint", "unsignedint", "safeint", "year"), 1),
    **dict.fromkeys(("float", "double", "positivefloat", "nonnegativefloat"), 1.5),
    **dict.fromkeys(("decimal", "bigdecimal", "money", "numeric"), "1.50"),
    **dict.fromkeys(("boolean", "bool"), True),
    **dict.fromkeys(("datetime", "timestamptz", "awsdatetime", "isodatetime", "iso8601datetime"), _DATE_TIME),
    **dict.fromkeys(
        ("datetimeoffset", "instant", "gitobjecttimestamp", "precisedatetime", "timestamp"), _DATE_TIME
    ),
    **dict.fromkeys(("date", "awsdate", "localdate", "isodate", "iso8601date"), "2025-01-15"),
    **dict.fromkeys(("time", "localtime", "timetz"), "12:00:00"),
    "awstime": "12:00:00Z",
    "localdatetime": "2025-01-15T12:00:00",
    "awstimestamp": 1736942400,
    "unixtimestamp": 1736942400,
    **dict.fromkeys(("duration", "isoduration", "iso8601duration"), "PT1H"),
    "timezone": "UTC",
    **dict.fromkeys(("uuid", "guid", "uuid4"), _UUID),
    **dict.fromkeys(("uri", "url", "awsurl", "href"), "https://example.com/"),
    **dict.fromkeys(("email", "emailaddress", "awsemail"), "user@example.com"),
    **dict.fromkeys(("phone", "phonenumber", "awsphone"), "+12025550123"),
    **{name: {} for name in ("json", "jsonobject", "jsonb", "object", "map", "any", "anyscalar")},
    "awsjson": "{}",
    **dict.fromkeys(("base64", "base64string", "bytes", "byte64"), "ZXhhbXBsZQ=="),
    **dict.fromkeys(("ipv4", "ip", "ipaddress", "awsipaddress"), "192.0.2.1"),
    "ipv6": "2001:db8::1",
    **dict.fromkeys(("html", "text", "markdown", "nonemptystring", "string"), "example"),
    **dict.fromkeys(("slug", "name"), "example"),
    **dict.fromkeys(("locale", "language", "languagecode"), "en"),
    **dict.fromkeys(("currency", "currencycode"), "USD"),
    **dict.fromkeys(("country", "countrycode"), "US"),
    "id": "1",
    "objectid": "000000000000000000000001",
    "gitobjectid": "0" * 40,
    "hexcolor": "#336699",
}
_PAGE_SIZES: Final = frozenset(
    ["first", "limit", "pagesize", "perpage", "take", "size", "count", "top", "pagesizelimit"]
)
_TEXTS: Final = (
    ("email", "user@example.com"),
    ("url", "https://example.com/"),
    ("uri", "https://example.com/"),
    ("date", "2025-01-15"),
    ("phone", "+12025550123"),
    ("query", "test"),
    ("search", "test"),
)


FindSource = Callable[[str, GraphQLScalarType, str], str | None]


def no_source(_name: str, _kind: GraphQLScalarType, _path: str) -> str | None:
    """Return None: no response contains the value."""
    return None


@dataclass(slots=True)
class Filling:
    """A value for an argument, and what is to be known about it. `path` is the field of endpoints.json.

    `find_source` returns the template of a value that another response contains, None if there is none.
    """

    path: str
    find_source: FindSource = no_source
    remarks: list[Remark] = field(default_factory=list)
    is_complete: bool = True

    def guess(self, path: str, value: Any) -> Any:
        """Note that a value is a guess, and return it."""
        self.remarks.append(Remark("guess", f"{_shown(value)} is a sample value.", path))
        return value

    def miss(self, path: str, type_name: str) -> Any:
        """Note that no value is known for a type, and return a placeholder."""
        message = f"No value is known for the type {type_name}. Enter one, then select the request."
        self.remarks.append(Remark("problem", message, path))
        self.is_complete = False
        return "example"


def is_page_size(name: str, kind: GraphQLInputType) -> bool:
    """Return whether an argument limits the number of results."""
    plain = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return plain_name(name) in _PAGE_SIZES and isinstance(plain, GraphQLScalarType) and plain.name == "Int"


def fill(name: str, kind: GraphQLInputType, filling: Filling) -> Any:
    """Return a value of the type for the argument with this name."""
    return _value(name, kind, filling, filling.path, ())


def plain_name(name: str) -> str:
    """Return a name in lower case without separators."""
    return re.sub("[^a-z0-9]", "", name.lower())


def _value(name: str, kind: GraphQLInputType, filling: Filling, path: str, above: tuple[str, ...]) -> Any:
    if isinstance(kind, GraphQLNonNull):
        return _value(name, kind.of_type, filling, path, above)
    if isinstance(kind, GraphQLList):
        return _list(name, kind, filling, path, above)
    if isinstance(kind, GraphQLEnumType):
        names = [key for key, value in kind.values.items() if not value.deprecation_reason]
        return filling.guess(path, (names or list(kind.values))[0])
    if isinstance(kind, GraphQLInputObjectType):
        return _input_object(kind, filling, path, above)
    return _scalar(name, kind, filling, path)


def _list(
    name: str, kind: GraphQLList[Any], filling: Filling, path: str, above: tuple[str, ...]
) -> list[Any]:
    """Return a list of one item, and an empty list where the type would contain itself."""
    item = kind.of_type.of_type if isinstance(kind.of_type, GraphQLNonNull) else kind.of_type
    if isinstance(item, GraphQLInputObjectType) and (item.name in above or len(above) >= MAX_DEPTH):
        return []
    return [_value(name, kind.of_type, filling, path, above)]


def _input_object(kind: GraphQLInputObjectType, filling: Filling, path: str, above: tuple[str, ...]) -> Any:
    """Return an object with the required fields."""
    if kind.name in above or len(above) >= MAX_DEPTH:
        return filling.miss(path, kind.name)
    chosen = [name for name, one in kind.fields.items() if is_required_input_field(one)]
    if kind.is_one_of:
        chosen = [_simplest(kind)]
    return {
        name: _value(name, kind.fields[name].type, filling, f"{path}.{name}", (*above, kind.name))
        for name in chosen
    }


def _simplest(kind: GraphQLInputObjectType) -> str:
    """Return the field of a "one of" type that needs no further object, if there is one."""
    leaves = (
        name for name, one in kind.fields.items() if isinstance(one.type, GraphQLScalarType | GraphQLEnumType)
    )
    name: str = next(leaves, next(iter(kind.fields)))
    return name


def _scalar(name: str, kind: GraphQLScalarType, filling: Filling, path: str) -> Any:
    if is_page_size(name, kind):
        return PAGE_SIZE
    if template := filling.find_source(name, kind, path):
        return template
    plain = plain_name(kind.name)
    if plain == "string":
        words = plain_name(name)
        return filling.guess(path, next((text for part, text in _TEXTS if part in words), "example"))
    if plain == "int" and plain_name(name) in ("offset", "skip"):
        return 0
    value = _SCALARS.get(plain, Undefined)
    if value is Undefined:
        return filling.miss(path, kind.name)
    return filling.guess(path, value)


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else "An empty object" if value == {} else str(value)
