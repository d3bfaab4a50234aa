"""A token server's response: the token and lifetime that are read, and the errors."""

import json

import pytest

from dashboard.runner.tokens.response import Token, TokenError, mask_secrets, read_token_response


def read(
    body: object, *, status: int = 200, token: str = "", expires: str = "", to: str | None = None
) -> Token:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_token_response(status, to, raw, token, expires)


@pytest.mark.parametrize(
    ("body", "token", "expires", "found"),
    [
        ({"access_token": "a", "expires_in": 300}, "", "", Token("a", 300.0)),
        ({"token": "a", "expires_in": "60"}, "", "", Token("a", 60.0)),
        ({"access_token": "a", "token": "b"}, "token", "", Token("b", None)),
        ({"data": {"jwt": "a", "ttl": 5.5}}, "data.jwt", "data.ttl", Token("a", 5.5)),
        ({"data": {"jwt": "a", "ttl": 5.5}}, "$.data.jwt", "$.data.ttl", Token("a", 5.5)),
        ({"access_token": " a\n", "expires_in": True}, "", "", Token("a", None)),
        ({"access_token": "a", "expires_in": "soon"}, "", "", Token("a", None)),
        ({"access_token": "a", "expires_in": 0}, "", "", Token("a", None)),
        ({"access_token": "a", "expires_in": -5}, "", "", Token("a", None)),
        ({"access_token": "a", "expires_in": 1e999}, "", "", Token("a", None)),
    ],
)
def test_token_and_lifetime_are_read_at_the_given_paths(
    body: object, token: str, expires: str, found: Token
) -> None:
    assert read(body, token=token, expires=expires) == found


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"<html>", 200, "not a JSON object"),
        (b"[" * 100_000, 200, "not a JSON object"),
        ([], 200, "not a JSON object"),
        ({"id_token": "a"}, 200, "has no access_token or token"),
        ({"access_token": ""}, 200, "not a string"),
        ({"access_token": {"a": 1}}, 200, "not a string"),
        ({"access_token": "a\nb"}, 200, "not allowed in a header"),
        ({"access_token": "ä"}, 200, "not allowed in a header"),
        ({"access_token": "a" * 16_385}, 200, "has 16385 bytes"),
        ({"error": "bad_client", "error_description": "Who?"}, 401, "rejects the credentials .401: bad_client: Who."),
        ({"error": "Realm does not exist"}, 404, "responds with 404 .Realm does not exist."),
        (b"oops", 500, "responds with 500$"),
    ],
)  # fmt: skip
def test_the_error_gives_the_reason(body: object, status: int, reason: str) -> None:
    with pytest.raises(TokenError, match=reason):
        read(body, status=status)


def test_a_redirect_is_reported_and_not_followed() -> None:
    with pytest.raises(
        TokenError, match="redirects to https://sso.example/login; redirects are not followed"
    ):
        read(b"", status=302, to="https://sso.example/login")


def test_a_quoted_response_is_masked_before_it_is_shortened() -> None:
    response = json.dumps({"error": "x" * 195 + "s3cret-of-the-client"}).encode()
    with pytest.raises(TokenError) as caught:
        read_token_response(401, None, response, "", "", ("s3cret-of-the-client",))
    assert "s3c" not in str(caught.value)


def test_secrets_that_a_server_echoes_are_masked() -> None:
    masked = mask_secrets("client x with s3cret%2Fof and s3cret/of", ("s3cret/of", "s3cret%2Fof", "x"))
    assert masked == "client x with *** and ***"
