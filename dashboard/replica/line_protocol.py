"""Points in line protocol. Any text can be a tag or a field, and the same point is always the same line.

influxdb_client can format points too, but takes more than twice as long per point.
"""

import re
from collections.abc import Iterator, Mapping

FieldValue = float | bool | str | None

# InfluxDB stores at most 64 KiB of text per field. Longer texts continue in additional fields.
MAX_FIELD_BYTES = 60_000
_TAG_ESCAPES = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})
_TEXT_ESCAPES = str.maketrans({'"': r"\"", "\\": r"\\"})
# Tags cannot contain control characters. A backslash would escape the next character. `%XX` would be decoded. `${`
# starts an expression in a Flux string, and Grafana inserts variables with JSON quoting, which does not escape it.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]|\$\{|%[0-9A-F]{2}")
_ENCODED = re.compile(r"[\x00-\x1f\x7f\\%$]")
_CODE = re.compile(r"%([0-9A-F]{2})")


def series_key(measurement: str, tags: Mapping[str, str | None]) -> str:
    """Return measurement and tags of a series. Empty tags are left out."""
    return measurement + "".join(f",{name}={_tag(value)}" for name, value in sorted(tags.items()) if value)


def point_line(series: str, fields: Mapping[str, FieldValue], at_ms: int) -> str:
    """Return one point of a series. Fields without a value are left out; without any field the line is empty.

    All numbers are floats, because InfluxDB permanently rejects a field whose type changes.
    """
    written = ",".join([_field(name, value) for name, value in fields.items() if value is not None])
    return f"{series} {written} {at_ms}" if written else ""


def encode_tag(value: str) -> str:
    """Return the tag value for a text: the text with unsafe characters percent-encoded."""
    if _UNSAFE.search(value):
        return _ENCODED.sub(lambda found: f"%{ord(found[0]):02X}", value)
    return value


def decode_tag(stored: str) -> str:
    """Return the text that `encode_tag` encoded."""
    return _CODE.sub(lambda found: chr(int(found[1], 16)), stored)


def join_text(fields: Mapping[str, str | None], name: str) -> str | None:
    """Return a text that was split over the fields `name`, `name_1`, …; None when it is missing."""
    first = fields.get(name)
    if first is None:
        return None
    parts, number = [first], 1
    while (part := fields.get(f"{name}_{number}")) is not None:
        parts.append(part)
        number += 1
    return "".join(parts)


def _tag(value: str) -> str:
    return encode_tag(value).translate(_TAG_ESCAPES)


def _field(name: str, value: float | bool | str) -> str:
    kind = type(value)
    if kind is float:
        return f"{name}={value!r}"
    if kind is int:
        return f"{name}={value}.0"
    if kind is bool:
        return f"{name}={'true' if value else 'false'}"
    parts = _split(str(value))
    return ",".join(f'{name}_{number}="{part}"' if number else f'{name}="{part}"' for number, part in parts)


def _split(text: str) -> Iterator[tuple[int, str]]:
    """Yield the escaped text in parts that fit into a field, numbered from 0."""
    size = MAX_FIELD_BYTES // 4 if not text.isascii() else MAX_FIELD_BYTES
    for number, start in enumerate(range(0, max(1, len(text)), size)):
        yield number, text[start : start + size].translate(_TEXT_ESCAPES)
