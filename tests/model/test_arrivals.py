"""The planned number of iterations is the number that k6 starts."""

import pytest

from dashboard.model.plan import count_arrivals
from dashboard.model.scenarios import plan_scenarios

CONSTANT, RAMPING = "constant-arrival-rate", "ramping-arrival-rate"


# Counts of k6 itself for the same options. An iteration due at the very end of a plan may or may not start.
@pytest.mark.parametrize(
    ("executor", "curve", "started_by_k6"),
    [
        (RAMPING, [(0, 0), (3, 3)], {4}),  # 4.5
        (RAMPING, [(0, 2), (2, 2)], {3, 4}),
        (RAMPING, [(0, 0), (2, 2), (3, 2), (4, 0)], {4, 5}),
        (RAMPING, [(0, 0), (10, 0.1)], {0}),  # 0.5
        (RAMPING, [(0, 5), (0, 1), (2.9, 1)], {2}),
        (RAMPING, [(0, 0), (0.7, 0.1 / 0.7 * 30)], {1}),  # 1.5
        (CONSTANT, [(0, 1.5), (3, 1.5)], {5}),  # 4.5
        (CONSTANT, [(0, 3), (2, 3)], {6, 7}),
        (CONSTANT, [(0, 1), (1.5, 1)], {2}),
        (CONSTANT, [(0, 0.1), (5, 0.1)], {1}),
        (CONSTANT, [(0, 0.7), (10, 0.7)], {7, 8}),
    ],
)
def test_planned_iterations_are_those_of_k6(
    executor: str, curve: list[tuple[float, float]], started_by_k6: set[int]
) -> None:
    count, at_end = count_arrivals(executor, curve)
    assert count - at_end == min(started_by_k6)
    assert count in started_by_k6


def test_scenarios_add_up() -> None:
    ramping = {"executor": RAMPING, "preAllocatedVUs": 1, "stages": [{"duration": "3s", "target": 3}]}
    constant = {"executor": CONSTANT, "rate": 3, "timeUnit": "2s", "duration": "3s", "preAllocatedVUs": 1}
    flat = {
        "executor": RAMPING,
        "startRate": 2,
        "preAllocatedVUs": 1,
        "stages": [{"duration": "2s", "target": 2}],
    }
    plan = plan_scenarios("custom", {"ramping": ramping, "constant": constant, "flat": flat})
    assert (plan.iterations, plan.iterations_at_end) == (4 + 5 + 4, 1)
