"""A row of the table: its verdict and the format of its numbers."""

import pytest

from bench.table import Row


@pytest.mark.parametrize(
    ("row", "verdict", "budget"),
    [
        (Row(name="x", value=5.0, unit="ms", at_most=5), "ok", "≤ 5 ms"),
        (Row(name="x", value=5.1, unit="ms", at_most=5), "over", "≤ 5 ms"),
        (Row(name="x", value=0.99, at_least=0.99), "ok", "≥ 0.99"),
        (Row(name="x", value=0.98, at_least=0.99), "over", "≥ 0.99"),
        (Row(name="x", value=0.98), "–", "–"),
    ],
)
def test_a_row_has_a_verdict_and_a_budget(row: Row, verdict: str, budget: str) -> None:
    assert (row.verdict, row.budget) == (verdict, budget)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (12_345.6, "12,346"), (99.94, "99.9"), (0.98765, "0.988"), (0.00012, "0.00012"), (3.0, "3")],
)
def test_numbers_have_three_significant_digits(value: float, text: str) -> None:
    assert f"| {text} " in str(Row(name="x", value=value))
