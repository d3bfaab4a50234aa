"""Values of the formats that schemas name, and a check of a text against them."""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from datetime import date
from typing import Final

EXAMPLES: Final = {
    "date-time": "2024-01-15T10:30:00Z",
    "date": "2024-01-15",
    "time": "10:30:00Z",
    "duration": "P1D",
    "email": "user@example.com",
    "idn-email": "user@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ip": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "iri": "https://example.com/",
    "uri-reference": "/example",
    "iri-reference": "/example",
    "uri-template": "/example/{id}",
    "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "guid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "byte": "dGV4dA==",
    "base64": "dGV4dA==",
    "binary": "text",
    "password": "Passw0rd!",
    "json-pointer": "/example",
    "relative-json-pointer": "0",
    "regex": "^a+$",
    "decimal": "1.5",
    "phone": "+12025550123",
    "int32": "1",
    "int64": "1",
    "uint64": "1",
    "unix-time": "1705314600",
}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)", re.I
)
_EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?", re.I
)
_HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?", re.I)
_URI = re.compile(r"[a-z][a-z0-9+.-]*:(//[^\s/?#\"<>^`{|}\\]*)?[^\s\"<>^`{|}\\]*", re.I)
_REFERENCE = re.compile(r"[^\s\"<>^`{|}\\]*")
_UUID = re.compile(r"(urn:uuid:)?[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.I)
_DURATION = re.compile(r"P(?!$)((\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?|(\d+W)?)")


def fits_format(text: str, name: object) -> bool:
    """Return whether a text has the format. Every text has an unknown format."""
    check = _CHECKS.get(name) if isinstance(name, str) else None
    if check is None:
        return True
    try:
        return check(text)
    except ValueError:
        return False


def _is_date(text: str) -> bool:
    return bool(_DATE.fullmatch(text)) and bool(date.fromisoformat(text))


def _is_date_time(text: str) -> bool:
    day, _, time = text[:10], text[10:11], text[11:]
    return text[10:11] in ("T", "t", " ") and _is_date(day) and bool(_TIME.fullmatch(time))


def _is_ipv4(text: str) -> bool:
    return bool(ipaddress.IPv4Address(text))


def _is_ipv6(text: str) -> bool:
    return bool(ipaddress.IPv6Address(text)) or True


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    return True


_CHECKS: dict[str, Callable[[str], bool]] = {
    "date": _is_date,
    "date-time": _is_date_time,
    "time": lambda text: bool(_TIME.fullmatch(text)),
    "duration": lambda text: bool(_DURATION.fullmatch(text)),
    "email": lambda text: bool(_EMAIL.fullmatch(text)),
    "hostname": lambda text: len(text) < 254 and bool(_HOST.fullmatch(text)),
    "ipv4": _is_ipv4,
    "ipv6": _is_ipv6,
    "uri": lambda text: bool(_URI.fullmatch(text)),
    "url": lambda text: bool(_URI.fullmatch(text)) and "//" in text,
    "uri-reference": lambda text: bool(_REFERENCE.fullmatch(text)),
    "uuid": lambda text: bool(_UUID.fullmatch(text)),
    "byte": _is_base64,
}
