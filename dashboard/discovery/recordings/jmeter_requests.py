"""Turns an HTTP sampler of a JMeter plan into a request whose variables are still placeholders."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import SplitResult, quote_plus, unquote_plus, urlsplit

from dashboard.discovery.recordings.jmeter_scope import PlanScope, headers_of
from dashboard.discovery.recordings.jmeter_tree import PlanElement
from dashboard.discovery.recordings.placeholders import END, START
from dashboard.discovery.recordings.requests import ImportedRequest, Part

SAMPLERS: Final = frozenset({"HTTPSamplerProxy", "HTTPSampler", "HTTPSampler2"})
UNKNOWN_HOST: Final = "target.invalid"
_BODY_METHODS: Final = ("POST", "PUT", "PATCH")
Hide = Callable[[str], str]
Literal = Callable[[str], str | None]


def request_of(
    sampler: PlanElement, scope: PlanScope, hide: Hide, literal: Literal
) -> ImportedRequest | None:
    """Return the request of a sampler; None if its URL cannot be read.

    `hide` replaces variables by placeholders, `literal` resolves those of the host, which must be fixed.
    """
    method = (literal(_setting(sampler, scope, "method")) or "GET").upper()
    headers = scope.headers | next(
        (headers_of(one) for one in sampler.children if one.tag == "HeaderManager"), {}
    )
    try:
        url = _url(sampler, scope, hide, literal)
    except ValueError:
        return None
    arguments = list(_arguments(sampler, hide))
    body: dict[str, Any] = {}
    if sampler.is_true("HTTPSampler.postBodyRaw") or (
        arguments and not any(name for name, _, _ in arguments)
    ):
        body = {"text": "".join(value for _, value, _ in arguments) or None}
    elif parts := _files(sampler, arguments, hide):
        body = {"parts": parts}
    elif method in _BODY_METHODS and arguments:
        body = {
            "form": tuple((name, value if raw else unquote_plus(value)) for name, value, raw in arguments)
        }
    elif arguments:
        url = url._replace(query="&".join(part for part in (url.query, _query(arguments)) if part))
    return ImportedRequest(
        method=method,
        url=url,
        headers=tuple((hide(name), hide(value)) for name, value in headers.items()),
        **body,
    )


def _setting(sampler: PlanElement, scope: PlanScope, name: str) -> str:
    """Return a setting of the sampler, or of the nearest defaults that have it."""
    sources = (sampler, *scope.defaults)
    return next((text for one in sources if (text := one.text(f"HTTPSampler.{name}").strip())), "")


def _url(sampler: PlanElement, scope: PlanScope, hide: Hide, literal: Literal) -> SplitResult:
    path = _setting(sampler, scope, "path")
    fixed = literal(path)
    if fixed is not None and re.match("https?://", fixed):
        return _checked(urlsplit(fixed))
    host = literal(_setting(sampler, scope, "domain")) or UNKNOWN_HOST
    scheme = (literal(_setting(sampler, scope, "protocol")) or "http").lower().removesuffix("://")
    port = literal(_setting(sampler, scope, "port")) or ""
    if re.match("https?://", host):
        scheme, _, host = host.partition("://")
    netloc = host.rstrip("/") + (
        f":{port}" if port and port != {"http": "80", "https": "443"}.get(scheme) else ""
    )
    hidden, _, fragment_free = hide(path).partition("#")[0].partition("?")
    path = hidden if hidden.startswith("/") else f"/{hidden}"
    return _checked(SplitResult(scheme, netloc, path, fragment_free, ""))


def _checked(url: SplitResult) -> SplitResult:
    """Return the URL if its host and port can be used. Raises ValueError."""
    if (
        url.scheme not in ("http", "https")
        or not url.hostname
        or url.port == 0
        or re.search(r"\s", url.netloc)
    ):
        raise ValueError(url.netloc)
    return url


def _arguments(sampler: PlanElement, hide: Hide) -> Iterator[tuple[str, str, bool]]:
    """Yield name, value, and whether the value is still to be encoded."""
    for item in sampler.items("Arguments.arguments"):
        name, value = hide(item.text("Argument.name")), hide(item.text("Argument.value"))
        yield name, value, item.text("HTTPArgument.always_encode", "true") != "false"


def _query(arguments: list[tuple[str, str, bool]]) -> str:
    safe = START + END
    return "&".join(
        f"{quote_plus(name, safe=safe)}={quote_plus(value, safe=safe) if raw else value}"
        for name, value, raw in arguments
    )


def _files(sampler: PlanElement, arguments: list[tuple[str, str, bool]], hide: Hide) -> tuple[Part, ...]:
    """Return the parts of a multipart body; empty if the sampler sends none. The content of files is not in a plan."""
    files = [
        Part(
            name=hide(item.text("File.paramname")) or "file",
            value="",
            filename=re.split(r"[/\\]", hide(item.text("File.path")))[-1] or "file",
            content_type=item.text("File.mimetype") or None,
        )
        for item in sampler.items("HTTPFileArgs.files")
    ]
    if not files and not sampler.is_true("HTTPSampler.DO_MULTIPART_POST"):
        return ()
    return (*(Part(name=name, value=value) for name, value, _ in arguments), *files)
