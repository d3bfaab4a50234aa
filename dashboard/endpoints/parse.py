"""Parses the bytes of endpoints.json into a checked document, or lists its violations. Publishes the JSON Schema."""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NoReturn

from pydantic import ValidationError

from dashboard.endpoints.rules import rule_violations
from dashboard.endpoints.shape import Document
from dashboard.endpoints.violations import Violation, violations_of
from dashboard.model.errors import FieldError, InvalidRequest

FILE_NAME = "endpoints.json"
MAX_DOCUMENT_BYTES = 8 * 1024 * 1024
_MAX_REPORTED_VIOLATIONS = 20
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_document(raw: bytes) -> tuple[Document, dict[str, Any]]:
    """Return the checked document and the parsed JSON. Raises InvalidRequest with the violations."""
    if len(raw) > MAX_DOCUMENT_BYTES:
        raise invalid_document([Violation("", f"is larger than {MAX_DOCUMENT_BYTES} bytes")])
    try:
        data = json.loads(raw, parse_constant=_reject_constant)
        if violation := next(_surrogate_violations(data, ""), None):
            raise invalid_document([violation])
        document = Document.model_validate(data)
    except ValidationError as error:
        raise invalid_document(violations_of(error)) from None
    except (ValueError, RecursionError) as error:
        raise invalid_document([Violation("", f"is not valid JSON: {error}")]) from None
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


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _surrogate_violations(value: object, path: str) -> Iterator[Violation]:
    """Yield a violation for each string with an unpaired surrogate, which neither a k6 tag nor a URL can contain."""
    if isinstance(value, str) and _SURROGATE.search(value):
        yield Violation(path, "contains invalid Unicode (an unpaired surrogate)")
    elif isinstance(value, dict):
        for key, item in value.items():
            name = f"{path}.{key}" if path else key
            yield from _surrogate_violations(key, _SURROGATE.sub("�", name))
            yield from _surrogate_violations(item, name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _surrogate_violations(item, f"{path}[{index}]")
