"""Charts without scripts: their paths, gaps and axes."""

from xml.etree import ElementTree as ET

import pytest

from dashboard.reports.svg_chart import Line, round_up, svg_chart


def paths_of(svg: str) -> list[str]:
    return [element.attrib["d"] for element in ET.fromstring(svg).iter() if element.get("fill") == "none"]


def test_a_line_covers_the_plot_and_is_interrupted_by_missing_values() -> None:
    svg = svg_chart("p95", [0.0, 2.0, 4.0, 6.0, 8.0], [Line("p95", [0.0, 100.0, None, 50.0, 50.0], "#000")])
    assert paths_of(svg) == ["M52 172L196 12 M484 92L628 92"]


def test_a_single_value_is_a_dot_and_nothing_is_an_empty_chart() -> None:
    assert paths_of(svg_chart("p95", [2.0], [Line("p95", [5.0], "#000")])) == ["M628 39L628 39"]
    assert paths_of(svg_chart("p95", [2.0], [Line("p95", [None], "#000")])) == [""]


def test_many_points_are_reduced_without_losing_spikes() -> None:
    values = [1.0] * 500
    values[333] = 10.0
    (path,) = paths_of(
        svg_chart("p95", [float(second) for second in range(1, 501)], [Line("p95", list(values), "#000")])
    )
    assert path.count("L") < 180
    assert " 12" in path  # the top


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (0.3, 0.32), (1, 1), (5, 6), (101, 120), (999, 1_000), (1_500, 1_600)]
)
def test_the_axis_ends_at_a_round_number(value: float, top: float) -> None:
    assert round_up(value) == pytest.approx(top)
