"""The endpoints file as others may see it: secrets written into it are masked, variables that name them stay."""

import json
import re
from typing import Any

MASK = "***"
_SECRET = re.compile(r"authorization|cookie|token|secret|passw|api[-_]?key|credential", re.IGNORECASE)
# Here such words name what is looked at, not what is sent.
_LEFT_ALONE = frozenset({"checks", "extract"})


def masked_endpoints(raw: bytes) -> bytes:
    """`raw` unchanged when it holds no secret, or is no JSON."""
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    masked = _masked(document)
    return raw if masked == document else json.dumps(masked, indent=2).encode()


def _masked(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: part if key in _LEFT_ALONE else _masked(part, key) for key, part in value.items()}
    if isinstance(value, list):
        return [_masked(part, name) for part in value]
    if isinstance(value, str) and value and _SECRET.search(name) and "${" not in value:
        return MASK
    return value
