"""Parses form fields, URL-encoded or multipart, as a browser sends them. Pure."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

_BOUNDARY = re.compile(r'boundary="?([^";]{1,70})"?')
_NAME = re.compile(rb'content-disposition:[^\r\n]*[; ]name="([^"\r\n]*)"', re.IGNORECASE)
_MAX_FIELDS = 100


def parse_form(content_type: str, body: bytes) -> Mapping[str, bytes] | None:
    """Return the values by name, or None when the body is not a form. Of a repeated name, the last value counts."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "application/x-www-form-urlencoded":
        return _urlencoded(body)
    boundary = _BOUNDARY.search(content_type)
    return _parts(boundary[1].encode(), body) if media_type == "multipart/form-data" and boundary else None


def _urlencoded(body: bytes) -> Mapping[str, bytes] | None:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        return None
    return {name: value.encode() for name, value in pairs}


def _parts(boundary: bytes, body: bytes) -> Mapping[str, bytes]:
    fields: dict[str, bytes] = {}
    for piece in body.split(b"--" + boundary, _MAX_FIELDS + 1)[1:]:
        head, _, value = piece.partition(b"\r\n\r\n")
        if name := _NAME.search(head):
            fields[name[1].decode(errors="replace")] = value.removesuffix(b"\r\n")
    return fields
