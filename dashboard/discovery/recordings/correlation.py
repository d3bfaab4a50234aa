"""Finds values of requests that an earlier response provided, such as ids, tokens and forgery tokens."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from dashboard.discovery.discovered import Json, Remark
from dashboard.discovery.recordings.har_entries import HarResponse
from dashboard.discovery.recordings.requests import MAX_DEPTH, Draft, Place, Template
from dashboard.discovery.templates import data_reference, escaped
from dashboard.model.secret_names import is_secret_name

_MAX_ITEMS: Final = 200
_MAX_VALUES: Final = 20_000
_MAX_ALL_VALUES: Final = 500_000
_MAX_DOT_PATH: Final = 400
_MIN_DISTINCT: Final = 8
_MAX_VALUE: Final = 8_192
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?|\d\d:\d\d.*|\d+\.\d+(?:\.\d+)*|https?://.*", re.DOTALL)
_KEY: Final = re.compile(r"[^.[\]$]+")
_ID: Final = re.compile(r"(?:.*_)?(?:id|uuid|guid|key|code|slug|number)")
_HEADERS_WITHOUT_VALUES: Final = re.compile(
    "age|alt-svc|cache-control|connection|content-.*|cf-.*|date|expires|keep-alive|last-modified|link|location|nel|"
    "p3p|report-to|server.*|set-cookie|strict-.*|transfer-encoding|vary|via|x-cache.*|x-amz-.*|x-powered-by|x-served.*"
)
_WRAPPERS: Final = frozenset(
    [
        "data",
        "items",
        "results",
        "result",
        "content",
        "rows",
        "list",
        "records",
        "values",
        "edges",
        "node",
        "nodes",
    ]
)


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
        self._sent: set[str] = set()
        self._keys: dict[tuple[int, str], str] = {}
        self._used_keys: set[str] = set()

    def apply(self, draft: Draft) -> list[Use]:
        """Replace the values of the draft that an earlier response provided."""
        uses: list[Use] = []

        def change(place: Place, value: Any) -> Any:
            prefix, text = _split_scheme(place, str(value))
            origin = self._origins.get(text)
            if origin is None or not _fits(origin, place, text):
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

    def remember(self, endpoint: Json, draft: Draft, response: HarResponse) -> None:
        """Remember the values that a response provides. A value that a request sent before is known already."""
        if response.status is None or not 200 <= response.status < 400:
            return
        resource = _resource_of(draft)
        for field, resource_of_field, source, value in _values_of(response, resource):
            if len(self._origins) < _MAX_ALL_VALUES and value not in self._sent:
                origin = ValueOrigin(endpoint, draft.method, source, field, resource_of_field)
                self._origins.setdefault(value, origin)

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
    is_split = place.kind == "header" and blank and " " not in value and len(value) >= _MIN_DISTINCT
    return (f"{scheme} ", value) if is_split else ("", text)


def _fits(origin: ValueOrigin, place: Place, text: str) -> bool:
    """Return whether a value is unique enough to come from `origin`: long, or an id where one of it is expected."""
    if _is_distinct(text):
        return True
    name = _words(place.name)
    if place.kind == "segment":
        return bool(origin.resource) and _singular(name) == origin.resource
    return place.kind != "header" and name in (f"{origin.resource}_id", f"{origin.resource}_{origin.field}")


def _is_distinct(text: str) -> bool:
    if len(text) < _MIN_DISTINCT or len(text) > _MAX_VALUE or re.search(r"\s", text) or _DATE.fullmatch(text):
        return False
    return (not text.isdecimal() and re.search(r"\d", text) is not None) or len(text) >= 24


def _values_of(response: HarResponse, resource: str) -> Iterator[tuple[str, str, Json, str]]:
    """Yield field, resource, source and value of everything in a response that a request may send later."""
    for name, value in response.headers:
        lower = name.lower()
        if lower == "set-cookie":
            yield from _cookies(value)
        elif not _HEADERS_WITHOUT_VALUES.fullmatch(lower) and _is_distinct(value):
            yield name, "", {"header": name}, value
    if "json" in response.media_type or response.text.lstrip()[:1] in ("{", "["):
        try:
            body = json.loads(response.text)
        except (ValueError, RecursionError):
            return
        yield from _json_values(body, resource)


def _cookies(header: str) -> Iterator[tuple[str, str, Json, str]]:
    for line in header.split("\n"):
        name, _, value = line.partition(";")[0].strip().partition("=")
        if name.strip() and _is_distinct(value):
            yield name, "", {"cookie": name.strip()}, value


def _json_values(body: Any, resource: str) -> Iterator[tuple[str, str, Json, str]]:
    """Yield the values of a JSON body, breadth first so that shallow ones win."""
    pending: list[tuple[str, str, str, Any]] = [("", "", resource, body)]
    for depth in range(MAX_DEPTH):
        following: list[tuple[str, str, str, Any]] = []
        for path, field, owner, value in pending:
            if isinstance(value, dict | list):
                following.extend(_children(path, field, owner, value))
            elif isinstance(value, str | int) and not isinstance(value, bool) and len(path) <= _MAX_DOT_PATH:
                text, words = str(value), _words(field)
                if path and (_is_distinct(text) or _is_short_id(words, text)):
                    yield words if _ID.fullmatch(words) else field, owner, {"body_path": path}, text
        pending = following[:_MAX_VALUES]
        if not pending or depth == MAX_DEPTH:
            return


def _children(path: str, field: str, owner: str, value: Any) -> Iterator[tuple[str, str, str, Any]]:
    if isinstance(value, list):
        for index, item in enumerate(value[:_MAX_ITEMS]):
            yield f"{path}[{index}]", field, owner, item
        return
    for key, item in value.items():
        if _KEY.fullmatch(key) and "\0" not in key:
            is_owner = isinstance(item, dict | list) and _words(key) not in _WRAPPERS
            child_owner = _singular(_words(key)) if is_owner else owner
            yield f"{path}.{key}" if path else key, key, child_owner, item


def _is_short_id(words: str, text: str) -> bool:
    return _ID.fullmatch(words) is not None and 0 < len(text) <= 40 and re.search(r"\s", text) is None


def _resource_of(draft: Draft) -> str:
    """Return the singular of the last segment of the path that is a word."""
    texts = [unquote(segment) for segment in draft.segments if not isinstance(segment, Template)]
    words = [_words(text) for text in texts if re.fullmatch(r"[A-Za-z][A-Za-z_.-]*", text)]
    return _singular(words[-1]) if words else ""


def _wanted_key(origin: ValueOrigin) -> str:
    field = _words(origin.field)
    words = f"{origin.resource}_{field}" if _ID.fullmatch(field) and "_" not in field else field
    first, *rest = [word for word in words.split("_") if word] or ["value"]
    key = first + "".join(word.capitalize() for word in rest)
    return (key if key[0].isalpha() else f"value{key}")[:40]


def _words(name: str) -> str:
    """Return a name as words, such as "product_id" for "productId"."""
    spaced = re.sub("([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub("[^a-z0-9]+", "_", spaced.lower()).strip("_")


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _described(source: Json) -> str:
    kind, value = next(iter(source.items()))
    return f"{value} of the body" if kind == "body_path" else f"{kind} {value}"


def _field_of(place: Place) -> str:
    if place.kind in ("segment", "query"):
        return "path"
    return f"headers.{place.name}" if place.kind == "header" else f"body.{place.name}"
