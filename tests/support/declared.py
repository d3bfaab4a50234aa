"""Checks JSON responses against the schemas that the OpenAPI document declares for them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from flask import Response, request

from dashboard.api.http import responses
from dashboard.api.http.openapi import document_of
from dashboard.app import DOCUMENTED

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
JSON, PROBLEM = "application/json", "application/problem+json"


def refuse_unknown_fields(schema: Any) -> Any:
    """Refuse unknown fields wherever the schema lists fields and does not permit others explicitly."""
    if isinstance(schema, list):
        return [refuse_unknown_fields(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if isinstance(schema.get("properties"), dict) else {}
    return closed | {key: refuse_unknown_fields(part) for key, part in schema.items()}


@cache
def declared_schemas() -> tuple[dict[tuple[str, str, str, str], str], dict[str, Any]]:
    """Return the schema of each declared JSON response as text, by path, method, status and media type.

    The second value is the components that the schemas refer to.
    """
    document = document_of(
        (routes.name, operation) for routes in DOCUMENTED for operation in routes.operations
    )
    schemas = {
        (path, method, status, media): json.dumps(content["schema"])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        for status, response in operation["responses"].items()
        for media, content in response.get("content", {}).items()
        if media in (JSON, PROBLEM)
    }
    return schemas, {"components": refuse_unknown_fields(document["components"])}


@cache
def validator_of(schema: str) -> Any:
    """Return the validator of a schema. It takes 10 ms and 2 MB, so responses with the same schema share it."""
    return jsonschema_rs.validator_for({**json.loads(schema), **declared_schemas()[1]})


def violation_of(response: Response) -> str | None:
    """Return how the response to the current request differs from its declaration, or None."""
    rule = request.url_rule
    if rule is None or rule.endpoint.startswith("pages.") or response.status_code == 304:
        return None
    if response.mimetype not in (JSON, PROBLEM):
        return None
    method = "get" if request.method == "HEAD" else request.method.lower()
    name = f"{request.method} {rule.rule} {response.status_code}"
    key = PARAMETER.sub(r"{\1}", rule.rule), method, str(response.status_code), str(response.mimetype)
    schema = declared_schemas()[0].get(key)
    if schema is None:
        return f"{name} is not declared"
    errors = validator_of(schema).iter_errors(json.loads(response.get_data()))
    found = [f"{'.'.join(map(str, error.instance_path))}: {error.message[:300]}" for error in errors]
    return f"{name}: {'; '.join(found[:5])}" if found else None


@contextmanager
def collect_violations() -> Iterator[list[str]]:
    """Collect the violations of all applications that are created inside the block."""
    violations: list[str] = []
    finish = responses.finish

    def check_and_finish(response: Response) -> Response:
        if violation := violation_of(response):
            violations.append(violation)
        return finish(response)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(responses, "finish", check_and_finish)
        yield violations
