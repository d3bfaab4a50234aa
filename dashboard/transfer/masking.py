"""Masks the secrets in files of a run before the files leave the dashboard."""

import json
from collections.abc import Iterator
from typing import IO, Final

from dashboard.engine.exchanges import is_payload_line
from dashboard.model.masking import mask_json, mask_text, mask_texts

_MAX_LINE_BYTES: Final = 1024 * 1024
# In these fields, a key such as `token` names what is read from a response. The value of the key is not a secret.
_UNMASKED_FIELDS: Final = frozenset({"checks", "extract"})


def mask_endpoints(raw: bytes) -> bytes:
    """Mask the secrets in `raw`; return it unchanged if it contains none. Templates (`${…}`) stay."""
    try:
        document = json.loads(raw)
        masked = mask_json(document, _UNMASKED_FIELDS)
    except (ValueError, RecursionError):
        return mask_text(raw.decode("utf-8", "replace")).encode()
    return raw if masked == document else json.dumps(masked, indent=2).encode()


def mask_console(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines of k6's console with secrets masked. The script has already masked payload lines."""
    while line := file.readline(_MAX_LINE_BYTES):
        if is_payload_line(line):
            yield line
        else:
            yield _mask_line(line)


def _mask_line(line: bytes) -> bytes:
    """Mask a line of k6's logger. A JSON line is parsed first, because JSON in its message is escaped."""
    try:
        entry = json.loads(line) if line.startswith(b"{") else None
    except (ValueError, RecursionError):
        entry = None
    if isinstance(entry, dict):
        masked = mask_texts(entry)
        return line if masked == entry else json.dumps(masked, separators=(",", ":")).encode() + b"\n"
    text = line.decode("utf-8", "surrogateescape")
    return mask_text(text).encode("utf-8", "surrogateescape")
