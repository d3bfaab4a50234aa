"""A request of a recording, and the draft of an endpoint that is made of it.

Texts of a draft are literal. A `Template` in their place is a template already.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import SplitResult, unquote, unquote_plus, urlsplit

from dashboard.discovery.discovered import Remark

PlaceKind = Literal["segment", "query", "header", "body"]
BodyKind = Literal["none", "json", "text", "form", "multipart", "graphql"]
MAX_DEPTH = 60


class Template(str):
    """A text that is a template already, so it must not be escaped."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value of a request is. `name` is its field; for a segment of the path, the segment before it."""

    kind: PlaceKind
    name: str


Rewrite = Callable[[Place, Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a multipart body. `filename` makes it a file."""

    name: str
    value: str
    filename: str | None = None
    content_type: str | None = None
    is_base64: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRequest:
    """A request as a recording contains it. At most one of `text`, `form` and `parts` is its body."""

    method: str
    url: SplitResult
    headers: tuple[tuple[str, str], ...] = ()
    text: str | None = None
    form: tuple[tuple[str, str], ...] | None = None
    parts: tuple[Part, ...] | None = None

    def header(self, name: str) -> str | None:
        """Return the value of the first header with this name, regardless of case."""
        return next((value for key, value in self.headers if key.lower() == name), None)


@dataclass(slots=True, kw_only=True)
class EndpointDraft:
    """An endpoint in the making. Segments of the path and the query are percent-encoded, all other texts are not."""

    method: str
    segments: list[str]
    query: list[tuple[str, str | None]]
    headers: dict[str, str] = field(default_factory=dict)
    body_kind: BodyKind = "none"
    body: Any = None
    remarks: list[Remark] = field(default_factory=list)

    @property
    def literal_path(self) -> str:
        """The path without the query. A template in it is shown as its key in braces."""
        return "/" + "/".join(_shown(segment) for segment in self.segments)

    def rewrite(self, change: Rewrite) -> None:
        """Replace every literal value by what `change` returns for its place and its decoded value."""
        self._rewrite_path(change)
        self._rewrite_query(change)
        for name, value in self.headers.items():
            if not isinstance(value, Template):
                self.headers[name] = change(Place("header", name), value)
        self.body = _rewritten_body(self.body_kind, self.body, change)

    def _rewrite_path(self, change: Rewrite) -> None:
        previous = ""
        for index, segment in enumerate(self.segments):
            if not isinstance(segment, Template):
                decoded = unquote(segment)
                changed = change(Place("segment", previous), decoded)
                self.segments[index] = segment if changed == decoded else changed
                previous = decoded

    def _rewrite_query(self, change: Rewrite) -> None:
        for index, (name, value) in enumerate(self.query):
            if value and not isinstance(value, Template):
                decoded = unquote_plus(value)
                changed = change(Place("query", unquote_plus(name)), decoded)
                self.query[index] = (name, value if changed == decoded else changed)


def _shown(segment: str) -> str:
    """Return a segment for a name: `{orderId}` for `${data.orderId}`."""
    if isinstance(segment, Template):
        return (
            segment.replace("${data.", "{").replace("${env.", "{").replace("${row.", "{").replace("${", "{")
        )
    return unquote(segment)


def _rewritten_body(kind: BodyKind, body: Any, change: Rewrite) -> Any:
    if kind in ("json", "form"):
        return rewritten(body, change)
    if kind == "graphql":
        return {**body, "variables": rewritten(body.get("variables"), change)}
    if kind == "multipart":
        return {name: _rewritten_part(name, value, change) for name, value in body.items()}
    return body


def _rewritten_part(name: str, value: Any, change: Rewrite) -> Any:
    if isinstance(value, dict):
        return (
            {**value, "content": change(Place("body", "content"), value["content"])}
            if "content" in value
            else value
        )
    return rewritten(value, change, name)


def rewritten(value: Any, change: Rewrite, name: str = "", depth: int = 0) -> Any:
    """Return a copy of a JSON value whose texts and whole numbers are replaced."""
    if depth > MAX_DEPTH or isinstance(value, bool | Template):
        return value
    if isinstance(value, str | int):
        return change(Place("body", name), value)
    if isinstance(value, list):
        return [rewritten(item, change, name, depth + 1) for item in value]
    if isinstance(value, dict):
        return {key: rewritten(item, change, str(key), depth + 1) for key, item in value.items()}
    return value


def split_url(text: str) -> SplitResult | None:
    """Return the parts of an absolute http or https URL, None for any other text."""
    try:
        url = urlsplit(text.strip())
        is_http = url.scheme in ("http", "https") and bool(url.hostname) and url.port != -1
    except ValueError:
        return None
    return url if is_http else None


def host_of(url: SplitResult) -> str:
    """Return the host with its port, without the user."""
    return url.netloc.rpartition("@")[2].lower()


def origin_of(url: SplitResult) -> str:
    """Return scheme, host and port: a possible target."""
    return f"{url.scheme}://{host_of(url)}"
