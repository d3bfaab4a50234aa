"""Parses lines of access logs: the common and combined formats of nginx and Apache, JSON lines, and AWS ALB.

A parsed line is a tuple of method and path (`GET /users/7`, or with a host `GET https://api.test:443/users/7`), the
query, the status, and the time to the minute. Plain tuples of bytes keep the cost of a line at a few microseconds.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

ParsedLine = tuple[bytes, bytes, bytes, bytes]
ParseLine = Callable[[bytes], ParsedLine | None]

# Possessive quantifiers: without its last quote, a long line would take minutes. A backslash hides a quote.
_CLF: Final = re.compile(
    rb'\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d)[^\]]*+\] "([A-Z]++ (?=[^ ?"])[^ ?"\\]*+(?:\\[\\"]?+[^ ?"\\]*+)*+)\??+'
    rb'([^ "\\]*+(?:\\[\\"]?+[^ "\\]*+)*+)[^"\\]*+(?:\\.[^"\\]*+)*+" (\d{3})\b'
)
_ALB: Final = re.compile(
    rb"(?:https?|h2|grpcs|wss?) (\d{4}-\d\d-\d\dT\d\d:\d\d):\S+ \S+ \S+ \S+ \S+ \S+ \S+ (\d{3}|-) \S+ \S+ \S+ "
    rb'"([A-Z]++ [^ ?"]++)\??+([^ "]*+)[^"]*+"'
)
_REQUEST: Final = re.compile(r'([A-Z]+) ([^ ?"]+)\??(\S*)')
_MAX_JSON_DEPTH: Final = 3
_MAX_MINUTES: Final = 10_000
# Field names in lower case without separators, best first.
_METHODS: Final = (
    "requestmethod",
    "httprequestmethod",
    "httpmethod",
    "method",
    "verb",
    "csmethod",
    "reqmethod",
)
_TARGETS: Final = (
    *(
        "requesturi",
        "requesturl",
        "urloriginal",
        "originaluri",
        "requestpath",
        "urlpath",
        "uripath",
        "uri",
        "url",
    ),
    *("path", "target", "requesttarget", "reqpath", "requri", "requrl", "csuristem", "endpoint"),
)
_QUERIES: Final = ("querystring", "urlquery", "requestquery", "args", "csuriquery", "query")
_STATUSES: Final = (
    *("status", "statuscode", "responsestatus", "httpstatus", "httpresponsestatuscode", "responsestatuscode"),
    *("downstreamstatus", "responsecode", "httpstatuscode", "scstatus", "resstatuscode", "code"),
)
_TIMES: Final = (
    *(
        "timestamp",
        "time",
        "timeiso8601",
        "timelocal",
        "ts",
        "starttime",
        "startutc",
        "datetime",
        "msec",
        "date",
    ),
    *("eventtime", "requesttimestamp", "t"),
)
_HOSTS: Final = ("host", "httphost", "requesthost", "servername", "urldomain", "vhost", "requestheadershost")
_LINES: Final = ("request", "requestline")
FieldPath = tuple[str, ...]


def parse_clf(line: bytes) -> ParsedLine | None:
    """Parse a line of the common or combined format, with or without a virtual host before it."""
    match = _CLF.search(line)
    return (match[2], match[3], match[4], match[1]) if match else None


def parse_alb(line: bytes) -> ParsedLine | None:
    """Parse a line of an AWS application load balancer."""
    match = _ALB.match(line)
    return (match[3], match[4], match[2], match[1]) if match else None


class JsonLines:
    """Parses lines that are JSON objects. The names of the fields are found in the first line that has them."""

    def __init__(self) -> None:
        self._fields: dict[str, FieldPath] | None = None
        self._minutes: dict[str, bytes] = {}

    def parse(self, line: bytes) -> ParsedLine | None:
        """Parse a line."""
        try:
            value = json.loads(line.decode())
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, dict):
            return None
        if self._fields is not None and (parsed := self._read(value, self._fields)) is not None:
            return parsed
        fields = _find_fields(value)
        parsed = self._read(value, fields) if fields else None
        if parsed is not None:
            self._fields = fields
        return parsed

    def _read(self, value: Any, fields: dict[str, FieldPath]) -> ParsedLine | None:
        texts = {
            name: value.get(path[0]) if len(path) == 1 else _at(value, path) for name, path in fields.items()
        }
        request, status = _request_of(texts), str(texts["status"])[:3]
        if request is None or not (status.isascii() and status.isdecimal()):
            return None
        return (*request, status.encode(), self._minute_of(texts.get("time")))

    def _minute_of(self, time: Any) -> bytes:
        """Return `_minute`, which consecutive lines share when the time is a text."""
        if not isinstance(time, str) or len(time) < 17:
            return _minute(time)
        known = self._minutes.get(time[:17])
        if known is None:
            if len(self._minutes) > _MAX_MINUTES:
                self._minutes.clear()
            known = self._minutes[time[:17]] = _minute(time)
        return known


def choose_parser(lines: Sequence[bytes]) -> ParseLine | None:
    """Return the parser that reads most of these lines; None if no parser reads at least a half of them."""
    written = [line for line in lines if line.strip() and not line.startswith(b"#")]
    parsers: list[ParseLine] = [parse_alb, parse_clf, JsonLines().parse]
    counts = [(sum(parser(line) is not None for line in written), parser) for parser in parsers]
    count, best = max(counts, key=lambda counted: counted[0])
    return best if count and count * 2 >= len(written) else None


def _find_fields(value: Any) -> dict[str, FieldPath] | None:
    """Return where a line has its fields; None if method, path or status is missing."""
    known = _flat(value)
    wanted = {"method": _METHODS, "target": _TARGETS, "query": _QUERIES, "status": _STATUSES, "time": _TIMES}
    fields = {name: path for name, names in wanted.items() if (path := _first(known, names))}
    fields |= {
        name: path for name, names in (("host", _HOSTS), ("line", _LINES)) if (path := _first(known, names))
    }
    has_request = {"method", "target"} <= fields.keys() or "line" in fields
    return fields if has_request and "status" in fields else None


def _flat(value: Any) -> dict[str, FieldPath]:
    """Return the paths of all plain fields by name: `requestmethod` for `{"request": {"method": …}}`, and `method`."""
    found: dict[str, FieldPath] = {}
    pending: list[tuple[FieldPath, Any]] = [((), value)]
    for _ in range(_MAX_JSON_DEPTH + 1):
        following: list[tuple[FieldPath, Any]] = []
        for path, item in pending:
            if isinstance(item, dict):
                following.extend(((*path, key), child) for key, child in item.items())
            elif isinstance(item, str | int | float) and path:
                found.setdefault(_plain("".join(path)), path)
                found.setdefault(_plain(path[-1]), path)
        pending = following
    return found


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


def _first(known: dict[str, FieldPath], names: Sequence[str]) -> FieldPath | None:
    return next((known[name] for name in names if name in known), None)


def _at(value: Any, path: FieldPath) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _request_of(texts: dict[str, Any]) -> tuple[bytes, bytes] | None:
    """Return method with path, and query. A field with the whole request line is used if the parts are missing."""
    method, target, query = texts.get("method"), texts.get("target"), texts.get("query")
    if not isinstance(method, str) or not isinstance(target, str) or not target:
        match = _REQUEST.match(str(texts.get("line") or ""))
        if match is None:
            return None
        method, target, query = match[1], match[2], match[3]
    path, mark, own_query = target.partition("?")
    host = texts.get("host")
    if isinstance(host, str) and host and path.startswith("/"):
        path = f"//{host}{path}"
    encoded_query = own_query if mark else (query if isinstance(query, str) else "")
    request = f"{method.upper()} {path}"
    return request.encode("utf-8", "replace"), encoded_query.lstrip("?").encode("utf-8", "replace")


def _minute(time: Any) -> bytes:
    """Return a time to the minute as text, or as minutes since 1970; empty if it has another format."""
    if isinstance(time, bool) or not isinstance(time, str | int | float):
        return b""
    text = str(time)
    if re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text):
        return text[:16].replace(" ", "T").encode()
    if re.match(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d", text):
        return text[:17].encode()
    try:
        seconds = float(text)
    except ValueError:
        return b""
    while seconds > 1e11:  # milliseconds, microseconds or nanoseconds
        seconds /= 1000
    return str(int(seconds // 60)).encode() if seconds >= 0 else b""
