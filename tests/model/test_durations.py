"""Durations as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.model.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("90", 90), ("0", 0), ("30s", 30), ("1m30s", 90), ("1h", 3600), ("500ms", 0.5), ("1.5s", 1.5)),
        *((" 2m ", 120), ("1h2m3s4ms", 3723.004), ("1d", 86400), ("0.0004s", 0.0)),
    ],
)
def test_a_duration_is_parsed(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", " ", "s", "-5s", "+5s", "1x", "1 m", "1m 30s", "nan", "inf", "1e3", "٣s", "5S", "1..5s"]
)
def test_an_invalid_duration_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


def test_a_long_text_is_rejected_without_being_repeated() -> None:
    with pytest.raises(ValueError, match="short text") as caught:
        parse_duration("9" * 5000)
    assert len(str(caught.value)) < 200


def test_more_than_a_year_is_rejected() -> None:
    with pytest.raises(ValueError, match="longer than a year"):
        parse_duration("9000h")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.5, "500ms"),
        (30, "30s"),
        (90, "1m30s"),
        (3600, "1h"),
        (3723.004, "1h2m3s4ms"),
        (59.9996, "1m"),
    ],
)
def test_seconds_are_formatted_in_the_shortest_form(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_seconds_out_of_range_are_not_formatted(seconds: float) -> None:
    with pytest.raises(ValueError, match="is not between 0 and a year"):
        format_duration(seconds)


@given(st.integers(min_value=0, max_value=366 * 86_400_000))
def test_formatting_and_parsing_keep_every_millisecond(milliseconds: int) -> None:
    assert parse_duration(format_duration(milliseconds / 1000)) == milliseconds / 1000
