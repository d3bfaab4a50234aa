"""The order for tokens: which request gets one from Keycloak, or from a token endpoint of the user's own. Pure."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, quote_plus, urlencode, urlsplit

from dashboard.model.errors import InvalidRequest
from dashboard.run_folder.files import AuthFile
from dashboard.runner.tokens.answer import TokenError, read_answer

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
Order = AuthFile
_TOKEN: Final = "@TOKEN@"
_HEADER: Final = re.compile(
    r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)\s*"
)


def keycloak_order(values: Mapping[str, str]) -> AuthFile:
    """The client credentials flow."""
    host = _checked("auth_host", values["auth_host"], "https://sso.example.com")
    realm = quote(values["auth_realm"], safe="")
    url = f"{host.geturl().rstrip('/')}/realms/{realm}/protocol/openid-connect/token"
    form = _client_form(values)
    return _order(url, "POST", {"Content-Type": FORM}, form, values)


def own_endpoint_order(values: Mapping[str, str], base_url: str, mode: str) -> AuthFile:
    """A token endpoint of the user's own; a client, a user or the token in force is its credential."""
    endpoint = values["auth_refresh_endpoint"]
    name = "auth_refresh_endpoint"
    url = _checked(name, base_url + endpoint if endpoint.startswith("/") else endpoint, "/auth/refresh")
    method, body = values["auth_refresh_method"] or "POST", values["auth_refresh_body"]
    headers = _headers(values["auth_refresh_headers"])
    given = {header.lower() for header in headers}
    if not body and values["auth_client_id"] and values["auth_client_secret"] and method != "GET":
        body = _client_form(values)
    if body and "content-type" not in given:
        headers["Content-Type"] = JSON if body.lstrip()[:1] in ("{", "[") else FORM
    if "authorization" not in given:
        headers |= _credential(values, mode)
    return _order(url.geturl(), method, headers, body, values)


class NoToken(Exception):
    """The token server gave none; the message says why in plain words."""


def token_in(order: AuthFile, status: int, location: str | None, body: bytes) -> str:
    """The token in an answer to `order`, read as a run reads it. Raises NoToken."""
    try:
        return read_answer(status, location, body, order.token_path, order.expires_path, order.hidden).text
    except TokenError as error:
        raise NoToken(str(error)) from None


def _credential(values: Mapping[str, str], mode: str) -> dict[str, str]:
    if mode == "bearer":
        return {"Authorization": f"Bearer {_TOKEN}"}
    user, password = values["auth_basic_user"], values["auth_basic_pass"]
    return {"Authorization": f"Basic {_basic(user, password)}"} if user else {}


def _basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _client_form(values: Mapping[str, str]) -> str:
    return urlencode(
        {
            "grant_type": "client_credentials",
            "client_id": values["auth_client_id"],
            "client_secret": values["auth_client_secret"],
        }
    )


def _order(
    url: str, method: str, headers: Mapping[str, str], body: str, values: Mapping[str, str]
) -> AuthFile:
    return AuthFile(
        url=url,
        method=method,
        headers=dict(headers),
        body=body,
        token_path=values["auth_token_path"],
        expires_path=values["auth_expires_path"],
        renews=True,
        interval_s=None,
        verify_tls=True,
        hidden=_hidden(headers, body, values),
        token="",
        epoch=0,
        obtained_ms=0,
        life_s=None,
    )


def _hidden(headers: Mapping[str, str], body: str, values: Mapping[str, str]) -> tuple[str, ...]:
    """Everything that an answer might repeat and nobody is to read, in each spelling that it goes out in."""
    secrets = [values[name] for name in ("auth_client_secret", "auth_basic_pass", "auth_token")]
    sent = [
        value.rpartition(" ")[2]
        for value in headers.values()
        if value not in (JSON, FORM) and _TOKEN not in value
    ]
    spelled = [spell(secret) for secret in (*secrets, *_values(body)) for spell in (str, quote, quote_plus)]
    return tuple(sorted({text for text in (*spelled, *sent, body) if text and _TOKEN not in text}))


def _values(body: str) -> list[str]:
    """The values in a body, any of which may be a secret."""
    try:
        held = [json.loads(body)]
    except (ValueError, RecursionError):
        return [value for _, value in parse_qsl(body)]
    texts = []
    while held:
        value = held.pop()
        if isinstance(value, dict | list):
            held += value.values() if isinstance(value, dict) else value
        elif isinstance(value, str):
            texts.append(value)
    return texts


def _headers(text: str) -> dict[str, str]:
    """`Name: value` lines."""
    headers = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        match = _HEADER.fullmatch(line)
        if match is None:
            words = "must be lines of the form Name: value, in ASCII"
            raise InvalidRequest.field("auth_refresh_headers", words)
        headers[match[1]] = match[2]
    return headers


def _checked(field: str, text: str, example: str) -> SplitResult:
    """An http or https address without a user. Raises InvalidRequest."""
    problem = f"must be an address such as {example}"
    if any(ord(letter) <= 32 or ord(letter) >= 127 for letter in text):
        raise InvalidRequest.field(field, f"{problem}, without spaces and letters beyond ASCII")
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        raise InvalidRequest.field(field, problem) from None
    if url.scheme not in ("http", "https") or not url.hostname:
        raise InvalidRequest.field(field, problem)
    if url.username is not None or url.password is not None:
        raise InvalidRequest.field(field, "must not hold a user or password: use the other fields")
    if url.fragment or (url.query and field == "auth_host"):
        raise InvalidRequest.field(field, "must not have a fragment, and AUTH_HOST no query")
    return url
