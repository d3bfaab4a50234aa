"""From bytes to a checked document, or to the places where it is wrong. Published as JSON Schema too."""

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

FILE = "endpoints.json"
MAX_BYTES = 8 * 1024 * 1024
_MAX_REPORTED = 20
_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")


def read_document(raw: bytes) -> tuple[Document, dict[str, Any]]:
    """The document as shape and as it was parsed. Raises InvalidRequest with the places."""
    if len(raw) > MAX_BYTES:
        raise invalid_document([Violation("", f"is larger than {MAX_BYTES} bytes")])
    try:
        data = json.loads(raw, parse_constant=_refuse_constant)
        if odd := next(_odd_texts(data, ""), None):
            raise invalid_document([odd])
        document = Document.model_validate(data)
    except ValidationError as error:
        raise invalid_document(violations_of(error)) from None
    except (ValueError, RecursionError) as error:
        raise invalid_document([Violation("", f"is not JSON: {error}")]) from None
    if broken := list(rule_violations(document)):
        raise invalid_document(broken)
    return document, data


@cache
def json_schema() -> dict[str, Any]:
    """The shape as JSON Schema, for editors and programs."""
    made = Document.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": FILE}


def invalid_document(findings: Iterable[Violation]) -> InvalidRequest:
    """The document is refused; of very many findings the first."""
    told = [FieldError(f"{FILE}: {place}" if place else FILE, text) for place, text in findings][:_MAX_REPORTED]
    return InvalidRequest("; ".join(f"{one.field}: {one.message}" for one in told), errors=tuple(told))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _odd_texts(value: object, place: str) -> Iterator[Violation]:
    """Half of a surrogate pair is no text: neither a tag nor a URL can hold it."""
    if isinstance(value, str) and _HALF_A_CHARACTER.search(value):
        yield Violation(place, "holds broken characters")
    elif isinstance(value, dict):
        for key, item in value.items():
            name = f"{place}.{key}" if place else key
            yield from _odd_texts(key, _HALF_A_CHARACTER.sub("�", name))
            yield from _odd_texts(item, name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _odd_texts(item, f"{place}[{index}]")
