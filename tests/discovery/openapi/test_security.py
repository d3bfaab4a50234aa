"""Security schemes: the mode of the run, and what single requests need beside it."""

from typing import Any

import pytest

from dashboard.discovery.discovered import AuthSuggestion, Discovered
from tests.discovery.openapi.reading import endpoint, read_paths

SCHEMES = {
    "basic": {"type": "http", "scheme": "basic"},
    "bearer": {"type": "http", "scheme": "Bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "other header": {"type": "apiKey", "in": "header", "name": "X-App"},
    "query": {"type": "apiKey", "in": "query", "name": "appKey"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "oauth": {"type": "oauth2", "flows": {}},
    "digest": {"type": "http", "scheme": "digest"},
}


def read(*securities: list[dict[str, Any]]) -> Discovered:
    """Import a document whose operations /0, /1 … have these security requirements."""
    paths = {f"/{index}": {"get": {"security": one, "responses": {}}} for index, one in enumerate(securities)}
    return read_paths(paths, components={"securitySchemes": SCHEMES})


@pytest.mark.parametrize(
    ("security", "auth"),
    [
        ([{"basic": []}], AuthSuggestion(mode="basic")),
        ([{"bearer": []}], AuthSuggestion(mode="bearer")),
        ([{"header": []}], AuthSuggestion(mode="api_key", fields={"api_key_header": "X-Key"})),
        ([{"digest": []}, {"bearer": []}], AuthSuggestion(mode="bearer")),
        ([{}, {"bearer": []}], None),
        ([{"query": []}], None),
        ([], None),
    ],
    ids=str,
)
def test_mode_of_the_run(security: list[dict[str, Any]], auth: AuthSuggestion | None) -> None:
    assert read(security).auth == auth


def test_oauth_is_a_token_with_a_remark() -> None:
    auth = read([{"oauth": ["read"]}]).auth

    assert auth is not None
    assert auth.mode == "bearer"
    assert "OAuth 2" in (auth.remark or "")


def test_a_scheme_that_is_not_defined_is_guessed_from_its_name() -> None:
    auth = read([{"My Bearer": []}]).auth

    assert auth is not None
    assert auth.mode == "bearer"
    assert "guess" in (auth.remark or "")


def test_the_mode_that_serves_most_operations_is_chosen() -> None:
    found = read([{"basic": []}], [{"bearer": []}, {"basic": []}], [{"bearer": []}], [{"bearer": []}])

    assert found.auth == AuthSuggestion(mode="bearer")
    assert endpoint(found, "GET /0")["headers"] == {"Authorization": "Basic ${env.BASIC_CREDENTIALS}"}
    assert [("headers" in endpoint(found, f"GET /{index}")) for index in (1, 2, 3)] == [False] * 3


def test_keys_in_other_places_come_from_outside() -> None:
    found = read([{"header": [], "other header": []}], [{"query": []}], [{"cookie": []}])

    assert endpoint(found, "GET /0")["headers"] == {"X-App": "${env.X_APP}"}
    assert endpoint(found, "GET /1")["path"] == "/1?appKey=${env.APP_KEY}"
    assert endpoint(found, "GET /2")["headers"] == {"Cookie": "sid=${env.SID}"}
    assert [one.name for one in found.requested_values if one.is_secret] == ["X_APP", "APP_KEY", "SID"]
