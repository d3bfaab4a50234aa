"""Reads a token server's response: the token and its lifetime, or the reason why there is no token. Pure."""

import json
import math
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

DEFAULT_TOKEN_PATHS: Final = ("access_token", "token")
DEFAULT_EXPIRES_PATH: Final = "expires_in"
MAX_TOKEN_BYTES: Final = 16 * 1024  # k6 accepts 24 KiB from its secret source
_MAX_QUOTED_CHARACTERS: Final = 200
_MIN_MASKED_CHARACTERS: Final = 4


class TokenError(Exception):
    """No token could be obtained. The message gives the reason for the user and contains no secret."""


class Token(NamedTuple):
    """`life_s` is None when the response does not contain the lifetime."""

    text: str
    life_s: float | None


def read_token_response(
    status: int,
    location: str | None,
    body: bytes,
    token_path: str,
    expires_path: str,
    hidden: Iterable[str] = (),
) -> Token:
    """Return the token of a response. Raises TokenError; its message contains none of the `hidden` texts."""
    if 300 <= status < 400:
        target = f" to {_quote(location, hidden)}" if location else ""
        raise TokenError(f"it redirects{target}; redirects are not followed, so use the final address")
    response = _parse_json(body)
    if not 200 <= status < 300:
        raise TokenError(_error_reason(status, response, hidden))
    if not isinstance(response, dict):
        raise TokenError(f"its response ({status}) is not a JSON object")
    paths = (token_path,) if token_path else DEFAULT_TOKEN_PATHS
    token = next((value for path in paths if (value := _value_at(response, path)) is not None), None)
    if token is None:
        raise TokenError(f"its response ({status}) has no {' or '.join(paths)}")
    return Token(_validate_token(token), _lifetime(_value_at(response, expires_path or DEFAULT_EXPIRES_PATH)))


def mask_secrets(text: str, secrets: Iterable[str]) -> str:
    """Return `text` with every secret replaced by `***`: a server may echo what it received."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _MIN_MASKED_CHARACTERS:
            text = text.replace(secret, "***")
    return text


def _error_reason(status: int, response: object, hidden: Iterable[str]) -> str:
    message = ""
    if isinstance(response, dict):
        parts = [response.get(name) for name in ("error", "error_description", "message", "detail")]
        message = ": ".join(_quote(part, hidden) for part in parts if isinstance(part, str) and part)
    if status in (400, 401, 403):
        return f"it rejects the credentials ({status}{f': {message}' if message else ''})"
    return f"it responds with {status}{f' ({message})' if message else ''}"


def _parse_json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _value_at(response: object, path: str) -> Any:
    """Return the value at a path such as `data.token`, which may also be written as `$.data.token`."""
    for part in path.removeprefix("$.").split("."):
        if not isinstance(response, dict):
            return None
        response = response.get(part)
    return response


def _validate_token(token: object) -> str:
    if not isinstance(token, str) or not token.strip():
        raise TokenError("the token in its response is not a string")
    text = token.strip()
    if not (text.isascii() and text.isprintable()):
        raise TokenError("the token in its response has characters that are not allowed in a header")
    if len(text) > MAX_TOKEN_BYTES:
        raise TokenError(f"the token in its response has {len(text)} bytes (limit: {MAX_TOKEN_BYTES})")
    return text


def _lifetime(value: object) -> float | None:
    """Return the seconds in a number or a numeric string; None for a missing or non-positive lifetime."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def _quote(text: str, hidden: Iterable[str]) -> str:
    """Return `text` masked, then shortened, because half a secret is still a secret."""
    masked = mask_secrets(text, hidden)
    shown = "".join(letter if letter.isprintable() else " " for letter in masked[:_MAX_QUOTED_CHARACTERS])
    return shown.strip() + ("…" if len(masked) > _MAX_QUOTED_CHARACTERS else "")
