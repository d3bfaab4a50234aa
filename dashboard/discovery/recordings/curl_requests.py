"""Turns the options of a curl command into a request."""

import base64
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote_plus, urlsplit

from dashboard.discovery.recordings.bodies import FORM, faithful_json, parse_form
from dashboard.discovery.recordings.curl_options import DATA, CurlCommand
from dashboard.discovery.recordings.placeholders import END, PLACEHOLDER, START
from dashboard.discovery.recordings.requests import ImportedRequest, Part

# Stands for the host of a URL that begins with a shell variable, such as $BASE_URL/users.
UNKNOWN_HOST: Final = "target.invalid"
_VARIABLE_HOST: Final = re.compile(rf"(?:https?://)?{PLACEHOLDER.pattern}(?::\d+)?")
_FORM_PARAMETER: Final = re.compile(r';\s*(type|filename|headers|encoder)=("(?:[^"\\]|\\.)*"|[^;]*)')
ReadFile = Callable[[str], str]


def request_of(command: CurlCommand, url: str, read_file: ReadFile) -> ImportedRequest | None:
    """Return the request for one URL; None if the URL cannot be used. `read_file` returns the content of a file."""
    headers = _headers(command)
    data = _data(command, read_file)
    query = "&".join(
        [*command.values("url-query"), *([data] if "get" in dict(command.options) and data else [])]
    )
    parts = _parts(command, read_file)
    try:
        parsed = urlsplit(_absolute(url))
        if not parsed.hostname or parsed.port == 0 or parsed.scheme not in ("http", "https"):
            return None
    except ValueError:
        return None
    if query:
        parsed = parsed._replace(query="&".join(part for part in (parsed.query, query) if part))
    body = {} if "get" in dict(command.options) else _body(command, data, headers, read_file)
    return ImportedRequest(
        method=_method(command, has_data=bool(body), has_parts=bool(parts)),
        url=parsed,
        headers=tuple(headers),
        **({"parts": parts} if parts else body),
    )


def _absolute(url: str) -> str:
    unknown = _VARIABLE_HOST.match(url)
    if unknown:
        rest = url[unknown.end() :]
        return f"http://{UNKNOWN_HOST}{rest if rest[:1] in ('/', '?', '') else '/' + rest}"
    return url if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", url) else f"http://{url}"


def _method(command: CurlCommand, *, has_data: bool, has_parts: bool) -> str:
    explicit = command.last("request")
    if explicit:
        return explicit.upper()
    if "head" in dict(command.options):
        return "HEAD"
    if command.last("upload-file") is not None:
        return "PUT"
    return "POST" if has_data or has_parts else "GET"


def _headers(command: CurlCommand) -> list[tuple[str, str]]:
    headers = [pair for text in command.values("header") if (pair := _header(text))]
    names = {name.lower() for name, _ in headers}
    if command.last("json") is not None:
        defaults = [("Content-Type", "application/json"), ("Accept", "application/json")]
        headers += [(name, value) for name, value in defaults if name.lower() not in names]
    if (token := command.last("oauth2-bearer")) is not None:
        headers.append(("Authorization", f"Bearer {token}"))
    if (user := command.last("user")) is not None:
        encoded = base64.b64encode(user.encode("utf-8", "replace")).decode()
        headers.append(("Authorization", f"Basic {encoded}"))
    if (byte_range := command.last("range")) is not None:
        headers.append(("Range", f"bytes={byte_range}"))
    return headers


def _header(text: str) -> tuple[str, str] | None:
    """Return name and value; None for a header that curl removes or reads from a file."""
    if text.startswith("@"):
        return None
    name, colon, value = text.partition(":")
    if colon:
        return (name.strip(), value.strip()) if value.strip() else None
    return (name[:-1].strip(), "") if name.endswith(";") else None


def _data(command: CurlCommand, read_file: ReadFile) -> str:
    """Return the data of all options, joined as curl does."""
    joined = ""
    for name, value in command.options:
        if name in DATA:
            separator = "&" if joined and name != "json" else ""
            joined += separator + _datum(name, value, read_file)
    return joined


def _datum(name: str, value: str, read_file: ReadFile) -> str:
    if name == "data-urlencode":
        return _encoded(value, read_file)
    if name == "data-raw" or not value.startswith("@"):
        return value
    content = read_file(value[1:])
    return content if name in ("data-binary", "json") else content.replace("\n", "").replace("\r", "")


def _encoded(value: str, read_file: ReadFile) -> str:
    """Encode `content`, `=content`, `name=content`, `@file` or `name@file`."""
    match = re.match(r"([^=@]*)([=@])(.*)", value, re.DOTALL)
    if match is None:
        return _quoted(value)
    content = read_file(match[3]) if match[2] == "@" else match[3]
    prefix = f"{match[1]}=" if match[1] else ""
    return prefix + _quoted(content)


def _quoted(text: str) -> str:
    return quote_plus(text, safe=START + END, errors="replace")


def _body(
    command: CurlCommand, data: str, headers: list[tuple[str, str]], read_file: ReadFile
) -> dict[str, Any]:
    """Return the field of `ImportedRequest` for the data. Without a header, curl sends data as a form."""
    upload = command.last("upload-file")
    if upload is not None:
        return {"text": read_file(upload)}
    if not any(name in DATA for name, _ in command.options):
        return {}
    content_type = next((value for name, value in headers if name.lower() == "content-type"), None)
    if content_type is None:
        headers.append(("Content-Type", FORM))
    is_form = content_type is None or content_type.lower().startswith(FORM)
    if is_form and "=" in data and faithful_json(data) is None and (fields := parse_form(data)):
        return {"form": fields}
    return {"text": data}


def _parts(command: CurlCommand, read_file: ReadFile) -> tuple[Part, ...]:
    parts = []
    for name, value in command.options:
        field, equals, content = value.partition("=")
        if name == "form-string" and equals:
            parts.append(Part(name=field, value=content))
        elif name == "form" and equals:
            parts.append(_part(field, content, read_file))
    return tuple(parts)


def _part(name: str, content: str, read_file: ReadFile) -> Part:
    parameters = {key: value.strip().strip('"') for key, value in _FORM_PARAMETER.findall(content)}
    first = _FORM_PARAMETER.search(content)
    plain = (content[: first.start()] if first else content).strip('"')
    if plain.startswith("@"):
        filename = parameters.get("filename") or re.split(r"[/\\]", plain[1:])[-1] or "file"
        return Part(
            name=name, value=read_file(plain[1:]), filename=filename, content_type=parameters.get("type")
        )
    return Part(name=name, value=read_file(plain[1:]) if plain.startswith("<") else plain)
