"""Line charts as SVG, for a report that is opened without scripts. All texts are numbers or from this package."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil, floor, log10
from pathlib import Path

from dashboard.reports.texts import format_clock
from dashboard.templating import render

TEMPLATES = Path(__file__).with_name("templates")
WIDTH, HEIGHT = 640, 200
LEFT, RIGHT, TOP, BOTTOM = 52, 628, 12, 172
TICKS = 4
MAX_POINTS = 180
Column = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Line:
    """One series of a chart."""

    name: str
    values: Column
    color: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A position on an axis with its label."""

    at: float
    label: str


def svg_chart(title: str, seconds: Column, lines: Sequence[Line]) -> str:
    """Return the chart. A missing value interrupts its line. Of many points, only the highest in each span is drawn."""
    span = ceil(len(seconds) / MAX_POINTS)
    seconds = seconds[span - 1 :: span] if span > 1 else seconds
    lines = [replace(line, values=_highest(line.values, span)[: len(seconds)]) for line in lines]
    top = round_up(max((value for line in lines for value in line.values if value is not None), default=0.0))
    length_s = max((second for second in seconds if second is not None), default=0.0) or 1.0
    return render(
        TEMPLATES,
        "chart.svg.j2",
        title=title,
        box=(WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM),
        y_ticks=[Tick(_y(top * n / TICKS, top), f"{top * n / TICKS:,.6g}") for n in range(TICKS + 1)],
        x_ticks=[
            Tick(_x(length_s * n / TICKS, length_s), format_clock(length_s * n / TICKS))
            for n in range(TICKS + 1)
        ],
        lines=[(line, " ".join(_segments(line.values, seconds, length_s, top))) for line in lines],
    )


def round_up(value: float) -> float:
    """Return the next number above `value` that divides into round ticks; 1 for 0."""
    if value <= 0:
        return 1.0
    step = 10.0 ** floor(log10(value))
    return next(
        float(step * factor) for factor in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if step * factor >= value
    )


def _highest(values: Column, span: int) -> list[float | None]:
    parts = ([v for v in values[at : at + span] if v is not None] for at in range(0, len(values), span))
    return [max(part, default=None) for part in parts]


def _segments(values: Column, seconds: Column, length_s: float, top: float) -> Iterator[str]:
    """Yield one path for each run of known values."""
    points = zip(seconds, values, strict=True)
    for is_known, group in groupby(points, key=lambda point: point[0] is not None and point[1] is not None):
        if is_known:
            places = [
                f"{_x(second or 0.0, length_s):.0f} {_y(value or 0.0, top):.0f}" for second, value in group
            ]
            yield "M" + "L".join(places if len(places) > 1 else places * 2)


def _x(second: float, length_s: float) -> float:
    return LEFT + (RIGHT - LEFT) * second / length_s


def _y(value: float, top: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * value / top
