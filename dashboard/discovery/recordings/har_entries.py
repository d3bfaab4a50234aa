"""Reads the entries of a HAR file. Fields that are missing or have another type are read as absent."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dashboard.discovery.discovered import Json
from dashboard.discovery.recordings.bodies import FORM, MULTIPART, parse_form, parse_multipart
from dashboard.discovery.recordings.requests import ImportedRequest, Part, split_url

_MAX_RESPONSE: Final = 2_000_000
_DATA_URL: Final = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class HarResponse:
    """A response. `status` is None when the recording has none, and 0 when the request was aborted."""

    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HarEntry:
    """A request with its response. Times are seconds since 1970, None if the recording has none."""

    request: ImportedRequest
    response: HarResponse
    resource_type: str = ""
    started_s: float | None = None
    ended_s: float | None = None


def url_of(entry: Any) -> str:
    """Return the URL of an entry as it is written."""
    return _text(_object(_object(entry).get("request")).get("url"))


def parse_entry(entry: Any) -> HarEntry | None:
    """Return an entry; None if its URL is not an http or https URL."""
    fields = _object(entry)
    request = _object(fields.get("request"))
    url = split_url(_text(request.get("url")))
    if url is None:
        return None
    headers = tuple(_pairs(request.get("headers")))
    body = _body(_object(request.get("postData")), headers)
    started_s = _seconds(_text(fields.get("startedDateTime")))
    return HarEntry(
        request=ImportedRequest(
            method=_text(request.get("method")).upper() or "GET", url=url, headers=headers, **body
        ),
        response=_response(_object(fields.get("response"))),
        resource_type=_text(fields.get("_resourceType")).lower(),
        started_s=started_s,
        ended_s=None if started_s is None else started_s + _milliseconds(fields.get("time")) / 1000,
    )


def _response(fields: Json) -> HarResponse:
    content = _object(fields.get("content"))
    status = fields.get("status")
    headers = tuple(_pairs(fields.get("headers")))
    declared = next((value for name, value in headers if name.lower() == "content-type"), "")
    return HarResponse(
        status=int(status) if isinstance(status, int | float) and 0 <= status < 1000 else None,
        headers=headers,
        media_type=(_text(content.get("mimeType")) or declared).lower(),
        text=_content_text(content),
    )


def _content_text(content: Json) -> str:
    text = _text(content.get("text"))
    if len(text) > _MAX_RESPONSE:
        return ""
    if content.get("encoding") != "base64":
        return text
    try:
        return base64.b64decode(text).decode()
    except ValueError:
        return ""


def _body(data: Json, headers: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """Return the field of `ImportedRequest` that holds the body."""
    declared = next((value for name, value in headers if name.lower() == "content-type"), "")
    media_type = _text(data.get("mimeType")) or declared
    text, lower = _text(data.get("text")), media_type.lower()
    if lower.startswith(FORM):
        fields = parse_form(text) if text else tuple(_pairs(data.get("params")))
        return {"form": fields} if fields is not None else {"text": text}
    if lower.startswith(MULTIPART):
        parts = tuple(_parts(data.get("params"))) or parse_multipart(text, media_type)
        return {"parts": parts} if parts else {"text": text}
    return {"text": text or None}


def _parts(params: Any) -> Iterator[Part]:
    for param in _list(params):
        fields = _object(param)
        value, filename = _text(fields.get("value")), _text(fields.get("fileName"))
        data_url = _DATA_URL.match(value)
        encoded = _valid_base64(value[data_url.end() :]) if data_url else None
        yield Part(
            name=_text(fields.get("name")),
            value=value if encoded is None else encoded,
            filename=filename or ("file" if encoded is not None else None),
            content_type=_text(fields.get("contentType")) or None,
            is_base64=encoded is not None,
        )


def _valid_base64(text: str) -> str | None:
    """Return Base64 with its padding, or None. Exporters cut it off."""
    compact = re.sub(r"\s|=+$", "", text)
    if len(compact) % 4 == 1 or not re.fullmatch("[A-Za-z0-9+/]*", compact):
        return None
    return compact + "=" * (-len(compact) % 4)


def _pairs(values: Any) -> Iterator[tuple[str, str]]:
    for value in _list(values):
        fields = _object(value)
        if name := _text(fields.get("name")):
            yield name, _text(fields.get("value"))


def _seconds(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _milliseconds(value: Any) -> float:
    is_duration = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9
    return float(value) if is_duration else 0.0


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
