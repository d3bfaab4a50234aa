"""Where a scan looks, in order of preference."""

import re
from collections.abc import Iterator
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
_MAX_PAGE_CHARACTERS = 500_000
# Pages of Swagger UI, Redoc, Scalar, RapiDoc and Stoplight, and pages that link to their API document
_LINKS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"<link\b[^>]*\brel=[\"']?(?:service-desc|alternate|describedby|openapi)[\"']?[^>]*\bhref=[\"']([^\"'>]{1,500})[\"']",
        r"<link\b[^>]*\bhref=[\"']([^\"'>]{1,500})[\"'][^>]*\brel=[\"']?(?:service-desc|describedby|openapi)\b",
        r"\b(?:spec-url|specUrl|data-url|apiDescriptionUrl)\s*[=:]\s*[\"']([^\"']{1,500})[\"']",
        r"[\"']?\burl[\"']?\s*:\s*[\"']([^\"']{1,500}(?:json|ya?ml|api-docs|openapi|swagger)[^\"']{0,100})[\"']",
        r"\bRedoc\.init\(\s*[\"']([^\"']{1,500})[\"']",
    )
)
_INITIALIZER: Final = re.compile(
    r"<script\b[^>]*\bsrc=[\"']([^\"'>]{0,400}swagger-initializer\.js[^\"'>]{0,50})[\"']"
)


class ScanPlace(NamedTuple):
    """An address to look at."""

    kind: PlaceKind
    url: str


def usual_places(url: str) -> Iterator[ScanPlace]:
    """Yield the address itself, then the usual paths below it and, if it has a path, below its origin."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    base = origin + parts.path.rstrip("/")
    bases = list(dict.fromkeys((base, origin)))
    yield ScanPlace("address", url)
    for kind, paths in (("openapi", OPENAPI_PATHS), ("graphql", GRAPHQL_PATHS)):
        for one in bases:
            yield from (ScanPlace(kind, one + path) for path in paths)  # type: ignore[arg-type]
    if parts.path.rstrip("/"):
        yield ScanPlace("graphql", base)


def linked_places(page: str, url: str) -> list[ScanPlace]:
    """Return the documents that an HTML page at `url` names."""
    text = page[:_MAX_PAGE_CHARACTERS]
    found = [match[1] for pattern in (*_LINKS, _INITIALIZER) for match in pattern.finditer(text)]
    urls = (_joined(url, link) for link in found)
    return [ScanPlace("link", one) for one in dict.fromkeys(urls) if one is not None and one != url][
        :MAX_LINKS
    ]


def looks_like_page(body: bytes) -> bool:
    """Return whether a body is HTML, or the script with the settings of Swagger UI."""
    start = body[:2_000].lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html")) or b"swaggeruibundle" in body[:20_000].lower()


def _joined(url: str, link: str) -> str | None:
    try:
        joined = urljoin(url, link.replace("&amp;", "&"))
        return joined if urlsplit(joined).scheme in ("http", "https") else None
    except ValueError:
        return None
