"""Reads load profiles from the parsed `k6/config/profiles.json`. An error names the path in the file."""

from collections.abc import Mapping

from dashboard.model.profile import CUSTOM, EXECUTORS, PARAMETER_OF, LoadProfile
from dashboard.model.quantity import (
    ProfileError,
    ProfileStage,
    Quantity,
    read_number,
    read_quantity,
    read_stage,
)

REQUEST_FIELDS = ("rate", "vus", "duration", "ramp_duration", "unit", "stages", "scenarios")


def load_profiles(data: Mapping[str, object]) -> Mapping[str, LoadProfile]:
    """Return the profiles in `data`, by name. Raises ProfileError with the path."""
    return {name: _profile(name, body) for name, body in data.items()}


def _profile(name: str, body: object) -> LoadProfile:
    if not isinstance(body, dict):
        raise ProfileError(f"{name}: must be an object")
    executor = body.get("executor")
    if executor not in (*EXECUTORS, CUSTOM):
        raise ProfileError(f"{name}.executor: must be one of {', '.join((*EXECUTORS, CUSTOM))}")
    variables = _variables(name, body.get("variables"))
    vus, start, stages = _shape(name, body, variables)
    uses = body.get("uses")
    if not isinstance(uses, list) or any(use not in REQUEST_FIELDS for use in uses):
        raise ProfileError(f"{name}.uses: must be a list of {', '.join(REQUEST_FIELDS)}")
    if body.get("duration_sets") not in variables and executor != CUSTOM:
        raise ProfileError(f"{name}.duration_sets: must be one of its variables")
    return LoadProfile(
        name=name,
        purpose=str(body.get("purpose", "")),
        uses=tuple(uses),
        duration_sets=None if executor == CUSTOM else str(body["duration_sets"]),
        ignores_settings=body.get("ignores_settings") is True,
        variables=variables,
        executor=str(executor),
        vus=vus,
        start=start,
        stages=stages,
    )


def _variables(name: str, body: object) -> dict[str, float]:
    if not isinstance(body, dict) or not body:
        raise ProfileError(f"{name}.variables: must be an object with a default for each variable")
    values: dict[str, float] = {}
    for variable, default in body.items():
        if variable not in PARAMETER_OF:
            raise ProfileError(f"{name}.variables.{variable}: unknown variable")
        values[variable] = read_number(f"{name}.variables.{variable}", default)
    return values


def _shape(
    name: str, body: Mapping[str, object], known: Mapping[str, float]
) -> tuple[Quantity | None, Quantity, tuple[ProfileStage, ...]]:
    """Return the users of a rate, the start and the stages. A constant executor has one level and a duration."""
    if body["executor"] == "constant-arrival-rate":
        vus = read_quantity(f"{name}.vus", body.get("vus"), known)
        return vus, *_level(name, "rate", body, known)
    if body["executor"] == "constant-vus":
        return None, *_level(name, "vus", body, known)
    raw = body.get("stages")
    if not isinstance(raw, list) or not raw:
        raise ProfileError(f"{name}.stages: must be a list with at least one stage")
    stages = tuple(read_stage(f"{name}.stages[{index}]", stage, known) for index, stage in enumerate(raw))
    return None, read_quantity(f"{name}.start", body.get("start"), known), stages


def _level(
    name: str, key: str, body: Mapping[str, object], known: Mapping[str, float]
) -> tuple[Quantity, tuple[ProfileStage, ...]]:
    level = read_quantity(f"{name}.{key}", body.get(key), known)
    duration = read_quantity(f"{name}.duration", body.get("duration"), known)
    return level, (ProfileStage(target=level, duration=duration),)
