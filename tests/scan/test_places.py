"""Where a scan looks."""

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

    assert urls[:2] == ["http://shop.test/v2/", "http://shop.test/v2/openapi.json"]
    assert "http://shop.test/openapi.json" in urls
    assert urls[-1] == "http://shop.test/v2"


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
        ('<link rel="describedby" href="javascript:alert(1)">', []),
        ('<link rel="describedby" href="file:///etc/passwd">', []),
        ('<link rel="stylesheet" href="/a.css">', []),
        ("plain text", []),
    ],
)
def test_a_page_names_its_documents(page: str, links: list[str]) -> None:
    assert [place.url for place in linked_places(page, "http://shop.test/docs/")] == links


def test_pages_are_recognized() -> None:
    assert looks_like_page(b"\n <!DOCTYPE html><html>")
    assert looks_like_page(b"window.onload = () => { SwaggerUIBundle({ url: '/a.json' }) }")
    assert not looks_like_page(b'{"openapi": "3.0.0"}')
