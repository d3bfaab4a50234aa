"""The weight of a request whose document gives none. Reads are more frequent than writes."""

from typing import Final

_WEIGHTS: Final = {"GET": 10, "HEAD": 2, "POST": 3, "PUT": 2, "PATCH": 2, "DELETE": 1}


def weight_of(method: str) -> int:
    """Return the weight of a request with `method`."""
    return _WEIGHTS.get(method.upper(), 1)
