"""Where a scan looks."""

import time

import pytest

from dashboard.scan.places import GRAPHQL_PATHS, OPENAPI_PATHS, linked_places, looks_like_page, usual_places


def test_a_scan_looks_at_the_address_then_at_the_usual_paths_in_order() -> None:
    urls = [(place.kind, place.url) for place in usual_places("http://shop.test")]

    assert urls == [
        ("address", "http://shop.test"),
        *(("openapi", f"http://shop.test{path}") for path in OPENAPI_PATHS),
        *(("graphql", f"http://shop.test{path}") for path in GRAPHQL_PATHS),
    ]


def test_an_address_with_a_path_is_looked_at_below_the_path_and_below_the_origin() -> None:
    urls = [place.url for place in usual_places("http://shop.test/v2/")]

    assert urls[:3] == ["http://shop.test/v2/", "http://shop.test/v2", "http://shop.test/v2/openapi.json"]
    assert "http://shop.test/openapi.json" in urls


@pytest.mark.parametrize(
    ("page", "links"),
    [
        ('<link rel="service-desc" href="/spec.yaml">', ["http://shop.test/spec.yaml"]),
        ('<link href="spec.json" rel="describedby">', ["http://shop.test/docs/spec.json"]),
        (
            '<redoc spec-url="https://cdn.test/a.json?x=1&amp;y=2"></redoc>',
            ["https://cdn.test/a.json?x=1&y=2"],
        ),
        ('SwaggerUIBundle({ url: "/v3/api-docs", dom_id: "#ui" })', ["http://shop.test/v3/api-docs"]),
        (
            'urls: [{"url": "/a/openapi.json", "name": "A"}, {"url": "/b/openapi.json", "name": "B"}]',
            ["http://shop.test/a/openapi.json", "http://shop.test/b/openapi.json"],
        ),
        ('<script id="api-reference" data-url="/scalar.json"></script>', ["http://shop.test/scalar.json"]),
        ("Redoc.init('/redoc.json', {})", ["http://shop.test/redoc.json"]),
        (
            '<script src="./swagger-initializer.js"></script>',
            ["http://shop.test/docs/swagger-initializer.js"],
        ),
        (
            '{"configUrl": "/v3/api-docs/swagger-config", "url": "/v3/api-docs"}',
            ["http://shop.test/v3/api-docs/swagger-config", "http://shop.test/v3/api-docs"],
        ),
        ("<LINK REL=service-desc HREF=/a.json>", ["http://shop.test/a.json"]),
        ('<link rel="alternate describedby" href="/a">', ["http://shop.test/a"]),
        ('<elements-api apiDescriptionUrl="/a.yaml"></elements-api>', ["http://shop.test/a.yaml"]),
        ('{ url: "/images/logo.svg" }', []),
        (f'<link rel="describedby" href="/{"a" * 500}">', []),
        ('<link rel="describedby" href="javascript:alert(1)">', []),
        ('<link rel="describedby" href="file:///etc/passwd">', []),
        ('<link rel="stylesheet" href="/a.css">', []),
        ("plain text", []),
    ],
)
def test_a_page_names_its_documents(page: str, links: list[str]) -> None:
    assert [place.url for place in linked_places(page.encode(), "http://shop.test/docs/")] == links


def test_pages_are_recognized() -> None:
    assert looks_like_page(b"\n <!DOCTYPE html><html>")
    assert looks_like_page(b"window.onload = () => { SwaggerUIBundle({ url: '/a.json' }) }")
    assert looks_like_page(b'{"configUrl": "/v3/api-docs/swagger-config", "url": "/v3/api-docs"}')
    assert not looks_like_page(b'{"openapi": "3.0.0"}')


@pytest.mark.parametrize(
    "part",
    [
        *("<link ", "<link href='x' ", "<link rel=describedby ", "<script ", '<a b="', "a", "<", "a=", " "),
        *(
            'url:"',
            "url : ",
            "url",
            "'url' ",
            "Redoc.init(",
            "Redoc.init( ' ",
            "spec-url=",
            "\xff",
            "<a rel=a ",
        ),
    ],
)
def test_a_hostile_page_is_searched_in_linear_time(part: str) -> None:
    """The patterns hold the lock of the interpreter: a slow one would stop the whole dashboard."""
    page = part.encode("latin-1") * (500_000 // len(part))
    started = time.perf_counter()

    linked_places(page, "http://shop.test/")

    assert time.perf_counter() - started < 2
