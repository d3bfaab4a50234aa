"""Plateaus of the plan, and the windows that certainly lie within them."""

import pytest

from dashboard.runs.live.slo_watch import ObservedWindow
from dashboard.runs.slo.plateaus import TimeSpan, find_load_start, find_plateaus, find_steady_spans, has_ramp

RAMP = ((0.0, 0), (30.0, 10), (90.0, 10), (120.0, 0))
STEPS = ((0.0, 2), (10.0, 2), (10.0, 4), (20.0, 4))
FLAT = ((0.0, 5), (30.0, 5))


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        (FLAT, [(0, 30)]),
        (RAMP, [(30, 90)]),
        (STEPS, [(0, 20)]),
        (((0, 0), (10, 5), (20, 0)), []),
        (((0, 0), (10, 0)), []),
        (((0, 1), (10, 1), (20, 5), (30, 5)), [(0, 10), (20, 30)]),
        ((), []),
    ],
)
def test_plateaus_are_spans_of_constant_load(
    stages: tuple[tuple[float, float], ...], expected: list[tuple[float, float]]
) -> None:
    assert find_plateaus(stages) == expected


@pytest.mark.parametrize(("stages", "ramps"), [(FLAT, False), (STEPS, False), (RAMP, True), ((), False)])
def test_a_jump_is_not_a_ramp(stages: tuple[tuple[float, float], ...], ramps: bool) -> None:
    assert has_ramp(stages) is ramps


def windows(count: int, *, first_users: int = 1, length_s: float = 2.0) -> list[ObservedWindow]:
    """Return windows in which users are active from window number `first_users`."""
    return [
        ObservedWindow(seq * length_s, length_s, 5 if seq >= first_users else 0)
        for seq in range(1, count + 1)
    ]


def test_the_load_starts_with_the_first_user() -> None:
    assert find_load_start(FLAT, windows(5, first_users=9)) is None
    assert find_steady_spans(FLAT, windows(5, first_users=9)) == []


def test_a_long_setup_delays_the_load() -> None:
    assert find_load_start(FLAT, windows(20, first_users=11)) == TimeSpan(19.0, 22.0)


def test_a_ramp_starts_before_its_first_user() -> None:
    assert find_load_start(RAMP, windows(20, first_users=2)) == TimeSpan(0.0, 1.0)


@pytest.mark.parametrize("load_start_s", [0.4, 1.3, 7.9, 31.0])
def test_no_window_overlaps_a_ramp(load_start_s: float) -> None:
    first_user_s = load_start_s + 3.0
    seen = [ObservedWindow(s, 2.0, 1 if s - 0.5 > first_user_s else 0) for s in range(2, 180, 2)]
    (span,) = find_steady_spans(RAMP, seen)
    first = next(w for w in seen if w.elapsed_s > span.from_s)
    assert first.elapsed_s - first.window_s >= load_start_s + 30
    assert span.to_s <= load_start_s + 90
    assert span.to_s - span.from_s > 50


def test_a_plateau_shorter_than_a_window_is_left_out() -> None:
    assert find_steady_spans(((0, 0), (5, 5), (6, 5), (11, 0)), windows(6)) == []
