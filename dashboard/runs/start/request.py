"""What is asked of the supervisor, and how it is resolved and refused before anything starts."""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any
from urllib.parse import SplitResult, urlsplit

from dashboard.model.custom import GivenStage
from dashboard.model.durations import format_duration, parse_duration
from dashboard.model.errors import Forbidden, InvalidRequest
from dashboard.model.plan import SteeringVariable, ParameterError, Plan, Unit
from dashboard.model.profile import LoadProfile, Parameters, plan, resolve
from dashboard.settings import Settings

FIELD_OF = {
    "duration_s": "duration",
    "soak_duration_s": "duration",
    "stress_step_duration_s": "duration",
    "spike_duration_s": "duration",
    "ramp_duration_s": "ramp_duration",
}
UNASKED_PUBLIC_VUS = 50
# Fields that only some profile has; the others mean something, if not much, in each.
OWNERS = {"rate": "arrival", "unit": "custom", "stages": "custom", "scenarios": "custom"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    """A wish for a run; None leaves a value to the settings. `credentials` are by setting name."""

    profile: str
    base_url: str | None = None
    rate: int | None = None
    vus: int | None = None
    duration: str | None = None
    ramp_duration: str | None = None
    unit: Unit | None = None
    stages: tuple[tuple[str, int], ...] | None = None
    scenarios: Mapping[str, object] | None = None
    auth_mode: str | None = None
    auth_api_key_header: str | None = None
    auth_refresh_interval: float | None = None
    credentials: dict[str, str] = field(default_factory=dict)
    network: Mapping[str, Any] = field(default_factory=dict)
    env_profile: str | None = None
    label: str | None = None
    meta: dict[str, str] = field(default_factory=dict)
    apdex_t_ms: float | None = None
    steerable: bool | None = None
    queue: bool = False
    confirm: bool = False


def plan_for(request: StartRequest, profile: LoadProfile, settings: Settings) -> Plan:
    """The plan of `request` within the limits of the settings. Raises InvalidRequest naming the field."""
    for name, owner in OWNERS.items():
        if getattr(request, name) is not None and name not in profile.uses:
            raise InvalidRequest.field(name, f"is for the profile {owner}; {profile.name} does not use it")
    asked = Parameters(
        rate=request.rate,
        vus=request.vus,
        duration_s=_duration("duration", request.duration),
        ramp_duration_s=_duration("ramp_duration", request.ramp_duration),
        unit=request.unit,
        stages=_stages(request.stages),
        scenarios=request.scenarios,
    )
    defaults = Parameters(
        rate=settings.rate,
        vus=settings.vus,
        duration_s=parse_duration(settings.duration),
        ramp_duration_s=parse_duration(settings.ramp_duration),
        soak_duration_s=parse_duration(settings.soak_duration),
        stress_step_duration_s=parse_duration(settings.stress_step_duration),
        spike_duration_s=parse_duration(settings.spike_duration),
    )
    try:
        planned = plan(profile, resolve(profile, asked, defaults))
    except ParameterError as error:
        raise InvalidRequest.field(FIELD_OF.get(error.field, error.field), error.message) from None
    _refuse_beyond_limits(planned, request, settings)
    return planned


def steering_variable_of(request: StartRequest, plan: Plan) -> SteeringVariable | None:
    """What can be changed while the run is live. Raises InvalidRequest when it is asked for in vain."""
    if request.steerable and plan.steering_variable is None:
        words = f"{plan.profile} cannot be steered: that is for constant users and for rates, as soak and arrival have"
        raise InvalidRequest.field("steerable", words)
    return plan.steering_variable if request.steerable else None


def _stages(stages: tuple[tuple[str, int], ...] | None) -> tuple[GivenStage, ...] | None:
    if stages is None:
        return None
    read = [_duration(f"stages[{index}].duration", text) or 0.0 for index, (text, _) in enumerate(stages)]
    return tuple(GivenStage(at_s, target) for at_s, (_, target) in zip(read, stages, strict=True))


def _refuse_beyond_limits(planned: Plan, request: StartRequest, settings: Settings) -> None:
    if planned.peak_vus > settings.max_vus:
        raise InvalidRequest.field(
            _field_above(settings.max_vus, "vus", planned, request),
            f"{planned.profile} would use {planned.peak_vus} users, MAX_VUS allows {settings.max_vus}",
        )
    if planned.peak_rate is not None and planned.peak_rate > settings.max_rate:
        raise InvalidRequest.field(
            _field_above(settings.max_rate, "rate", planned, request),
            f"{planned.peak_rate:g} a second is more than MAX_RATE allows: {settings.max_rate}",
        )
    if planned.planned_s > parse_duration(settings.max_duration):
        length = format_duration(planned.planned_s)
        given = [name for name in ("scenarios", "stages") if getattr(request, name) is not None]
        raise InvalidRequest.field(
            given[0] if given else "duration",
            f"{planned.profile} would take {length}, MAX_DURATION allows {settings.max_duration}",
        )


def _field_above(limit: int, field: Unit, planned: Plan, request: StartRequest) -> str:
    """The field of `request` that asks for more than the limit of `field`."""
    if request.scenarios is not None:
        return "scenarios"
    if request.stages is not None and planned.unit == field:
        return next(
            f"stages[{index}].target" for index, (_, target) in enumerate(request.stages) if target > limit
        )
    return field


def _duration(name: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return parse_duration(text)
    except ValueError as error:
        raise InvalidRequest.field(name, str(error)) from None


def target_of(base_url: str | None, settings: Settings) -> str:
    """The target to load: `base_url`, else the setting, checked. Raises InvalidRequest or Forbidden."""
    text = (settings.base_url if base_url is None else base_url).strip()
    if not text:
        raise InvalidRequest.field("base_url", "no target: give one, for example http://127.0.0.1:8000")
    url = _parsed(text)
    host = url.hostname or ""
    allowed = settings.allowed_targets
    if allowed and not any(fnmatch(host.lower(), pattern.lower()) for pattern in allowed):
        raise Forbidden(f"base_url: {host} is not in ALLOWED_TARGETS")
    return text.rstrip("/")


def _parsed(text: str) -> SplitResult:
    problem = "must be an address such as http://127.0.0.1:8000"
    if any(ord(character) <= 32 or ord(character) == 127 for character in text):
        raise InvalidRequest.field("base_url", f"{problem}, without spaces")
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        raise InvalidRequest.field("base_url", problem) from None
    if url.scheme not in ("http", "https") or not url.hostname:
        raise InvalidRequest.field("base_url", problem)
    if url.username is not None or url.password is not None:
        raise InvalidRequest.field(
            "base_url", "must not hold a user or password: use the authentication fields"
        )
    if url.query or url.fragment:
        raise InvalidRequest.field("base_url", "must not have a query or fragment")
    return url


def is_public(host: str) -> bool:
    """Whether any address of `host` is a public one; a name that does not resolve is not."""
    try:
        found = {
            str(entry[4][0]).split("%")[0]
            for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        }
    except OSError:
        return False
    return any(ipaddress.ip_address(address).is_global for address in found)
