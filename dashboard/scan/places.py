"""Where a scan looks, in order of preference."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, Literal, NamedTuple
from urllib.parse import urljoin, urlsplit

PlaceKind = Literal["address", "link", "openapi", "graphql"]
OPENAPI_PATHS: Final = (
    "/openapi.json",
    "/swagger.json",
    "/api/openapi.json",
    "/api/swagger.json",
    "/api/v1/openapi.json",
    "/docs/openapi.json",
    "/api-docs",
    "/api/docs",
)
GRAPHQL_PATHS: Final = ("/graphql", "/api/graphql", "/api/v1alpha", "/api/v1/graphql")
MAX_LINKS = 5
_MAX_PAGE_BYTES = 500_000
_MAX_LINK_CHARACTERS = 500
# A page can be hostile: every pattern reads a text once, however often it fails.
_TAG: Final = re.compile(r"<[a-z][^<>]*", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"""(?<![\w-])([\w-]++)\s*+=\s*+("[^"]*"?|'[^']*'?|[^\s"']*)""")
_SETTING: Final = re.compile(
    r"""\b(url|configUrl|specUrl|apiDescriptionUrl)["']?\s*+:\s*+["']([^"']*)|\bRedoc\.init\(\s*+["']([^"']*)"""
)
_LINK_RELATIONS: Final = frozenset({"service-desc", "alternate", "describedby", "openapi"})
_DOCUMENT_ATTRIBUTES: Final = ("spec-url", "specurl", "data-url", "apidescriptionurl")
_DOCUMENT_WORDS: Final = ("json", "yaml", "yml", "api-docs", "openapi", "swagger")


class ScanPlace(NamedTuple):
    """An address to look at."""

    kind: PlaceKind
    url: str


def usual_places(url: str) -> Iterator[ScanPlace]:
    """Yield the address as a document and as a GraphQL server, then the usual paths below it and below its origin."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    base = origin + parts.path.rstrip("/")
    bases = list(dict.fromkeys((base, origin)))
    yield ScanPlace("address", url)
    if parts.path.rstrip("/"):
        yield ScanPlace("graphql", base)
    for kind, paths in (("openapi", OPENAPI_PATHS), ("graphql", GRAPHQL_PATHS)):
        for one in bases:
            yield from (ScanPlace(kind, one + path) for path in paths)  # type: ignore[arg-type]


def linked_places(page: bytes, url: str) -> list[ScanPlace]:
    """Return the documents that a page at `url`, or the settings of Swagger UI, name."""
    text = page[:_MAX_PAGE_BYTES].decode("utf-8", "replace")
    urls = (_joined(url, link) for link in (*_named_by_tags(text), *_named_by_settings(text)))
    found = (ScanPlace("link", one) for one in dict.fromkeys(urls) if one is not None and one != url)
    return list(islice(found, MAX_LINKS))


def looks_like_page(body: bytes) -> bool:
    """Return whether a body is HTML, or the settings of Swagger UI as a script or JSON."""
    start = body[:20_000].lower()
    is_html = start.lstrip().startswith((b"<!doctype html", b"<html"))
    return is_html or b"swaggeruibundle" in start or (b'"configurl"' in start and b'"paths"' not in start)


def _named_by_tags(text: str) -> Iterator[str]:
    """Yield the documents named by `link`, and by the elements of Redoc, Scalar, RapiDoc and Stoplight."""
    for tag in _TAG.finditer(text):
        attributes = {name.lower(): value.strip("\"'") for name, value in _ATTRIBUTE.findall(tag[0])}
        named = [attributes[name] for name in _DOCUMENT_ATTRIBUTES if name in attributes]
        if not _LINK_RELATIONS.isdisjoint(attributes.get("rel", "").lower().split()):
            named.append(attributes.get("href", ""))
        if "swagger-initializer.js" in attributes.get("src", ""):
            named.append(attributes["src"])
        yield from named


def _named_by_settings(text: str) -> Iterator[str]:
    """Yield the documents named by the settings of a script. `url` can also name something else."""
    for name, value, redoc in _SETTING.findall(text):
        if name != "url" or any(word in value.lower() for word in _DOCUMENT_WORDS):
            yield value or redoc


def _joined(url: str, link: str) -> str | None:
    if not 0 < len(link) <= _MAX_LINK_CHARACTERS:
        return None
    try:
        joined = urljoin(url, link.replace("&amp;", "&"))
        return joined if urlsplit(joined).scheme in ("http", "https") else None
    except ValueError:
        return None
