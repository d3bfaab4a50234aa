"""Makes the body of a request from its examples or its schema."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from dashboard.discovery.discovered import Json, Remark
from dashboard.discovery.openapi.forms import form_of, multipart_of
from dashboard.discovery.openapi.media_types import header_value, kind_of, order_of
from dashboard.discovery.openapi.operations import examples_of
from dashboard.discovery.openapi.references import References
from dashboard.discovery.openapi.validation import Validator
from dashboard.discovery.openapi.value_rules import MadeValue, NoValue
from dashboard.discovery.openapi.values import ValueMaker
from dashboard.discovery.openapi.versions import members
from dashboard.discovery.openapi.xml import to_xml

_MAX_EXAMPLES = 20
_MAX_LEVELS = 80


@dataclass(frozen=True, slots=True)
class RequestBody:
    """The fields of an endpoint for its body, and its Content-Type if it differs from the default."""

    fields: Json
    content_type: str | None = None
    remarks: tuple[Remark, ...] = ()


class BodyMaker:
    """Makes bodies that fit their schemas."""

    def __init__(self, references: References, maker: ValueMaker, validator: Validator) -> None:
        self._references = references
        self._maker = maker
        self._validator = validator

    def make(self, operation: Json, method: str) -> RequestBody | None:
        """Return the body of an operation; None if it has none or can do without."""
        given, content = self._content(operation)
        is_required = given.get("required") is True
        if not content or (method in ("GET", "HEAD") and not is_required):
            return None
        problem = None
        for media_type, media in content:
            try:
                body = self._body(media_type, media)
            except NoValue:
                continue
            if not body.remarks:
                return body
            problem = problem or body
        if problem is None and is_required:
            return RequestBody(
                {}, None, (Remark("problem", "No body could be made from the schema.", "body"),)
            )
        return problem

    def is_form(self, operation: Json) -> bool:
        """Return whether the body is a form, whose Content-Type depends on how it is written."""
        _, content = self._content(operation)
        return bool(content) and kind_of(content[0][0]) in ("form", "multipart")

    def _content(self, operation: Json) -> tuple[Json, list[tuple[str, Json]]]:
        """Return the request body, and its media types, best first."""
        given = self._references.follow(operation.get("requestBody"))
        content = [(name, self._references.follow(media)) for name, media in members(given.get("content"))]
        return given, sorted(content, key=lambda pair: order_of(pair[0]))

    def _body(self, media_type: str, media: Json) -> RequestBody:
        kind, schema = kind_of(media_type), media.get("schema", {})
        made, remarks = self._value(media, schema, is_text=kind in ("xml", "text", "lines"))
        sent = header_value(media_type, kind)
        value = made.value
        if kind == "json":
            return _json_body(value, sent, remarks)
        if kind in ("form", "multipart") and isinstance(value, dict):
            encoding = dict(members(media.get("encoding")))
            if kind == "form":
                return RequestBody({"form": form_of(value, encoding)}, None, remarks)
            return RequestBody(
                {"multipart": multipart_of(value, encoding, schema, self._schemas)}, None, remarks
            )
        if kind == "xml" and not isinstance(value, str):
            return RequestBody({"body": to_xml(value, schema, self._schemas)}, sent, remarks)
        if kind == "lines" and not isinstance(value, str):
            return RequestBody({"body": _text(value) + "\n"}, sent, remarks)
        return RequestBody({"body": _text(value) or "text"}, sent, remarks)

    @property
    def _schemas(self) -> Any:
        return self._maker.schemas

    def _value(self, media: Json, schema: Any, *, is_text: bool) -> tuple[MadeValue, tuple[Remark, ...]]:
        """Return the first example that fits the schema, otherwise a value made from the schema."""
        given = [one for one in self._examples(media, is_text=is_text) if not _is_too_deep(one)]
        for value in given:
            clean = self._validator.without_read_only(value, schema)
            if self._validator.is_valid(clean, schema) or (is_text and isinstance(value, str)):
                return MadeValue(clean, True), ()
        if "schema" not in media and "itemSchema" not in media:
            return MadeValue(given[0] if given else {}, bool(given)), ()
        made = self._maker.make(schema or media.get("itemSchema"))
        if _is_too_deep(made.value):
            raise NoValue
        if self._validator.is_valid(made.value, schema):
            return made, ()
        return made, (Remark("problem", "The body may not fit the schema of the document.", "body"),)

    def _examples(self, media: Json, *, is_text: bool) -> Iterator[Any]:
        for index, value in enumerate(examples_of(media, self._references)):
            if index >= _MAX_EXAMPLES:
                return
            if isinstance(value, str) and not is_text and value.lstrip()[:1] in ("{", "["):
                try:
                    yield json.loads(value)
                except (ValueError, RecursionError):
                    yield value
                continue
            yield value


def _json_body(value: Any, sent: str, remarks: tuple[Remark, ...]) -> RequestBody:
    is_default = sent.lower() == "application/json"
    if value is None or isinstance(value, str):
        return RequestBody({"body": json.dumps(value, ensure_ascii=False)}, sent, remarks)
    return RequestBody({"body": value}, None if is_default else sent, remarks)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_too_deep(value: Any) -> bool:
    """Return whether a value has more levels than an endpoints file can contain."""
    level = [value]
    for _ in range(_MAX_LEVELS):
        level = [one for part in level if isinstance(part, list | dict) for one in _parts_of(part)]
        if not level:
            return False
    return True


def _parts_of(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value
