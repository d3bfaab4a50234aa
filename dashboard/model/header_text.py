"""Texts of HTTP headers."""


def decode_header(header: str) -> str:
    """Return the text of a header that is UTF-8. WSGI decodes headers as Latin-1."""
    return header.encode("latin-1", "replace").decode("utf-8", "replace")
