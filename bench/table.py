"""A row of the performance table: a measured value and its budget."""

from dataclasses import dataclass

WIDTHS = (58, 22, 12, 7)
TITLES = ("name", "measured", "budget", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`at_most` and `at_least` are budgets; a row without a budget is informational. `detail` explains the value."""

    name: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None
    detail: str = ""

    @property
    def ok(self) -> bool | None:
        """Whether the value is within its budget; None without a budget."""
        if self.at_most is None and self.at_least is None:
            return None
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    @property
    def verdict(self) -> str:
        """The verdict as shown in the table."""
        return {True: "ok", False: "over", None: "–"}[self.ok]

    @property
    def budget(self) -> str:
        """The budget with its unit."""
        if self.at_most is not None:
            return f"≤ {_text(self.at_most, self.unit)}"
        return "–" if self.at_least is None else f"≥ {_text(self.at_least, self.unit)}"

    def __str__(self) -> str:
        cells = (self.name, _text(self.value, self.unit), self.budget, self.verdict)
        return _line(cells) + f" {self.detail} |"


def heading() -> str:
    """Return the first two lines of the Markdown table."""
    return _line(TITLES) + " detail |\n|" + "|".join("---" for _ in (*TITLES, "detail")) + "|"


def _line(cells: tuple[str, ...]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True))
    return "| " + " | ".join(padded) + " |"


def _text(value: float, unit: str) -> str:
    """Format the value with three or four significant digits and without an exponent."""
    size = abs(value)
    number = (
        f"{value:,.0f}"
        if size >= 100 or value == int(value)
        else f"{value:.1f}"
        if size >= 10
        else f"{value:.3g}"
    )
    return f"{number} {unit}".rstrip()
