"""The introspection query of GraphQL, and what a response to it means."""

import json
import re
from typing import Final

_WRAPPERS: Final = 7  # of a type such as [[ID!]!]!, as in the standard query
_TYPE_REF: Final = "kind name " + "ofType { kind name " * _WRAPPERS + "}" * _WRAPPERS
_INPUT = f"name defaultValue type {{ {_TYPE_REF} }}"
QUERY: Final = (
    "query IntrospectionQuery { __schema { queryType { name } mutationType { name } subscriptionType { name } "
    f"types {{ kind name fields(includeDeprecated: true) {{ name isDeprecated args {{ {_INPUT} }} "
    f"type {{ {_TYPE_REF} }} }} inputFields {{ {_INPUT} }} interfaces {{ {_TYPE_REF} }} "
    f"enumValues(includeDeprecated: true) {{ name isDeprecated }} possibleTypes {{ {_TYPE_REF} }} }} }} }}"
)
_SCHEMA: Final = re.compile(rb'"__schema"\s*+:\s*+\{')
BODY: Final = json.dumps({"query": QUERY, "operationName": "IntrospectionQuery"}).encode()


_MAX_PARSED_BYTES = 65_536  # parsing a large schema would stop other requests for seconds


def has_schema(body: bytes) -> bool:
    """Return whether a response contains a schema. A large one is only recognized: its import parses it."""
    if len(body) > _MAX_PARSED_BYTES:
        return _SCHEMA.search(body, 0, _MAX_PARSED_BYTES) is not None
    data = _data(body).get("data")
    return isinstance(data, dict) and isinstance(data.get("__schema"), dict)


def refusal(body: bytes) -> str | None:
    """Return why a GraphQL server does not answer the query; None if the response is not from a GraphQL server."""
    errors = _data(body).get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    message = first.get("message") if isinstance(first, dict) else None
    return message[:200] if isinstance(message, str) else None


def _data(body: bytes) -> dict[str, object]:
    if len(body) > _MAX_PARSED_BYTES:
        return {}
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
