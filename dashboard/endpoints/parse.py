"""Parses the bytes of endpoints.json into a checked document, or lists its violations. Publishes the JSON Schema."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic import ValidationError

from dashboard.endpoints.rules import rule_violations
from dashboard.endpoints.shape import Document
from dashboard.endpoints.violations import Violation, violations_of
from dashboard.model.errors import FieldError, InvalidRequest
from dashboard.model.strict_json import MAX_DEPTH, InvalidJson, decode_json, parse_json

FILE_NAME = "endpoints.json"
MAX_DOCUMENT_BYTES = 8 * 1024 * 1024
_MAX_REPORTED_VIOLATIONS = 20


def read_document(raw: bytes) -> tuple[Document, dict[str, Any]]:
    """Return the checked document and the parsed JSON. Raises InvalidRequest with the violations."""
    if len(raw) > MAX_DOCUMENT_BYTES:
        raise invalid_document([Violation("", f"is larger than {MAX_DOCUMENT_BYTES} bytes")])
    try:
        data = parse_json(decode_json(raw).text, max_depth=MAX_DEPTH)
        document = Document.model_validate(data)
    except ValidationError as error:
        raise invalid_document(violations_of(error)) from None
    except InvalidJson as error:
        raise invalid_document([Violation(error.path, error.message)]) from None
    if violations := list(rule_violations(document)):
        raise invalid_document(violations)
    return document, data


@cache
def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document, for editors and other programs."""
    schema = Document.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": FILE_NAME}


def invalid_document(violations: Iterable[Violation]) -> InvalidRequest:
    """Return the error that lists the first violations."""
    errors = [
        FieldError(f"{FILE_NAME}: {path}" if path else FILE_NAME, message) for path, message in violations
    ]
    reported = tuple(errors[:_MAX_REPORTED_VIOLATIONS])
    return InvalidRequest("; ".join(f"{error.field}: {error.message}" for error in reported), errors=reported)
