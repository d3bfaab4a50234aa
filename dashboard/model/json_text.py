"""Compact JSON text for responses and live messages."""

import json
import math


def json_text(data: object) -> str:
    """Return compact JSON. NaN and infinity, which JSON does not have, become null."""
    try:
        return json.dumps(data, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    except ValueError:
        return json.dumps(_finite(data), separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def _finite(data: object) -> object:
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return data
