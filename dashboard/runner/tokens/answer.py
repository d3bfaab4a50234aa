"""What a token server answered, read: the token and its life, or in words why there is none. Pure."""

import json
import math
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

USUAL_TOKEN_PATHS: Final = ("access_token", "token")
USUAL_EXPIRES_PATH: Final = "expires_in"
MOST_TOKEN_BYTES: Final = 16 * 1024  # k6 takes 24 KiB from its source of secrets
_MOST_QUOTED: Final = 200
_LEAST_MASKED: Final = 4


class TokenError(Exception):
    """No token could be had; the text says why, for people, and holds no secret."""


class Token(NamedTuple):
    """`life_s` is None when the answer does not tell it."""

    text: str
    life_s: float | None


def read_answer(
    status: int,
    location: str | None,
    body: bytes,
    token_path: str,
    expires_path: str,
    hidden: Iterable[str] = (),
) -> Token:
    """The token in an answer. Raises TokenError, whose words hold nothing of `hidden`."""
    if 300 <= status < 400:
        to = f" to {_quoted(location, hidden)}" if location else ""
        raise TokenError(f"it redirects{to}, which is not followed: name the address that answers itself")
    answer = _json(body)
    if not 200 <= status < 300:
        raise TokenError(_refusal(status, answer, hidden))
    if not isinstance(answer, dict):
        raise TokenError(f"its answer ({status}) is not a JSON object")
    paths = (token_path,) if token_path else USUAL_TOKEN_PATHS
    found = next((value for path in paths if (value := _at(answer, path)) is not None), None)
    if found is None:
        raise TokenError(f"its answer ({status}) has no {' or '.join(paths)}")
    return Token(_usable(found), _life(_at(answer, expires_path or USUAL_EXPIRES_PATH)))


def without(words: str, hidden: Iterable[str]) -> str:
    """`words` with every secret made unreadable, for a server may repeat what it was told."""
    for secret in sorted(hidden, key=len, reverse=True):
        if len(secret) >= _LEAST_MASKED:
            words = words.replace(secret, "***")
    return words


def _refusal(status: int, answer: object, hidden: Iterable[str]) -> str:
    said = ""
    if isinstance(answer, dict):
        parts = [answer.get(name) for name in ("error", "error_description", "message", "detail")]
        said = ": ".join(_quoted(part, hidden) for part in parts if isinstance(part, str) and part)
    if status in (400, 401, 403):
        return f"it refuses the credentials ({status}{f': {said}' if said else ''})"
    return f"it answers {status}{f' ({said})' if said else ''}"


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _at(answer: object, path: str) -> Any:
    """The value at a path such as data.token."""
    for part in path.split("."):
        if not isinstance(answer, dict):
            return None
        answer = answer.get(part)
    return answer


def _usable(token: object) -> str:
    if not isinstance(token, str) or not token.strip():
        raise TokenError("the token in its answer is not a text")
    text = token.strip()
    if not (text.isascii() and text.isprintable()):
        raise TokenError("the token in its answer has characters that cannot stand in a header")
    if len(text) > MOST_TOKEN_BYTES:
        raise TokenError(
            f"the token in its answer has {len(text)} bytes, at most {MOST_TOKEN_BYTES} can be used"
        )
    return text


def _life(value: object) -> float | None:
    """Seconds; as digits they may be a text. None at all or fewer are no life that one could plan with."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def _quoted(text: str, hidden: Iterable[str]) -> str:
    """Masked before it is cut: half a secret is one too."""
    masked = without(text, hidden)
    shown = "".join(letter if letter.isprintable() else " " for letter in masked[:_MOST_QUOTED])
    return shown.strip() + ("…" if len(masked) > _MOST_QUOTED else "")
