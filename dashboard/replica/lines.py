"""Line protocol: any text survives as tag or field, and the same point is the same line every time."""

import re
from collections.abc import Iterator, Mapping

Field = float | bool | str | None

# InfluxDB keeps at most 64 KiB of a text; longer ones go on in fields of their own.
MOST_FIELD_BYTES = 60_000
_TAG_ESCAPES = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})
_TEXT_ESCAPES = str.maketrans({'"': r"\"", "\\": r"\\"})
# A tag cannot hold these (a backslash would escape what follows), nor what looks like one of them encoded.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]|%[0-9A-F]{2}")
_ENCODED = re.compile(r"[\x00-\x1f\x7f\\%]")
_CODE = re.compile(r"%([0-9A-F]{2})")


def line(measurement: str, tags: Mapping[str, str | None], fields: Mapping[str, Field], at_ms: int) -> str:
    """One point. Empty tags and missing fields are left out; an empty text when no field is left.

    Numbers are floats, whole ones too: a field that changed its type would be refused for ever.
    """
    written = ",".join(_fields(fields))
    if not written:
        return ""
    keys = "".join(f",{name}={_tag(value)}" for name, value in sorted(tags.items()) if value)
    return f"{measurement}{keys} {written} {at_ms}"


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


def _fields(fields: Mapping[str, Field]) -> Iterator[str]:
    for name, value in fields.items():
        if value is None:
            continue
        if isinstance(value, bool):
            yield f"{name}={'true' if value else 'false'}"
        elif isinstance(value, str):
            for number, part in enumerate(_cut(value)):
                yield f'{name}_{number}="{part}"' if number else f'{name}="{part}"'
        else:
            yield f"{name}={float(value)!r}"


def _cut(text: str) -> Iterator[str]:
    """The text escaped, in parts that a field can hold."""
    step = MOST_FIELD_BYTES // 4 if not text.isascii() else MOST_FIELD_BYTES
    for start in range(0, max(1, len(text)), step):
        yield text[start : start + step].translate(_TEXT_ESCAPES)
