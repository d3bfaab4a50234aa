"""The built front end, the API documentation, and the page shown without a build."""

from pathlib import Path

import pytest
from flask import Flask


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built front end."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>built</title>")
    (tmp_path / "assets" / "index-B2FNgpCH.js").write_text("export const long = 1;\n" * 100)
    (tmp_path / "secret.txt").write_text("not for you")
    return tmp_path


def test_the_built_page_is_served(idle: Flask, built: Path) -> None:
    answer = idle.test_client().get("/")

    assert "<title>built</title>" in answer.text
    assert answer.headers["Cache-Control"] == "no-cache"


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


def test_an_unchanged_page_is_answered_with_304(idle: Flask, built: Path) -> None:
    client = idle.test_client()
    etag = client.get("/").headers["ETag"]

    assert client.get("/", headers={"If-None-Match": etag}).status_code == 304


def test_the_api_documentation_loads_no_external_resources(idle: Flask) -> None:
    client = idle.test_client()
    texts = [client.get(path).text for path in ("/docs", "/pages/docs.js", "/pages/builtin.css", "/login")]

    assert 'src="/pages/docs.js"' in texts[0]
    assert not [text for text in texts if "http://" in text or "https://" in text or "style=" in text]
