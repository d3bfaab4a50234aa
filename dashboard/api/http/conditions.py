"""Conditions of a request: `If-Match` with the version of what it changes."""

from collections.abc import Callable

from flask import request


def if_match(base_sha256: str | None = None) -> Callable[[str], bool]:
    """Return a function that returns whether a SHA-256 is the one that the client expects.

    Without `If-Match` and `base_sha256`, any is. Compressed responses have weak tags.
    """
    tags = request.if_match if "If-Match" in request.headers else None

    def matches(sha256: str) -> bool:
        is_expected = base_sha256 is None or base_sha256 == sha256
        return is_expected and (tags is None or tags.star_tag or tags.contains_weak(sha256))

    return matches
