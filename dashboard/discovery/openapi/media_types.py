"""Chooses the media type of a request body: the one that can be filled in best."""

import re
from typing import Literal

BodyKind = Literal["json", "lines", "form", "multipart", "xml", "text", "binary"]
_ORDER: tuple[BodyKind, ...] = ("json", "form", "multipart", "xml", "lines", "text", "binary")
_TEXTS = (
    "application/graphql",
    "application/yaml",
    "application/x-yaml",
    "application/javascript",
    "application/sql",
)
_LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-seq")


def kind_of(media_type: str) -> BodyKind:
    """Return how a body of the media type is written."""
    name = media_type.split(";")[0].strip().lower()
    if name in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return "form" if name.startswith("application") else "multipart"
    if name in ("*/*", "application/*", "text/json", "") or re.fullmatch(
        r"application/(.*[+.-])?json5?", name
    ):
        return "json"
    if name in _LINES or name.endswith("+json-seq"):
        return "lines"
    if name.endswith(("/xml", "+xml")):
        return "xml"
    if name.endswith("+json"):
        return "json"
    if name.startswith("multipart/"):
        return "multipart"
    return "text" if name.startswith("text/") or name in _TEXTS else "binary"


def order_of(media_type: str) -> tuple[int, int]:
    """Return the rank of a media type: lower is better. Plain JSON comes before its relatives."""
    name = media_type.split(";")[0].strip().lower()
    return _ORDER.index(kind_of(media_type)), 0 if name in ("application/json", "application/xml") else 1


def header_value(media_type: str, kind: BodyKind) -> str:
    """Return the Content-Type to send."""
    if "*" not in media_type and "/" in media_type:
        return media_type
    return {"json": "application/json", "text": "text/plain"}.get(kind, "application/octet-stream")
