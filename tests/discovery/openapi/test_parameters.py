"""The serialization of parameters, with the examples of the OpenAPI specification."""

from typing import Any

import pytest

from dashboard.discovery.openapi.parameters import Parameter, in_cookie, in_header, in_path, in_query

TEXT, LIST, OBJECT = "blue", ["blue", "black"], {"R": 100, "G": 200}


def parameter(place: str, style: str, explode: bool, **options: Any) -> Parameter:
    return Parameter("color", place, {}, style, explode, **options)


@pytest.mark.parametrize(
    ("style", "explode", "texts"),
    [
        ("simple", False, ("blue", "blue,black", "R,100,G,200")),
        ("simple", True, ("blue", "blue,black", "R=100,G=200")),
        ("label", False, (".blue", ".blue,black", ".R,100,G,200")),
        ("label", True, (".blue", ".blue.black", ".R=100.G=200")),
        ("matrix", False, (";color=blue", ";color=blue,black", ";color=R,100,G,200")),
        ("matrix", True, (";color=blue", ";color=blue;color=black", ";R=100;G=200")),
    ],
)
def test_path_styles(style: str, explode: bool, texts: tuple[str, ...]) -> None:
    made = tuple(in_path(parameter("path", style, explode), value) for value in (TEXT, LIST, OBJECT))

    assert made == texts


@pytest.mark.parametrize(
    ("style", "explode", "value", "query"),
    [
        ("form", True, TEXT, "color=blue"),
        ("form", True, LIST, "color=blue&color=black"),
        ("form", False, LIST, "color=blue,black"),
        ("form", True, OBJECT, "R=100&G=200"),
        ("form", False, OBJECT, "color=R,100,G,200"),
        ("spaceDelimited", False, LIST, "color=blue%20black"),
        ("pipeDelimited", False, LIST, "color=blue%7Cblack"),
        ("tabDelimited", False, LIST, "color=blue%09black"),
        ("deepObject", True, OBJECT, "color[R]=100&color[G]=200"),
        ("deepObject", True, {"a": {"b": [True]}}, "color[a][b][]=true"),
        ("form", True, "a&b=c d/é", "color=a%26b%3Dc%20d%2F%C3%A9"),
    ],
)
def test_query_styles(style: str, explode: bool, value: Any, query: str) -> None:
    assert "&".join(in_query(parameter("query", style, explode), value)) == query


def test_allow_reserved_keeps_reserved_characters_that_do_not_end_the_value() -> None:
    allowing = parameter("query", "form", True, allows_reserved=True)

    assert list(in_query(allowing, "a/b:c&d#e")) == ["color=a/b:c%26d%23e"]


def test_content_parameters_are_json() -> None:
    content = parameter("query", "form", True, media_type="application/json")

    assert list(in_query(content, {"a": [1]})) == ["color=%7B%22a%22%3A%5B1%5D%7D"]
    assert in_header(content, {"a": 1}) == '{"a":1}'
    assert in_path(content, {"a": 1}) == "%7B%22a%22%3A1%7D"


def test_headers_and_cookies() -> None:
    assert in_header(parameter("header", "simple", True), OBJECT) == "R=100,G=200"
    assert in_header(parameter("header", "simple", False), LIST) == "blue,black"
    assert list(in_cookie(parameter("cookie", "form", False), LIST)) == ["color=blue,black"]
    assert list(in_cookie(parameter("cookie", "form", True), OBJECT)) == ["R=100", "G=200"]
