"""Numbers have no exponent, wherever they are shown."""

import pytest

from dashboard.model.number_text import FULL_DIGITS, SETTING_DIGITS, exact_text, format_number


@pytest.mark.parametrize(
    ("value", "significant", "text"),
    [
        (0, 3, "0"),
        (-0.0, 3, "0"),
        (1_234_567, 3, "1234567"),
        (999.6, 3, "1000"),
        (99.96, 3, "100"),
        (1234.56, 3, "1235"),
        (3.14159, 3, "3.14"),
        (12.0, 3, "12"),
        (0.00001, 3, "0.00001"),
        (-0.0000123456, 3, "-0.0000123"),
        (1e21, 3, "1000000000000000000000"),
        (1_000_000.0, SETTING_DIGITS, "1000000"),
        (1234.5678, SETTING_DIGITS, "1234.57"),
        (0.1 + 0.2, FULL_DIGITS, "0.3"),
    ],
)
def test_numbers_are_written_as_people_write_them(value: float, significant: int, text: str) -> None:
    assert format_number(value, significant) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-05, "0.00001"),
        (1e16, "10000000000000000"),
        (1.5e300, f"15{'0' * 299}"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1000.0, "1000.0"),
        (-2.5e-7, "-0.00000025"),
    ],
)
def test_exact_text_keeps_the_value(value: float, text: str) -> None:
    assert exact_text(value) == text
    assert float(exact_text(value)) == value
