"""k6 scenarios that a run brings itself: checked, limited, and what can be said of their load beforehand."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.model.durations import format_duration, parse_duration
from dashboard.model.plan import (
    GRACEFUL_STOP_S,
    ParameterError,
    Plan,
    PlanPoint,
    Unit,
    area,
    steering_variable_of,
    total_of,
)

MAX_SCENARIOS = 20
MAX_STAGES = 100
MAX_TAGS = 10
MAX_CHARACTERS = 16_000
MAX_COUNT = 1_000_000
MAX_ITERATIONS = 1_000_000_000
NAME = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)
TAG = re.compile(r"[A-Za-z_][0-9A-Za-z_]{0,63}", re.ASCII)
DURATION = re.compile(r"(\d{1,9}(\.\d{1,3})?(ms|s|m|h)){1,4}", re.ASCII)
# Tags by which figures are kept apart.
OWN_TAGS = (
    *("name", "op", "group", "phase", "check", "reason", "run_id", "scenario", "status", "method", "url"),
    *("error", "error_code", "expected_response", "proto", "tls_version", "ctl"),
)
COMMON = ("executor", "startTime", "gracefulStop", "exec", "tags")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One scheduled workload. `curve` is None when it ends by its iterations and not by the clock."""

    start_s: float
    length_s: float
    graceful_stop_s: float
    users: int
    unit: Unit | None
    curve: tuple[PlanPoint, ...]
    iterations: int | None

    @property
    def end_s(self) -> float:
        """When none of its users is needed any more."""
        return self.start_s + self.length_s + self.graceful_stop_s


def plan_scenarios(profile: str, given: object) -> Plan:
    """The plan of `given`, an object as k6's `options.scenarios`. Raises ParameterError with the place."""
    found = _Reader("scenarios", given, None)
    if not 1 <= len(found.body) <= MAX_SCENARIOS:
        raise ParameterError("scenarios", f"must be 1 to {MAX_SCENARIOS} scenarios by name")
    for name in found.body:
        if not NAME.fullmatch(name):
            raise ParameterError(
                "scenarios", f'"{name[:64]}" cannot be a name: letters, digits, _ and - can be in it'
            )
    scenarios = [_scenario(f"scenarios.{name}", body) for name, body in found.body.items()]
    text = json.dumps(given, separators=(",", ":"), ensure_ascii=False)
    if len(text) > MAX_CHARACTERS:
        raise ParameterError("scenarios", f"must have at most {MAX_CHARACTERS} characters as JSON")
    executors = [str(body["executor"]) for body in found.body.values()]
    return _plan(profile, scenarios, executors, {"LOAD_PROFILE": profile, "SCENARIOS": text})


def _plan(
    profile: str, scenarios: Sequence[Scenario], executors: Sequence[str], variables: dict[str, str]
) -> Plan:
    units = {scenario.unit for scenario in scenarios}
    unit = units.pop() if len(units) == 1 else None
    curve = total_of([scenario.curve for scenario in scenarios]) if unit else ()
    rates = total_of(
        [scenario.curve for scenario in scenarios if scenario.unit == "rate"] or [(PlanPoint(0, 0),)]
    )
    counted = [scenario.iterations for scenario in scenarios if scenario.iterations is not None]
    planned_s = round(max(scenario.start_s + scenario.length_s for scenario in scenarios), 3)
    longest_s = max(scenario.end_s for scenario in scenarios)
    peak_vus = _most_users(scenarios)
    return Plan(
        profile=profile,
        executor="scenarios",
        unit=unit,
        stages=curve,
        planned_s=planned_s,
        peak_vus=peak_vus,
        peak_rate=max(point.target for point in rates) if "rate" in {s.unit for s in scenarios} else None,
        vu_seconds=sum(area(scenario.curve) for scenario in scenarios if scenario.unit == "vus"),
        iterations=sum(counted) if counted else None,
        variables=variables,
        steering_variable=steering_variable_of(
            executors, at_once=peak_vus == sum(scenario.users for scenario in scenarios)
        ),
        graceful_stop_s=round(longest_s - planned_s, 3),
    )


def _most_users(scenarios: Sequence[Scenario]) -> int:
    """The most that k6 keeps at a time: those of a scenario from its begin until the last may have finished."""
    return max(
        sum(other.users for other in scenarios if other.start_s <= one.start_s < other.end_s)
        for one in scenarios
    )


def _scenario(place: str, body: object) -> Scenario:
    executor = _Reader(place, body, None).body.get("executor")
    if not isinstance(executor, str) or executor not in EXECUTORS:
        raise ParameterError(f"{place}.executor", f"must be one of {', '.join(EXECUTORS)}")
    keys, build = EXECUTORS[executor]
    read = _Reader(place, body, (*COMMON, *keys))
    if read.body.get("exec", "default") != "default":
        raise ParameterError(f"{place}.exec", 'must be "default": what users do stands in the endpoints file')
    _refuse_tags(f"{place}.tags", read.body.get("tags"))
    return build(read)


def _refuse_tags(place: str, tags: object) -> None:
    if tags is None:
        return
    found = _Reader(place, tags, None).body
    if len(found) > MAX_TAGS:
        raise ParameterError(place, f"must be at most {MAX_TAGS} tags")
    for name, value in found.items():
        if not TAG.fullmatch(name) or name in OWN_TAGS:
            raise ParameterError(place, f'"{name[:64]}" cannot be the name of a tag here')
        if not isinstance(value, str) or not 1 <= len(value) <= 128:
            raise ParameterError(f"{place}.{name}", "must be a text of 1 to 128 characters")


def _constant_vus(read: "_Reader") -> Scenario:
    vus, length_s = read.count("vus", 1), read.duration("duration", least_s=1)
    return _of_users(read, [PlanPoint(0, vus), PlanPoint(length_s, vus)])


def _ramping_vus(read: "_Reader") -> Scenario:
    read.duration("gracefulRampDown", GRACEFUL_STOP_S)
    return _of_users(read, read.curve("startVUs", 1, 1.0))


def _constant_rate(read: "_Reader") -> Scenario:
    rate = read.count("rate") / read.duration("timeUnit", 1.0, least_s=0.001)
    length_s = read.duration("duration", least_s=1)
    return _of_rate(read, [PlanPoint(0, rate), PlanPoint(length_s, rate)])


def _ramping_rate(read: "_Reader") -> Scenario:
    return _of_rate(read, read.curve("startRate", 0, read.duration("timeUnit", 1.0, least_s=0.001)))


def _per_user(read: "_Reader") -> Scenario:
    vus = read.count("vus", 1)
    return _by_iterations(read, vus, vus * read.count("iterations", 1, most=MAX_ITERATIONS))


def _shared(read: "_Reader") -> Scenario:
    vus, iterations = read.count("vus", 1), read.count("iterations", 1, most=MAX_ITERATIONS)
    if iterations < vus:
        raise ParameterError(f"{read.place}.iterations", "must not be fewer than vus: they are shared by all")
    return _by_iterations(read, vus, iterations)


def _of_users(read: "_Reader", curve: Sequence[PlanPoint]) -> Scenario:
    return _timed(read, curve, "vus", int(max(point.target for point in curve)))


def _of_rate(read: "_Reader", curve: Sequence[PlanPoint]) -> Scenario:
    there = read.count("preAllocatedVUs")
    most = read.count("maxVUs", there)
    if most < there:
        raise ParameterError(f"{read.place}.maxVUs", "must not be fewer than preAllocatedVUs")
    return _timed(read, curve, "rate", most)


def _timed(read: "_Reader", curve: Sequence[PlanPoint], unit: Unit, users: int) -> Scenario:
    if not any(point.target for point in curve) or curve[-1].at_s <= 0:
        raise ParameterError(read.place, "must load for some time with more than nothing")
    start_s = read.duration("startTime", 0.0)
    return Scenario(
        start_s=start_s,
        length_s=curve[-1].at_s,
        graceful_stop_s=read.duration("gracefulStop", GRACEFUL_STOP_S),
        users=users,
        unit=unit,
        curve=tuple(PlanPoint(round(start_s + at_s, 3), target) for at_s, target in curve),
        iterations=round(area(curve)) if unit == "rate" else None,
    )


def _by_iterations(read: "_Reader", users: int, iterations: int) -> Scenario:
    return Scenario(
        start_s=read.duration("startTime", 0.0),
        length_s=read.duration("maxDuration", 600.0, least_s=1),
        graceful_stop_s=read.duration("gracefulStop", GRACEFUL_STOP_S),
        users=users,
        unit=None,
        curve=(),
        iterations=iterations,
    )


class _Reader:
    """Values of one object, refused with their place. `known` are the keys it may have."""

    def __init__(self, place: str, body: object, known: Sequence[str] | None) -> None:
        if not isinstance(body, Mapping):
            raise ParameterError(place, 'must be an object such as {"load": {"executor": "constant-vus", …}}')
        for key in body:
            if known is not None and key not in known:
                raise ParameterError(f"{place}.{key[:64]}", f"is not one of {', '.join(known)}")
        self.place = place
        self.body: Mapping[str, Any] = body

    def count(self, key: str, default: int | None = None, *, least: int = 1, most: int = MAX_COUNT) -> int:
        value = self.body.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ParameterError(f"{self.place}.{key}", f"must be a whole number from {least} to {most}")
        return value

    def duration(self, key: str, default_s: float | None = None, *, least_s: float = 0.0) -> float:
        """In seconds. A number would be milliseconds to k6 and seconds to people: it is refused."""
        if key not in self.body and default_s is not None:
            return default_s
        place, text = f"{self.place}.{key}", self.body.get(key)
        if not isinstance(text, str) or not DURATION.fullmatch(text):
            raise ParameterError(place, 'must be a duration with its unit, such as "30s" or "1m30s"')
        try:
            seconds = parse_duration(text)
        except ValueError as error:
            raise ParameterError(place, str(error)) from None
        if seconds < least_s:
            raise ParameterError(place, f"must be at least {format_duration(least_s)}")
        return seconds

    def curve(self, start_key: str, start: int, unit_s: float) -> list[PlanPoint]:
        """Stages as points, targets for each of `unit_s` seconds."""
        stages = self.body.get("stages")
        if not isinstance(stages, list) or not 1 <= len(stages) <= MAX_STAGES:
            raise ParameterError(f"{self.place}.stages", f"must be a list of 1 to {MAX_STAGES} stages")
        points = [PlanPoint(0.0, self.count(start_key, start, least=0) / unit_s)]
        for index, stage in enumerate(stages):
            read = _Reader(f"{self.place}.stages[{index}]", stage, ("duration", "target"))
            at_s = round(points[-1].at_s + read.duration("duration"), 3)
            points.append(PlanPoint(at_s, read.count("target", least=0) / unit_s))
        return points


EXECUTORS: Mapping[str, tuple[tuple[str, ...], Callable[[_Reader], Scenario]]] = {
    "constant-vus": (("vus", "duration"), _constant_vus),
    "ramping-vus": (("startVUs", "stages", "gracefulRampDown"), _ramping_vus),
    "constant-arrival-rate": (("rate", "timeUnit", "duration", "preAllocatedVUs", "maxVUs"), _constant_rate),
    "ramping-arrival-rate": (("startRate", "timeUnit", "stages", "preAllocatedVUs", "maxVUs"), _ramping_rate),
    "per-vu-iterations": (("vus", "iterations", "maxDuration"), _per_user),
    "shared-iterations": (("vus", "iterations", "maxDuration"), _shared),
}
