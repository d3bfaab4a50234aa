"""How hard an access token is to guess."""

import itertools

MIN_CHARACTERS = 16
_MIN_DISTINCT = 6
_MIN_STEPS = 4


def check_strength(token: str) -> None:
    """Raise ValueError if `token` is easy to guess. A random token of 16 characters or more passes."""
    weakness = _weakness_of(token)
    if weakness:
        raise ValueError(
            f"is too easy to guess: it {weakness}. Use at least {MIN_CHARACTERS} random characters"
        )


def _weakness_of(token: str) -> str | None:
    if len(token) < MIN_CHARACTERS:
        return f"has only {len(token)} characters"
    if len(set(token)) < _MIN_DISTINCT:
        return f"has only {len(set(token))} different characters"
    if _is_repetition(token):
        return "repeats a shorter text"
    if len(_steps(token)) < _MIN_STEPS:
        return "is a sequence of neighboring characters"
    return None


def _is_repetition(text: str) -> bool:
    """Return whether `text` starts again after at most half of its length, as "abcdabcdab" does."""
    return any(text.startswith(text[period:]) for period in range(1, len(text) // 2 + 1))


def _steps(text: str) -> set[int]:
    """Return the distances between neighboring characters. "abcd" has one distance."""
    return {ord(right) - ord(left) for left, right in itertools.pairwise(text)}
