"""Masks secrets in texts and JSON before they leave the dashboard."""

import re
from collections.abc import Iterable
from typing import Any, Final

from dashboard.model.named_values import MASK, mask_named_values
from dashboard.model.secret_names import HINT, is_secret_list_name, is_secret_name

# A template of the endpoints file; `$${` is literal text.
_TEMPLATE = re.compile(r"((?<!\$)\$\{[^}]*\})")
_SCHEME = re.compile(r"\s*(?:basic|bearer|digest|token|apikey)\s+", re.IGNORECASE)
_NAMES: Final = ("name", "key", "header")


def mask_text(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` with known `secrets`, and values whose name marks them as secret, replaced by `***`."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return mask_named_values(text) if HINT.search(text) or "://" in text else text


def mask_json(value: Any, unmasked_keys: frozenset[str] = frozenset()) -> Any:
    """Return JSON with secrets masked: values whose key is the name of a secret, and values after such a name in texts.

    unmasked_keys: below these keys, a name does not mark a value as secret
    """
    if isinstance(value, dict):
        names = [value[key] for key in _NAMES if isinstance(value.get(key), str)]
        is_pair = any(map(is_secret_name, names))
        return {
            key: item
            if key in unmasked_keys
            else _hide(item)
            if _is_name_of_secret(key, item) or (is_pair and key in ("value", "content"))
            else mask_json(item, unmasked_keys)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [mask_json(item, unmasked_keys) for item in value]
    return mask_named_values(value, _hide_text) if isinstance(value, str) else value


def mask_texts(value: Any) -> Any:
    """Return JSON with every text masked by `mask_text`. Keys do not mark a value as secret."""
    if isinstance(value, dict):
        return {key: mask_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [mask_texts(item) for item in value]
    return mask_text(value) if isinstance(value, str) else value


def _is_name_of_secret(key: str, value: object) -> bool:
    return is_secret_list_name(key) if isinstance(value, list) else is_secret_name(key)


def _hide(value: Any) -> Any:
    """Return a value with every text and number within it masked. The templates of a text stay."""
    if isinstance(value, dict):
        return {key: _hide(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_hide(item) for item in value]
    if isinstance(value, str):
        return _hide_text(value)
    return value if value is None or isinstance(value, bool) else MASK


def _hide_text(text: str) -> str:
    return "".join(_hide_part(part, is_first=not at) for at, part in enumerate(_TEMPLATE.split(text)))


def _hide_part(part: str, *, is_first: bool) -> str:
    """Mask a part of a text, unless it is a template or the scheme before one, such as `Bearer`."""
    if not part.strip() or _TEMPLATE.fullmatch(part):
        return part
    return part if is_first and _SCHEME.fullmatch(part) else MASK
