"""Finds values of requests that an earlier response provided, such as ids, tokens and forgery tokens."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from dashboard.discovery.discovered import Json, Remark
from dashboard.discovery.recordings.har_entries import HarResponse
from dashboard.discovery.recordings.requests import EndpointDraft, Place, Template
from dashboard.discovery.recordings.response_values import (
    ID_NAME,
    MIN_DISTINCT,
    is_distinct,
    singular_of,
    values_of,
    words_of,
)
from dashboard.discovery.templates import data_reference, escaped
from dashboard.model.secret_names import is_secret_name

_MAX_PAGE_VALUES: Final = 200_000
_QUOTED: Final = re.compile(r'="([^"\s]{8,2000})"')


@dataclass(frozen=True, slots=True)
class ValueOrigin:
    """Where an earlier response contains a value. `resource` is the singular word for what an id identifies."""

    endpoint: Json
    method: str
    source: Json
    field: str
    resource: str


@dataclass(frozen=True, slots=True)
class Use:
    """A value of a request that an earlier response provides."""

    origin: ValueOrigin
    key: str
    place: Place


class Correlation:
    """Remembers the values of responses, and replaces them in later requests."""

    def __init__(self) -> None:
        self._origins: dict[str, ValueOrigin] = {}
        self._wanted: set[str] = set()
        self._sent: set[str] = set()
        self._keys: dict[tuple[int, str], str] = {}
        self._used_keys: set[str] = set()
        self._values_of_pages: set[str] = set()

    def expect(self, draft: EndpointDraft) -> None:
        """Take note of the values of a request. Only values that some request sends are remembered."""

        def collect(place: Place, value: Any) -> Any:
            self._wanted.add(_split_scheme(place, str(value))[1])
            return value

        draft.rewrite(collect)

    def apply(self, draft: EndpointDraft) -> list[Use]:
        """Replace the values of the draft that an earlier response provided."""
        uses: list[Use] = []

        def change(place: Place, value: Any) -> Any:
            prefix, text = _split_scheme(place, str(value))
            origin = self._origins.get(text)
            if origin is None or not _fits(origin, place, text):
                self._mark_value_of_page(draft, place, text)
                self._sent.add(text)
                return value
            use = Use(origin, self._key_of(origin), place)
            uses.append(use)
            return Template(escaped(prefix) + data_reference(use.key))

        draft.rewrite(change)
        for use in uses:
            name = use.origin.endpoint["name"]
            message = f'The value is taken from the response of "{name}": {_described(use.origin.source)}.'
            draft.remarks.append(Remark("guess", message, _field_of(use.place)))
        return uses

    def remember(self, endpoint: Json, draft: EndpointDraft, response: HarResponse) -> None:
        """Remember the values that a response provides. A value that a request sent before is known already."""
        if response.status is None or not 200 <= response.status < 400:
            return
        if "html" in response.media_type and len(self._values_of_pages) < _MAX_PAGE_VALUES:
            self._values_of_pages.update(_QUOTED.findall(response.text))
        resource = _resource_of(draft)
        for field, resource_of_field, source, value in values_of(response, resource, self._wanted):
            if value not in self._sent:
                origin = ValueOrigin(endpoint, draft.method, source, field, resource_of_field)
                self._origins.setdefault(value, origin)

    def _mark_value_of_page(self, draft: EndpointDraft, place: Place, text: str) -> None:
        """Mark a value that an HTML page contained, such as a hidden field of a form. It cannot be extracted."""
        if place.kind != "header" and text in self._values_of_pages and is_distinct(text):
            message = "The value is part of an earlier HTML page, and only JSON, headers and cookies can be extracted."
            draft.remarks.append(Remark("problem", message, _field_of(place)))

    def _key_of(self, origin: ValueOrigin) -> str:
        """Return the key of the data for a value, and extract it in the endpoint that provides it."""
        identity = (id(origin.endpoint), json.dumps(origin.source))
        if identity not in self._keys:
            key = self._unique_key(_wanted_key(origin))
            self._keys[identity] = key
            is_secret = is_secret_name(origin.field)
            source = {**origin.source, "secret": True} if is_secret else origin.source
            origin.endpoint.setdefault("extract", {})[key] = source
        return self._keys[identity]

    def _unique_key(self, wanted: str) -> str:
        key, number = wanted, 2
        while key in self._used_keys:
            key, number = f"{wanted}{number}", number + 1
        self._used_keys.add(key)
        return key


def _split_scheme(place: Place, text: str) -> tuple[str, str]:
    """Split a header such as `Bearer abc` into the scheme and the value."""
    scheme, blank, value = text.partition(" ")
    is_split = place.kind == "header" and blank and " " not in value and len(value) >= MIN_DISTINCT
    return (f"{scheme} ", value) if is_split else ("", text)


def _fits(origin: ValueOrigin, place: Place, text: str) -> bool:
    """Return whether a value is unique enough to come from `origin`: long, or an id where one of it is expected."""
    if is_distinct(text):
        return True
    name = words_of(place.name)
    if place.kind == "segment":
        return bool(origin.resource) and singular_of(name) == origin.resource
    return place.kind != "header" and name in (f"{origin.resource}_id", f"{origin.resource}_{origin.field}")


def _resource_of(draft: EndpointDraft) -> str:
    """Return the singular of the last segment of the path that is a word."""
    texts = [unquote(segment) for segment in draft.segments if not isinstance(segment, Template)]
    words = [words_of(text) for text in texts if re.fullmatch(r"[A-Za-z][A-Za-z_.-]*", text)]
    return singular_of(words[-1]) if words else ""


def _wanted_key(origin: ValueOrigin) -> str:
    field = words_of(origin.field)
    words = f"{origin.resource}_{field}" if ID_NAME.fullmatch(field) and "_" not in field else field
    first, *rest = [word for word in words.split("_") if word] or ["value"]
    key = first + "".join(word.capitalize() for word in rest)
    return (key if key[0].isalpha() else f"value{key}")[:40]


def _described(source: Json) -> str:
    kind, value = next(iter(source.items()))
    return f"{value} of the body" if kind == "body_path" else f"{kind} {value}"


def _field_of(place: Place) -> str:
    if place.kind in ("segment", "query"):
        return "path"
    return f"headers.{place.name}" if place.kind == "header" else f"body.{place.name}"
