"""k6 scenarios of a start request: validated, limited, and planned as far as their load is known in advance."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard.model.object_reader import ObjectReader
from dashboard.model.plan import (
    CONSTANT_RATE,
    GRACEFUL_STOP_S,
    ParameterError,
    Plan,
    PlanPoint,
    Unit,
    area,
    common_steering_variable,
    count_arrivals,
    sum_of_curves,
)

MAX_SCENARIOS = 20
MAX_TAGS = 10
MAX_JSON_CHARACTERS = 16_000
MAX_ITERATIONS = 1_000_000_000
NAME_PATTERN = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)
TAG_PATTERN = re.compile(r"[A-Za-z_][0-9A-Za-z_]{0,63}", re.ASCII)
# Tags that the dashboard sets itself to distinguish series.
RESERVED_TAGS = (
    *("name", "op", "group", "phase", "check", "reason", "run_id", "scenario", "status", "method", "url"),
    *("error", "error_code", "expected_response", "proto", "tls_version", "ctl"),
)
COMMON_KEYS = ("executor", "startTime", "gracefulStop", "exec", "tags")


@dataclass(frozen=True, slots=True, kw_only=True)
class K6Scenario:
    """One k6 scenario. `curve` is empty if the scenario ends after a number of iterations instead of a duration."""

    start_s: float
    length_s: float
    graceful_stop_s: float
    users: int
    unit: Unit | None
    curve: tuple[PlanPoint, ...]
    iterations: int | None
    iterations_at_end: int = 0

    @property
    def end_s(self) -> float:
        """The time at which its last user is free."""
        return self.start_s + self.length_s + self.graceful_stop_s


def plan_scenarios(profile: str, given: object) -> Plan:
    """Return the plan of `given`, an object like k6's `options.scenarios`. Raises ParameterError with the path."""
    requested = ObjectReader("scenarios", given, None)
    if not 1 <= len(requested.body) <= MAX_SCENARIOS:
        raise ParameterError("scenarios", f"must have 1 to {MAX_SCENARIOS} scenarios by name")
    for name in requested.body:
        if not NAME_PATTERN.fullmatch(name):
            raise ParameterError(
                "scenarios", f'"{name[:64]}" is not a valid name: use 1 to 64 letters, digits, _ and -'
            )
    scenarios = [_scenario(f"scenarios.{name}", body) for name, body in requested.body.items()]
    text = json.dumps(given, separators=(",", ":"), ensure_ascii=False)
    if len(text) > MAX_JSON_CHARACTERS:
        raise ParameterError("scenarios", f"must have at most {MAX_JSON_CHARACTERS} characters as JSON")
    executors = [str(body["executor"]) for body in requested.body.values()]
    return _plan(profile, scenarios, executors, {"LOAD_PROFILE": profile, "SCENARIOS": text})


def _plan(
    profile: str, scenarios: Sequence[K6Scenario], executors: Sequence[str], variables: dict[str, str]
) -> Plan:
    units = {scenario.unit for scenario in scenarios}
    unit = units.pop() if len(units) == 1 else None
    curve = sum_of_curves([scenario.curve for scenario in scenarios]) if unit else ()
    rates = sum_of_curves(
        [scenario.curve for scenario in scenarios if scenario.unit == "rate"] or [(PlanPoint(0, 0),)]
    )
    counted = [scenario.iterations for scenario in scenarios if scenario.iterations is not None]
    planned_s = round(max(scenario.start_s + scenario.length_s for scenario in scenarios), 3)
    longest_s = max(scenario.end_s for scenario in scenarios)
    peak_vus = _peak_users(scenarios)
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
        first_start_s=min(scenario.start_s for scenario in scenarios),
        iterations_at_end=sum(scenario.iterations_at_end for scenario in scenarios),
        variables=variables,
        steering_variable=common_steering_variable(
            executors, simultaneous=peak_vus == sum(scenario.users for scenario in scenarios)
        ),
        graceful_stop_s=round(longest_s - planned_s, 3),
    )


def _peak_users(scenarios: Sequence[K6Scenario]) -> int:
    """Return the highest number of users at a time. k6 keeps those of a scenario from its start until `end_s`."""
    return max(
        sum(other.users for other in scenarios if other.start_s <= one.start_s < other.end_s)
        for one in scenarios
    )


def _scenario(path: str, body: object) -> K6Scenario:
    executor = ObjectReader(path, body, None).body.get("executor")
    if not isinstance(executor, str) or executor not in EXECUTORS:
        raise ParameterError(f"{path}.executor", f"must be one of {', '.join(EXECUTORS)}")
    keys, build = EXECUTORS[executor]
    reader = ObjectReader(path, body, (*COMMON_KEYS, *keys))
    if reader.body.get("exec", "default") != "default":
        raise ParameterError(f"{path}.exec", 'must be "default": the endpoints file defines what users do')
    _check_tags(f"{path}.tags", reader.body.get("tags"))
    return build(reader)


def _check_tags(path: str, tags: object) -> None:
    if tags is None:
        return
    body = ObjectReader(path, tags, None).body
    if len(body) > MAX_TAGS:
        raise ParameterError(path, f"must have at most {MAX_TAGS} tags")
    for name, value in body.items():
        if not TAG_PATTERN.fullmatch(name) or name in RESERVED_TAGS:
            raise ParameterError(path, f'"{name[:64]}" is not a valid tag name, or is reserved')
        if not isinstance(value, str) or not 1 <= len(value) <= 128:
            raise ParameterError(f"{path}.{name}", "must be a string of 1 to 128 characters")


def _constant_vus(reader: ObjectReader) -> K6Scenario:
    vus, length_s = reader.count("vus", 1), reader.duration("duration", min_s=1)
    return _of_users(reader, [PlanPoint(0, vus), PlanPoint(length_s, vus)])


def _ramping_vus(reader: ObjectReader) -> K6Scenario:
    reader.duration("gracefulRampDown", GRACEFUL_STOP_S)
    return _of_users(reader, reader.curve("startVUs", 1, 1.0))


def _constant_rate(reader: ObjectReader) -> K6Scenario:
    rate = reader.count("rate") / reader.duration("timeUnit", 1.0, min_s=0.001)
    length_s = reader.duration("duration", min_s=1)
    return _of_rate(reader, CONSTANT_RATE, [PlanPoint(0, rate), PlanPoint(length_s, rate)])


def _ramping_rate(reader: ObjectReader) -> K6Scenario:
    time_unit_s = reader.duration("timeUnit", 1.0, min_s=0.001)
    return _of_rate(reader, "ramping-arrival-rate", reader.curve("startRate", 0, time_unit_s))


def _per_vu_iterations(reader: ObjectReader) -> K6Scenario:
    vus = reader.count("vus", 1)
    return _by_iterations(reader, vus, vus * reader.count("iterations", 1, maximum=MAX_ITERATIONS))


def _shared_iterations(reader: ObjectReader) -> K6Scenario:
    vus, iterations = reader.count("vus", 1), reader.count("iterations", 1, maximum=MAX_ITERATIONS)
    if iterations < vus:
        raise ParameterError(
            f"{reader.path}.iterations", "must be at least vus, because all users share them"
        )
    return _by_iterations(reader, vus, iterations)


def _of_users(reader: ObjectReader, curve: Sequence[PlanPoint]) -> K6Scenario:
    return _timed(reader, curve, "vus", int(max(point.target for point in curve)))


def _of_rate(reader: ObjectReader, executor: str, curve: Sequence[PlanPoint]) -> K6Scenario:
    allocated = reader.count("preAllocatedVUs")
    maximum = reader.count("maxVUs", allocated)
    if maximum < allocated:
        raise ParameterError(f"{reader.path}.maxVUs", "must be at least preAllocatedVUs")
    iterations, at_end = count_arrivals(executor, curve)
    timed = _timed(reader, curve, "rate", maximum)
    return replace(timed, iterations=iterations, iterations_at_end=at_end)


def _timed(reader: ObjectReader, curve: Sequence[PlanPoint], unit: Unit, users: int) -> K6Scenario:
    if not any(point.target for point in curve) or curve[-1].at_s <= 0:
        raise ParameterError(reader.path, "must have a length above 0 and at least one target above 0")
    start_s = reader.duration("startTime", 0.0)
    return K6Scenario(
        start_s=start_s,
        length_s=curve[-1].at_s,
        graceful_stop_s=reader.duration("gracefulStop", GRACEFUL_STOP_S),
        users=users,
        unit=unit,
        curve=tuple(PlanPoint(round(start_s + at_s, 3), target) for at_s, target in curve),
        iterations=None,
    )


def _by_iterations(reader: ObjectReader, users: int, iterations: int) -> K6Scenario:
    return K6Scenario(
        start_s=reader.duration("startTime", 0.0),
        length_s=reader.duration("maxDuration", 600.0, min_s=1),
        graceful_stop_s=reader.duration("gracefulStop", GRACEFUL_STOP_S),
        users=users,
        unit=None,
        curve=(),
        iterations=iterations,
    )


EXECUTORS: Mapping[str, tuple[tuple[str, ...], Callable[[ObjectReader], K6Scenario]]] = {
    "constant-vus": (("vus", "duration"), _constant_vus),
    "ramping-vus": (("startVUs", "stages", "gracefulRampDown"), _ramping_vus),
    "constant-arrival-rate": (("rate", "timeUnit", "duration", "preAllocatedVUs", "maxVUs"), _constant_rate),
    "ramping-arrival-rate": (("startRate", "timeUnit", "stages", "preAllocatedVUs", "maxVUs"), _ramping_rate),
    "per-vu-iterations": (("vus", "iterations", "maxDuration"), _per_vu_iterations),
    "shared-iterations": (("vus", "iterations", "maxDuration"), _shared_iterations),
}
