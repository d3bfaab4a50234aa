"""Lists the values of a recorded response that a later request may send."""

import json
import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any, Final

from dashboard.discovery.discovered import Json
from dashboard.discovery.recordings.har_entries import HarResponse
from dashboard.discovery.recordings.requests import MAX_DEPTH

ID_NAME: Final = re.compile(r"(?:.*_)?(?:id|uuid|guid|key|code|slug|number)")
MIN_DISTINCT: Final = 8
_MAX_ITEMS: Final = 200
_MAX_VALUES: Final = 20_000
_MAX_DOT_PATH: Final = 400
_MAX_VALUE: Final = 8_192
_KEY: Final = re.compile(r"[^.[\]$]+")
_WRAPPERS: Final = frozenset(
    (
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
    )
)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?|\d\d:\d\d.*|\d+\.\d+(?:\.\d+)*|https?://.*", re.DOTALL)
_HEADERS_WITHOUT_VALUES: Final = re.compile(
    "age|alt-svc|cache-control|connection|content-.*|cf-.*|date|expires|keep-alive|last-modified|link|location|nel|"
    "p3p|report-to|server.*|set-cookie|strict-.*|transfer-encoding|vary|via|x-cache.*|x-amz-.*|x-powered-by|x-served.*"
)


def values_of(
    response: HarResponse, resource: str, wanted: Collection[str]
) -> Iterator[tuple[str, str, Json, str]]:
    """Yield field, resource, source and value of everything in a response that is `wanted` and unique enough."""
    for name, value in response.headers:
        lower = name.lower()
        if lower == "set-cookie":
            yield from (found for found in _cookies(value) if found[3] in wanted)
        elif value in wanted and not _HEADERS_WITHOUT_VALUES.fullmatch(lower) and is_distinct(value):
            yield name, "", {"header": name}, value
    if "json" in response.media_type or response.text.lstrip()[:1] in ("{", "["):
        try:
            body = json.loads(response.text)
        except (ValueError, RecursionError):
            return
        yield from _json_values(body, resource, wanted)


def _cookies(header: str) -> Iterator[tuple[str, str, Json, str]]:
    for line in header.split("\n"):
        name, _, value = line.partition(";")[0].strip().partition("=")
        if name.strip() and is_distinct(value):
            yield name, "", {"cookie": name.strip()}, value


def _json_values(body: Any, resource: str, wanted: Collection[str]) -> Iterator[tuple[str, str, Json, str]]:
    """Yield the wanted values of a JSON body, breadth first so that shallow ones win."""
    pending: list[tuple[str, str, str, Any]] = [("", "", resource, body)]
    for _ in range(MAX_DEPTH):
        following: list[tuple[str, str, str, Any]] = []
        for path, field, owner, value in pending:
            if isinstance(value, dict | list):
                following.extend(_children(path, field, owner, value))
            elif isinstance(value, str | int) and not isinstance(value, bool) and str(value) in wanted:
                text, words = str(value), words_of(field)
                if 0 < len(path) <= _MAX_DOT_PATH and (is_distinct(text) or _is_short_id(words, text)):
                    yield words if ID_NAME.fullmatch(words) else field, owner, {"body_path": path}, text
        pending = following[:_MAX_VALUES]
        if not pending:
            return


def _children(path: str, field: str, owner: str, value: Any) -> Iterator[tuple[str, str, str, Any]]:
    if isinstance(value, list):
        for index, item in enumerate(value[:_MAX_ITEMS]):
            yield f"{path}[{index}]", field, owner, item
        return
    for key, item in value.items():
        if _KEY.fullmatch(key) and "\0" not in key:
            is_owner = isinstance(item, dict | list) and words_of(key) not in _WRAPPERS
            child_owner = singular_of(words_of(key)) if is_owner else owner
            yield f"{path}.{key}" if path else key, key, child_owner, item


def _is_short_id(words: str, text: str) -> bool:
    return ID_NAME.fullmatch(words) is not None and 0 < len(text) <= 40 and re.search(r"\s", text) is None


def is_distinct(text: str) -> bool:
    if len(text) < MIN_DISTINCT or len(text) > _MAX_VALUE or re.search(r"\s", text) or _DATE.fullmatch(text):
        return False
    return (not text.isdecimal() and re.search(r"\d", text) is not None) or len(text) >= 24


@lru_cache(4_096)
def words_of(name: str) -> str:
    """Return a name as words, such as "product_id" for "productId"."""
    spaced = re.sub("([a-z0-9])([A-Z])", r"\1_\2", name[:_MAX_DOT_PATH])
    return re.sub("[^a-z0-9]+", "_", spaced.lower()).strip("_")


def singular_of(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
