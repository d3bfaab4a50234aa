"""Text that XML can hold."""

import re

_INVALID = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def valid_xml(text: str) -> str:
    """Replace each character that XML 1.0 does not allow."""
    return _INVALID.sub("�", text)
