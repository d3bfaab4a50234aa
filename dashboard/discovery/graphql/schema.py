"""Builds a GraphQL schema from the result of an introspection or from a schema file."""

from typing import Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    build_ast_schema,
    build_client_schema,
    parse,
    validate_schema,
)
from graphql.language import ObjectTypeDefinitionNode, ObjectTypeExtensionNode
from graphql.utilities import IntrospectionQuery, extend_schema

from dashboard.discovery.discovered import UnreadableDocument

_MAX_TOKENS: Final = 500_000
_MAX_MESSAGE: Final = 300
# graphql-core raises these for documents whose values have the wrong types.
_WRONG_SHAPE: Final = (TypeError, KeyError, ValueError, AttributeError, AssertionError, IndexError)


def schema_of_introspection(introspection: IntrospectionQuery) -> GraphQLSchema:
    """Return the schema of a result. Raises UnreadableDocument."""
    try:
        return _checked(build_client_schema(introspection))
    except (GraphQLError, RecursionError, *_WRONG_SHAPE) as error:
        message = f"The result of the introspection is incomplete or damaged: {_short(error)}."
        raise UnreadableDocument(f"{message} Run the full introspection query again.") from None


def schema_of_text(text: str) -> GraphQLSchema:
    """Return the schema of a schema file. Raises UnreadableDocument that names the line of an error."""
    try:
        document = parse(text, max_tokens=_MAX_TOKENS)
        return _checked(_built(document))
    except GraphQLError as error:
        line = f"Line {error.locations[0].line}: " if error.locations else ""
        raise UnreadableDocument(f"The GraphQL schema cannot be read. {line}{_short(error)}") from None
    except RecursionError:
        raise UnreadableDocument("The GraphQL schema is nested too deeply.") from None
    except _WRONG_SHAPE as error:
        raise UnreadableDocument(f"The GraphQL schema cannot be read: {_short(error)}.") from None


def _built(document: DocumentNode) -> GraphQLSchema:
    """Return the schema. A federated subgraph only extends `Query`, and uses directives that it does not define."""
    types = [one for one in document.definitions if isinstance(one, ObjectTypeDefinitionNode)]
    defined = {one.name.value for one in types}
    extended = {one.name.value for one in document.definitions if isinstance(one, ObjectTypeExtensionNode)}
    missing = sorted((extended & {"Query", "Mutation"}) - defined)
    if not missing:
        return build_ast_schema(document, assume_valid_sdl=True)
    bases = build_ast_schema(parse(" ".join(f"type {name}" for name in missing)), assume_valid=True)
    return extend_schema(bases, document, assume_valid_sdl=True)


def _checked(schema: GraphQLSchema) -> GraphQLSchema:
    errors = validate_schema(schema)
    if errors:
        raise errors[0]
    return schema


def _short(error: Exception) -> str:
    text = error.message if isinstance(error, GraphQLError) else str(error) or type(error).__name__
    return " ".join(text.split())[:_MAX_MESSAGE].rstrip(".")
