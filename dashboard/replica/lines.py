"""Line protocol: any text survives as tag or field, and the same point is the same line every time."""

import re
from collections.abc import Iterator, Mapping

Field = float | bool | str | None

# InfluxDB keeps at most 64 KiB of a text; longer ones go on in fields of their own.
MOST_FIELD_BYTES = 60_000
_TAG_ESCAPES = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})
_TEXT_ESCAPES = str.maketrans({'"': r"\"", "\\": r"\\"})
# A tag cannot hold these (a backslash would escape what follows), nor what looks like one of them encoded. `${` begins
# Flux within a quoted text, and Grafana quotes the value of a variable as JSON does, which lets it stand.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]|\$\{|%[0-9A-F]{2}")
_ENCODED = re.compile(r"[\x00-\x1f\x7f\\%$]")
_CODE = re.compile(r"%([0-9A-F]{2})")


def series(measurement: str, tags: Mapping[str, str | None]) -> str:
    """What the points of a series begin with. Empty tags are left out."""
    return measurement + "".join(f",{name}={_tag(value)}" for name, value in sorted(tags.items()) if value)


def line(of_series: str, fields: Mapping[str, Field], at_ms: int) -> str:
    """One point of a series. Missing fields are left out; an empty text when no field is left.

    Numbers are floats, whole ones too: a field that changed its type would be refused for ever.
    """
    written = ",".join([_field(name, value) for name, value in fields.items() if value is not None])
    return f"{of_series} {written} {at_ms}" if written else ""


def tag_text(value: str) -> str:
    """What stands in the database for the text `value`: itself, but for characters that no tag can hold."""
    if _UNSAFE.search(value):
        return _ENCODED.sub(lambda found: f"%{ord(found[0]):02X}", value)
    return value


def text_of_tag(stored: str) -> str:
    """The text that `tag_text` wrote."""
    return _CODE.sub(lambda found: chr(int(found[1], 16)), stored)


def joined(fields: Mapping[str, str], name: str) -> str | None:
    """A text that was cut into fields of its own; None when there is none."""
    if name not in fields:
        return None
    parts, number = [fields[name]], 1
    while (part := fields.get(f"{name}_{number}")) is not None:
        parts.append(part)
        number += 1
    return "".join(parts)


def _tag(value: str) -> str:
    return tag_text(value).translate(_TAG_ESCAPES)


def _field(name: str, value: float | bool | str) -> str:
    kind = type(value)
    if kind is float:
        return f"{name}={value!r}"
    if kind is int:
        return f"{name}={value}.0"
    if kind is bool:
        return f"{name}={'true' if value else 'false'}"
    parts = _cut(str(value))
    return ",".join(f'{name}_{number}="{part}"' if number else f'{name}="{part}"' for number, part in parts)


def _cut(text: str) -> Iterator[tuple[int, str]]:
    """The text escaped, in parts that a field can hold, numbered from 0."""
    step = MOST_FIELD_BYTES // 4 if not text.isascii() else MOST_FIELD_BYTES
    for number, start in enumerate(range(0, max(1, len(text)), step)):
        yield number, text[start : start + step].translate(_TEXT_ESCAPES)
