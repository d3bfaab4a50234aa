"""Masks the secrets in an endpoints file before the file leaves the dashboard."""

import json
import re
from typing import Any

MASK = "***"
_SECRET_NAME = re.compile(r"authorization|cookie|token|secret|passw|api[-_]?key|credential", re.IGNORECASE)
# In these fields such a name says what is read from a response; it does not hold a value.
_UNMASKED_FIELDS = frozenset({"checks", "extract"})


def mask_endpoints(raw: bytes) -> bytes:
    """`raw` with secrets masked; unchanged if it contains no secret or is not JSON. Templates (`${…}`) stay."""
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    masked = _masked(document)
    return raw if masked == document else json.dumps(masked, indent=2).encode()


def _masked(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: item if key in _UNMASKED_FIELDS else _masked(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, name) for item in value]
    if isinstance(value, str) and value and _SECRET_NAME.search(name) and "${" not in value:
        return MASK
    return value
