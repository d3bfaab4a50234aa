"""Text in XML: what XML cannot hold becomes a replacement mark, what has a meaning there is escaped."""

import re
from xml.sax.saxutils import escape

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_QUOTES = {'"': "&quot;", "'": "&#39;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def plain(text: str) -> str:
    """`text` with all that XML can hold."""
    return _NOT_XML.sub("�", text)


def xml_text(text: str) -> str:
    """For the inside of an element or of a quoted attribute."""
    return escape(plain(text), _QUOTES)
