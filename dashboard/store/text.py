"""Text in the form in which SQLite stores and compares it."""


def to_storable(text: str | None) -> str | None:
    """Replace lone surrogates, which are possible in JSON and invalid in SQLite, with question marks."""
    return text and text.encode("utf-8", "replace").decode("utf-8")


def fold_case(text: str) -> str:
    """Return the text for a comparison that ignores case."""
    return (to_storable(text) or "").casefold()
