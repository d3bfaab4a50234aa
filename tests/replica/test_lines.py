from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboard.replica.lines import MOST_FIELD_BYTES, joined, line, series, tag_text, text_of_tag


def test_a_point_is_one_line_with_sorted_tags_and_floats() -> None:
    tags = {"run_id": "r", "op": "a b,c=d", "empty": "", "none": None}
    fields = {"n": 3, "yes": True, "text": 'say "hi"\\', "gone": None}
    assert line(series("k6_op", tags), fields, 5) == (
        r"k6_op,op=a\ b\,c\=d,run_id=r n=3.0,yes=true,text=" + r'"say \"hi\"\\" 5'
    )


def test_a_point_without_fields_is_none() -> None:
    assert line("k6_op,run_id=r", {"p95_ms": None}, 5) == ""


@given(st.text())
def test_a_tag_can_be_read_back(text: str) -> None:
    stored = tag_text(text)
    assert text_of_tag(stored) == text
    assert not any(ord(character) < 32 or character == "\\" for character in stored)
    assert "${" not in stored


def test_what_grafana_would_take_for_flux_is_encoded() -> None:
    assert tag_text("${r._value} for $5") == "%24{r._value} for %245"
    assert text_of_tag("%24{r._value} for %245") == "${r._value} for $5"


def test_usual_names_stay_as_they_are() -> None:
    assert tag_text("50% of /a{b}") == "50% of /a{b}"


def test_a_long_text_goes_on_in_fields_of_its_own() -> None:
    text = "x" * (2 * MOST_FIELD_BYTES + 7)
    parts = dict(part.split("=") for part in line("m", {"body": text}, 1).split(" ")[1].split(","))
    assert list(parts) == ["body", "body_1", "body_2"]
    assert joined({name: value.strip('"') for name, value in parts.items()}, "body") == text
    assert joined({}, "body") is None
