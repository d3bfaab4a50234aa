"""The load of the thread groups of a JMeter plan: users over time."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from dashboard.discovery.discovered import LoadSuggestion
from dashboard.discovery.recordings.jmeter_tree import PlanElement
from dashboard.model.k6_config import LOAD_LIMITS

DEFAULT_LENGTH_S: Final = 60
_MAX_LENGTH_S: Final = 7 * 86_400
_MAX_STAGES: Final = LOAD_LIMITS["max_stages"]
_MAX_USERS: Final = LOAD_LIMITS["max_stage_target"]
_CONCURRENCY: Final = "com.blazemeter.jmeter.threads.concurrency.ConcurrencyThreadGroup"
_ULTIMATE: Final = "kg.apc.jmeter.threads.UltimateThreadGroup"
_STEPPING: Final = "kg.apc.jmeter.threads.SteppingThreadGroup"
_ONCE_GROUPS: Final = ("SetupThreadGroup", "PostThreadGroup")
Literal = Callable[[str], str | None]


class LoadPoint(NamedTuple):
    """Users at a time. Two points at one time are a jump."""

    at_s: float
    users: float


class GroupLoad(NamedTuple):
    """The users of a thread group over time."""

    users: int
    points: tuple[LoadPoint, ...]
    is_length_known: bool


def is_thread_group(element: PlanElement) -> bool:
    """Return whether an element sends its requests for the whole load, as thread groups of all plugins do."""
    return element.tag.endswith("ThreadGroup") and element.tag not in _ONCE_GROUPS


def load_of_group(group: PlanElement, literal: Literal) -> GroupLoad:
    """Return the load of a thread group. `literal` resolves the variables of a text."""

    def number(name: str, default: float = 0) -> float:
        return _number(literal(group.text(name)), default)

    if group.tag == _CONCURRENCY:
        factor = 60 if group.text("Unit", "M") == "M" else 1
        users, ramp_s, hold_s = number("TargetLevel", 1), number("RampUp") * factor, number("Hold") * factor
        return _simple(users, 0, ramp_s, ramp_s + (hold_s or DEFAULT_LENGTH_S), is_known=hold_s > 0)
    if group.tag == _ULTIMATE:
        return _ultimate(group, literal)
    if group.tag == _STEPPING:
        return _stepping(number)
    duration_s = number("ThreadGroup.duration") if group.is_true("ThreadGroup.scheduler") else 0.0
    ramp_s, delay_s = number("ThreadGroup.ramp_time"), number("ThreadGroup.delay")
    length_s = duration_s or ramp_s + DEFAULT_LENGTH_S
    delay_s = delay_s if group.is_true("ThreadGroup.scheduler") else 0.0
    return _simple(
        number("ThreadGroup.num_threads", 1),
        delay_s,
        min(ramp_s, length_s),
        length_s,
        is_known=duration_s > 0,
    )


def _simple(users: float, delay_s: float, ramp_s: float, length_s: float, *, is_known: bool) -> GroupLoad:
    start = [LoadPoint(0, 0), LoadPoint(delay_s, 0)]
    end_s = delay_s + length_s
    ramp = [LoadPoint(delay_s + (ramp_s if ramp_s > 1 else 0), users)]  # JMeter's default ramp of 1 s is none
    return GroupLoad(int(users), (*start, *ramp, LoadPoint(end_s, users), LoadPoint(end_s, 0)), is_known)


def _ultimate(group: PlanElement, literal: Literal) -> GroupLoad:
    """Return the sum of the rows of an Ultimate Thread Group: users, delay, startup, hold and shutdown time."""
    rows = []
    for item in group.items("ultimatethreadgroupdata"):
        values = [_number(literal(one.text or ""), 0) for one in item.source]
        if len(values) == 5:
            users, delay_s, startup_s, hold_s, shutdown_s = values
            times = (0, delay_s, delay_s + startup_s, delay_s + startup_s + hold_s)
            points = [*map(LoadPoint, times, (0, 0, users, users)), LoadPoint(times[-1] + shutdown_s, 0)]
            rows.append(GroupLoad(int(users), tuple(points), is_length_known=True))
    return GroupLoad(sum(row.users for row in rows), tuple(_sum(rows)), bool(rows))


def _stepping(number: Callable[..., float]) -> GroupLoad:
    users, step = number("ThreadGroup.num_threads", 1), number("Start users count", 1) or 1
    delay_s, pause_s = number("Threads initial delay"), number("Start users period")
    current, at_s = min(users, number("Start users count burst") or step), delay_s
    points = [LoadPoint(0, 0), LoadPoint(at_s, 0), LoadPoint(at_s, current)]
    while current < users and len(points) < 2 * _MAX_STAGES:
        at_s += pause_s
        points.append(LoadPoint(at_s, current))
        current = min(users, current + step)
        points.append(LoadPoint(at_s, current))
    hold_s = number("flighttime") or DEFAULT_LENGTH_S
    return GroupLoad(
        int(users),
        (*points, LoadPoint(at_s + hold_s, users), LoadPoint(at_s + hold_s, 0)),
        is_length_known=True,
    )


def suggest_load(loads: Sequence[GroupLoad]) -> LoadSuggestion | None:
    """Return the sum of all thread groups as stages of users."""
    stages = _stages(_sum(loads))
    if not any(stage["target"] for stage in stages):
        return None
    length = sum(float(stage["duration"][:-2]) for stage in stages)
    reason = (
        f"{sum(load.users for load in loads):,} users, from the thread groups of the plan ({len(loads)})."
    )
    if not all(load.is_length_known for load in loads):
        reason += f" The plan sets no duration, so the users stay for {DEFAULT_LENGTH_S} s."
    if len(stages) > _MAX_STAGES or length < LOAD_LIMITS["min_length_ms"]:
        users = max(stage["target"] for stage in stages)
        stages = _stages(
            [LoadPoint(0, 0), LoadPoint(0, users), LoadPoint(max(length / 1000, DEFAULT_LENGTH_S), users)]
        )
        reason += " Their curve has too many stages, so it is replaced by its maximum."
    return LoadSuggestion(fields={"profile": "custom", "unit": "vus", "stages": stages}, reason=reason)


def _sum(loads: Sequence[GroupLoad]) -> list[LoadPoint]:
    """Return the sum of curves at all of their times, with both values where one of them jumps."""
    times = sorted({point.at_s for load in loads for point in load.points})
    points = []
    for at_s in times[: 4 * _MAX_STAGES]:
        before = sum(_value(load.points, at_s, is_before=True) for load in loads)
        after = sum(_value(load.points, at_s, is_before=False) for load in loads)
        points += [LoadPoint(at_s, before), LoadPoint(at_s, after)]
    return points


def _value(points: Sequence[LoadPoint], at_s: float, *, is_before: bool) -> float:
    """Return the value of a curve directly before or after a time."""
    same = [point.users for point in points if point.at_s == at_s]
    if same:
        return same[0] if is_before else same[-1]
    earlier = [point for point in points if point.at_s < at_s]
    later = [point for point in points if point.at_s > at_s]
    if not earlier or not later:
        return 0
    (start_s, start), (end_s, end) = earlier[-1], later[0]
    return start + (end - start) * (at_s - start_s) / (end_s - start_s)


def _stages(points: Sequence[LoadPoint]) -> list[dict[str, Any]]:
    """Return the stages through the points. A stage that changes nothing is left out, and the final drop to 0."""
    stages: list[dict[str, Any]] = []
    now_s, users = 0.0, 0
    for at_s, value in points:
        target = min(_MAX_USERS, round(value))
        if at_s > now_s or target != users:
            stages.append({"duration": f"{(at_s - now_s) * 1000:.0f}ms", "target": target})
        now_s, users = at_s, target
    if stages and stages[-1] == {"duration": "0ms", "target": 0}:
        stages.pop()
    return stages


def _number(text: str | None, default: float) -> float:
    match = re.fullmatch(r"\s*(\d{1,9}(?:\.\d{1,3})?)\s*", text or "")
    return min(float(match[1]), _MAX_LENGTH_S) if match else default
