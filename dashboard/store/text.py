"""Text in the form in which SQLite stores and compares it."""


def to_storable(text: str | None) -> str | None:
    """Replace lone surrogates, which JSON can carry and SQLite rejects, with a replacement character."""
    return text and text.encode("utf-8", "replace").decode("utf-8")


def fold_case(text: str) -> str:
    """The text for a comparison that ignores case."""
    return (to_storable(text) or "").casefold()
