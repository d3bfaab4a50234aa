"""Turns the bytes of a document into text: unpacks gzip, and reads UTF-8 and UTF-16."""

import zlib

from dashboard.discovery.discovered import UnreadableDocument
from dashboard.model.strict_json import InvalidJson, decode_json

MAX_DOCUMENT_BYTES = 24 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_OTHER_FILES = {
    b"PK\x03\x04": "a ZIP archive. Extract it and import one of its files.",
    b"%PDF": "a PDF file. Import the document that it was made from.",
    b"\x89PNG": "a picture. Import the document itself.",
    b"\xff\xd8\xff": "a picture. Import the document itself.",
    b"BZh": "compressed with bzip2. Extract it and import its content.",
    b"\x28\xb5\x2f\xfd": "compressed with Zstandard. Extract it and import its content.",
    b"\xfd7zXZ": "compressed with xz. Extract it and import its content.",
}


def decode_document(raw: bytes) -> str:
    """Return the text of a document. Raises UnreadableDocument."""
    if raw.startswith(_GZIP):
        raw = _unpack(raw)
    for start, description in _OTHER_FILES.items():
        if raw.startswith(start):
            raise UnreadableDocument(f"This file is {description}")
    if len(raw) > MAX_DOCUMENT_BYTES:
        raise too_large()
    try:
        text = decode_json(raw).text
    except InvalidJson as error:
        raise UnreadableDocument(f"The document {error.message}") from None
    if not text.strip("\x00\t\r\n "):
        raise UnreadableDocument("The document is empty.")
    if "\x00" in text:
        raise UnreadableDocument("The document is not text: it contains NUL bytes.")
    return text


def too_large() -> UnreadableDocument:
    """Return the error for a document that is too large."""
    return UnreadableDocument(
        f"The document is larger than {MAX_DOCUMENT_BYTES // 2**20} MiB. Import a part of it, for example one service."
    )


def _unpack(raw: bytes) -> bytes:
    """Return the content of a gzip file, which may be at most MAX_DOCUMENT_BYTES long."""
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    try:
        content = unpacker.decompress(raw, MAX_DOCUMENT_BYTES + 1)
    except zlib.error:
        raise UnreadableDocument("The gzip file is damaged. Compress the document again.") from None
    if len(content) > MAX_DOCUMENT_BYTES:
        raise too_large()
    if not unpacker.eof:
        raise UnreadableDocument("The gzip file is incomplete. Compress the document again.")
    return content
