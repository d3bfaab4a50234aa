"""Points in line protocol: any text can be stored and read back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboard.replica.line_protocol import (
    MAX_FIELD_BYTES,
    decode_tag,
    encode_tag,
    join_text,
    point_line,
    series_key,
)


def test_point_is_one_line_with_sorted_tags_and_floats() -> None:
    tags = {"run_id": "r", "op": "a b,c=d", "empty": "", "none": None}
    fields: dict[str, float | bool | str | None] = {"n": 3, "yes": True, "text": 'say "hi"\\', "gone": None}
    assert point_line(series_key("k6_op", tags), fields, 5) == (
        r"k6_op,op=a\ b\,c\=d,run_id=r n=3.0,yes=true,text=" + r'"say \"hi\"\\" 5'
    )


def test_point_without_fields_is_empty() -> None:
    assert point_line("k6_op,run_id=r", {"p95_ms": None}, 5) == ""


@given(st.text())
def test_tag_round_trip(text: str) -> None:
    stored = encode_tag(text)
    assert decode_tag(stored) == text
    assert not any(ord(character) < 32 or character == "\\" for character in stored)
    assert "${" not in stored


def test_flux_interpolation_is_encoded() -> None:
    assert encode_tag("${r._value} for $5") == "%24{r._value} for %245"
    assert decode_tag("%24{r._value} for %245") == "${r._value} for $5"


def test_usual_names_are_unchanged() -> None:
    assert encode_tag("50% of /a{b}") == "50% of /a{b}"


def test_long_text_continues_in_additional_fields() -> None:
    text = "x" * (2 * MAX_FIELD_BYTES + 7)
    parts = dict(part.split("=") for part in point_line("m", {"body": text}, 1).split(" ")[1].split(","))
    assert list(parts) == ["body", "body_1", "body_2"]
    assert join_text({name: value.strip('"') for name, value in parts.items()}, "body") == text
    assert join_text({}, "body") is None
