"""Numbers as people write them: with as many digits as they need, and never with an exponent."""

from decimal import Decimal
from math import floor, isfinite, log10

SHORT_DIGITS = 3
FULL_DIGITS = 15
SETTING_DIGITS = 6


def format_number(value: float, significant: int = SHORT_DIGITS) -> str:
    """Return decimal text without exponent or trailing zeros. Whole digits are never rounded away."""
    if isinstance(value, int) or not isfinite(value):
        return str(value)
    if not value:
        return "0"
    decimals = max(0, significant - 1 - floor(log10(abs(value))))
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text


def setting_text(value: float) -> str:
    """Return a value that people set, such as a limit or a length, with at most six significant digits."""
    return format_number(value, SETTING_DIGITS)


def exact_text(value: float) -> str:
    """Return the shortest decimal text without exponent that is the same number again."""
    return format(Decimal(repr(value)), "f")
