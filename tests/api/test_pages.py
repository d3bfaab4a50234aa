"""The built front end, the API documentation, and the page shown without a build."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from dashboard.api.first_answers import FIRST_URLS
from dashboard.api.pages import THEME_COOKIE
from dashboard.app import create_app
from dashboard.services import Services
from tests.factories import an_ended_run


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built front end."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(
        '<!doctype html><html lang="en"><title>built</title>'
        '<script type="application/json" id="first-answers"></script></html>'
    )
    (tmp_path / "assets" / "index-B2FNgpCH.js").write_text("export const long = 1;\n" * 100)
    (tmp_path / "secret.txt").write_text("not for you")
    return tmp_path


def test_the_built_page_is_served(idle: Flask, built: Path) -> None:
    answer = idle.test_client().get("/")

    assert "<title>built</title>" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_page_contains_its_first_answers(idle: Flask, built: Path) -> None:
    client = idle.test_client()
    answers = first_answers(client.get("/").text)

    assert set(answers) == set(FIRST_URLS)
    for url in FIRST_URLS:
        response = client.get(url)
        assert json.loads(answers[url]["body"]) == response.get_json()
        assert answers[url]["headers"].get("X-Total-Count") == response.headers.get("X-Total-Count")


@pytest.mark.parametrize(
    "label", ["</script><script>alert(1)</script>", "<!--<script>", "a & b", "\u2028 \U0001f600", '"\\"']
)
def test_text_of_users_stays_inside_the_first_answers(services: Services, built: Path, label: str) -> None:
    services.store.runs.insert(an_ended_run(label=label))
    text = create_app(services, static=built).test_client().get("/").text

    assert text.count("<script") == text.count("</script>") == 1
    [run] = json.loads(first_answers(text)["/runs?limit=60"]["body"])
    assert run["label"] == label


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        ("arctic", '<html data-theme="arctic" lang="en">'),
        ("", '<html lang="en">'),
        ("Arctic", '<html lang="en">'),
        ('x" onload="y', '<html lang="en">'),
        ("a" * 21, '<html lang="en">'),
        ("<b>", '<html lang="en">'),
    ],
)
def test_the_page_is_sent_in_the_theme_of_the_cookie(
    idle: Flask, built: Path, cookie: str, expected: str
) -> None:
    client = idle.test_client()
    client.set_cookie(THEME_COOKIE, cookie)

    assert expected in client.get("/").text


def first_answers(page: str) -> dict[str, dict[str, Any]]:
    """Return the answers in a page by URL."""
    match = re.search(r'<script type="application/json" id="first-answers">(.*?)</script>', page, re.DOTALL)
    assert match is not None
    answers: dict[str, dict[str, Any]] = json.loads(match[1])
    return answers


def test_without_a_build_the_page_explains_how_to_build(idle: Flask) -> None:
    assert "npm run build" in idle.test_client().get("/").text


def test_assets_are_immutable_and_compressed(idle: Flask, built: Path) -> None:
    answer = idle.test_client().get("/assets/index-B2FNgpCH.js", headers={"Accept-Encoding": "gzip"})

    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.mimetype == "text/javascript"


def test_a_missing_asset_is_not_cached(idle: Flask, built: Path) -> None:
    answer = idle.test_client().get("/assets/gone.js")

    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")


@pytest.mark.parametrize(
    "path", ["/assets/../secret.txt", "/assets/%2e%2e/secret.txt", "/assets/..%2fsecret.txt", "/secret.txt"]
)
def test_only_assets_are_served(idle: Flask, built: Path, path: str) -> None:
    assert idle.test_client().get(path).status_code == 404


def test_the_api_documentation_loads_no_external_resources(idle: Flask) -> None:
    client = idle.test_client()
    texts = [client.get(path).text for path in ("/docs", "/pages/docs.js", "/pages/builtin.css", "/login")]

    assert 'src="pages/docs.js"' in texts[0]
    assert not [text for text in texts if "http://" in text or "https://" in text or "style=" in text]
