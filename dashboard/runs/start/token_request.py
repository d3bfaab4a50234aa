"""The request that gets a token: from Keycloak, or from a custom token endpoint. No I/O."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, quote_plus, urlencode, urlsplit

from dashboard.model.errors import InvalidRequest
from dashboard.run_folder.files import AuthFile
from dashboard.runner.tokens.response import TokenError, read_token_response

FORM_TYPE: Final = "application/x-www-form-urlencoded"
JSON_TYPE: Final = "application/json"
TokenRequest = AuthFile
_TOKEN: Final = "@TOKEN@"
_HEADER: Final = re.compile(
    r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)\s*"
)


def keycloak_token_request(values: Mapping[str, str]) -> TokenRequest:
    """Return the token request of the client credentials flow. `values` are by field name. Raises InvalidRequest."""
    host = _parse_url("auth_host", values["auth_host"], "https://sso.example.com")
    realm = quote(values["auth_realm"], safe="")
    url = f"{host.geturl().rstrip('/')}/realms/{realm}/protocol/openid-connect/token"
    form = _client_form(values)
    return _token_request(url, "POST", {"Content-Type": FORM_TYPE}, form, values)


def endpoint_token_request(values: Mapping[str, str], base_url: str, mode: str) -> TokenRequest:
    """Return the request to a custom token endpoint. A client, a user or the current token authenticates it.

    An endpoint that starts with `/` is appended to `base_url`. Raises InvalidRequest.
    """
    endpoint = values["auth_refresh_endpoint"]
    text = base_url + endpoint if endpoint.startswith("/") else endpoint
    url = _parse_url("auth_refresh_endpoint", text, "/auth/refresh")
    method, body = values["auth_refresh_method"] or "POST", values["auth_refresh_body"]
    headers = _parse_headers(values["auth_refresh_headers"])
    header_names = {header.lower() for header in headers}
    if not body and values["auth_client_id"] and values["auth_client_secret"] and method != "GET":
        body = _client_form(values)
    if body and "content-type" not in header_names:
        headers["Content-Type"] = JSON_TYPE if body.lstrip()[:1] in ("{", "[") else FORM_TYPE
    if "authorization" not in header_names:
        headers |= _authorization(values, mode)
    return _token_request(url.geturl(), method, headers, body, values)


class NoToken(Exception):
    """The token server returned no token. The message gives the reason."""


def token_from_response(request: TokenRequest, status: int, location: str | None, body: bytes) -> str:
    """Return the token in a response to `request`, read as the runner reads it. Raises NoToken."""
    try:
        token = read_token_response(
            status, location, body, request.token_path, request.expires_path, request.hidden
        )
        return token.text
    except TokenError as error:
        raise NoToken(str(error)) from None


def _authorization(values: Mapping[str, str], mode: str) -> dict[str, str]:
    if mode == "bearer":
        return {"Authorization": f"Bearer {_TOKEN}"}
    user, password = values["auth_basic_user"], values["auth_basic_pass"]
    return {"Authorization": f"Basic {_encode_basic(user, password)}"} if user else {}


def _encode_basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _client_form(values: Mapping[str, str]) -> str:
    return urlencode(
        {
            "grant_type": "client_credentials",
            "client_id": values["auth_client_id"],
            "client_secret": values["auth_client_secret"],
        }
    )


def _token_request(
    url: str, method: str, headers: Mapping[str, str], body: str, values: Mapping[str, str]
) -> TokenRequest:
    return TokenRequest(
        url=url,
        method=method,
        headers=dict(headers),
        body=body,
        token_path=values["auth_token_path"],
        expires_path=values["auth_expires_path"],
        renews=True,
        interval_s=None,
        verify_tls=True,
        hidden=_texts_to_mask(headers, body, values),
        token="",
        epoch=0,
        obtained_ms=0,
        life_s=None,
    )


def _texts_to_mask(headers: Mapping[str, str], body: str, values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the texts to mask when a response repeats them: every secret, in each encoding that is sent."""
    secrets = [values[name] for name in ("auth_client_secret", "auth_basic_pass", "auth_token")]
    sent = [
        value.rpartition(" ")[2]
        for value in headers.values()
        if value not in (JSON_TYPE, FORM_TYPE) and _TOKEN not in value
    ]
    encoded = [
        encode(secret) for secret in (*secrets, *_body_values(body)) for encode in (str, quote, quote_plus)
    ]
    return tuple(sorted({text for text in (*encoded, *sent, body) if text and _TOKEN not in text}))


def _body_values(body: str) -> list[str]:
    """Return the texts in a JSON or form body. Any of them may be a secret."""
    try:
        pending = [json.loads(body)]
    except (ValueError, RecursionError):
        return [value for _, value in parse_qsl(body)]
    texts = []
    while pending:
        value = pending.pop()
        if isinstance(value, dict | list):
            pending += value.values() if isinstance(value, dict) else value
        elif isinstance(value, str):
            texts.append(value)
    return texts


def _parse_headers(text: str) -> dict[str, str]:
    """Parse headers from `Name: value` lines. Raises InvalidRequest."""
    headers = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        match = _HEADER.fullmatch(line)
        if match is None:
            message = "must be ASCII lines of the form Name: value"
            raise InvalidRequest.field("auth_refresh_headers", message)
        headers[match[1]] = match[2]
    return headers


def _parse_url(field: str, text: str, example: str) -> SplitResult:
    """Parse an http or https URL without credentials. Raises InvalidRequest."""
    problem = f"must be a URL such as {example}"
    if any(ord(character) <= 32 or ord(character) >= 127 for character in text):
        raise InvalidRequest.field(field, f"{problem}, without spaces or non-ASCII characters")
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        raise InvalidRequest.field(field, problem) from None
    if url.scheme not in ("http", "https") or not url.hostname or "\\" in url.netloc:
        raise InvalidRequest.field(field, problem)
    if url.username is not None or url.password is not None:
        raise InvalidRequest.field(
            field, "must not contain a user or password; use the other authentication fields"
        )
    if url.fragment or (url.query and field == "auth_host"):
        parts = "query or fragment" if field == "auth_host" else "fragment"
        raise InvalidRequest.field(field, f"must not have a {parts}")
    return url
