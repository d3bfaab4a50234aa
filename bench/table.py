"""One row of the performance table: what was measured, and the budget that it is held against."""

from dataclasses import dataclass

WIDTHS = (58, 22, 12, 7)
TITLES = ("name", "measured", "budget", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`most` and `least` are budgets; a row without one informs. `detail` is what else the figure needs."""

    name: str
    value: float
    unit: str = ""
    most: float | None = None
    least: float | None = None
    detail: str = ""

    @property
    def ok(self) -> bool | None:
        """Within its budget; None without one."""
        if self.most is None and self.least is None:
            return None
        return (self.most is None or self.value <= self.most) and (
            self.least is None or self.value >= self.least
        )

    @property
    def verdict(self) -> str:
        """In words."""
        return {True: "ok", False: "over", None: "–"}[self.ok]

    @property
    def budget(self) -> str:
        """The bound with its unit."""
        if self.most is not None:
            return f"≤ {_text(self.most, self.unit)}"
        return "–" if self.least is None else f"≥ {_text(self.least, self.unit)}"

    def __str__(self) -> str:
        cells = (self.name, _text(self.value, self.unit), self.budget, self.verdict)
        return _line(cells) + f" {self.detail} |"


def heading() -> str:
    """The first two lines of the table, which is Markdown and reads well in a terminal too."""
    return _line(TITLES) + " detail |\n|" + "|".join("---" for _ in (*TITLES, "detail")) + "|"


def _line(cells: tuple[str, ...]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True))
    return "| " + " | ".join(padded) + " |"


def _text(value: float, unit: str) -> str:
    """Three or four digits that matter, never an exponent."""
    size = abs(value)
    number = (
        f"{value:,.0f}"
        if size >= 100 or value == int(value)
        else f"{value:.1f}"
        if size >= 10
        else f"{value:.3g}"
    )
    return f"{number} {unit}".rstrip()
