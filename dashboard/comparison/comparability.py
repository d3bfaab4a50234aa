"""What makes two runs hard to compare: one warning for each condition that differs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from dashboard.comparison.judgment import A_AND_B, SideNames
from dashboard.model.number_text import setting_text
from dashboard.model.planned_load import format_duration, load_text
from dashboard.model.run import Run, RunStatus, Verdict

LENGTH_TOLERANCE = 0.05
MEMORY_TOLERANCE = 0.05
_UNKNOWN = "unknown"
# The conditions under which figures cannot be compared at all.
_BLOCKING = frozenset({"profile", "shape", "planned_length", "steered", "status", "verdict"})
_BLOCKING_RANGES = frozenset({"verdict"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparabilityWarning:
    """A condition that differs, or a problem of one run. `a` and `b` are its values for display.

    blocking: the runs are not comparable; otherwise their difference is only less certain
    """

    condition: str
    message: str
    a: str | None
    b: str | None
    blocking: bool = False

    @property
    def text(self) -> str:
        """The message with both values."""
        return self.message if self.a is None or self.b is None else f"{self.message}: {self.a} and {self.b}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRun:
    """A run and the time range to compare. Without a range, the whole run is compared."""

    run: Run
    from_s: float | None = None
    to_s: float | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the whole run is compared."""
        return self.from_s is None

    @property
    def length_s(self) -> float | None:
        """The length of the compared range."""
        if self.from_s is not None and self.to_s is not None:
            return self.to_s - self.from_s
        return self.run.elapsed_s


def comparability_warnings(
    a: ComparedRun, b: ComparedRun, names: SideNames = A_AND_B
) -> tuple[ComparabilityWarning, ...]:
    """Return all warnings. Runs without a blocking one are comparable.

    A user who selects ranges decides which parts to compare. A different load or an unfinished run then blocks nothing.
    """
    warnings = (
        *_load_warnings(a, b),
        *_target_warnings(a.run, b.run),
        *_measurement_warnings(a.run, b.run),
        *_outcome_warnings(a.run, b.run, names),
    )
    is_blocking = _BLOCKING if a.is_whole and b.is_whole else _BLOCKING_RANGES
    return tuple(replace(warning, blocking=warning.condition in is_blocking) for warning in warnings)


def _load_warnings(a: ComparedRun, b: ComparedRun) -> Iterator[ComparabilityWarning]:
    profiles = a.run.config.profile, b.run.config.profile
    yield from _if_different("profile", "The load profiles differ", *profiles)
    if _shape(a.run) != _shape(b.run):
        yield _warning("shape", "The planned load differs", *map(_load_of, (a.run, b.run)))
    planned = a.run.planned_s, b.run.planned_s
    if a.is_whole and b.is_whole and _lengths_differ(*planned):
        yield _warning("planned_length", "The planned lengths differ", *map(format_duration, planned))
    elif a.run.status.is_live or b.run.status.is_live or a.length_s is None or b.length_s is None:
        return
    elif _lengths_differ(a.length_s, b.length_s):
        yield _warning(
            "length", "The lengths differ", format_duration(a.length_s), format_duration(b.length_s)
        )


def _lengths_differ(a_s: float, b_s: float) -> bool:
    return abs(a_s - b_s) > LENGTH_TOLERANCE * max(a_s, b_s)


def _target_warnings(a: Run, b: Run) -> Iterator[ComparabilityWarning]:
    config_a, config_b = a.config, b.config
    yield from _if_different("target", "The targets differ", config_a.base_url, config_b.base_url)
    yield from _if_different(
        "env_profile", "The environments differ", config_a.env_profile, config_b.env_profile
    )
    yield from _if_different(
        "endpoints", "The endpoints files differ", _endpoints_hash(a), _endpoints_hash(b)
    )
    yield from _if_different(
        "auth_mode", "The authentication differs", config_a.auth_mode, config_b.auth_mode
    )


def _measurement_warnings(a: Run, b: Run) -> Iterator[ComparabilityWarning]:
    context_a, context_b = a.context, b.context
    yield from _if_different(
        "k6_version", "The k6 versions differ", context_a.k6_version, context_b.k6_version
    )
    if changes := _machine_changes(context_a.generator, context_b.generator):
        message = f"The load generators differ ({', '.join(changes)})"
        yield _warning(
            "generator", message, machine_text(context_a.generator), machine_text(context_b.generator)
        )
    if a.config.apdex_t_ms != b.config.apdex_t_ms:
        thresholds = (
            f"{setting_text(a.config.apdex_t_ms)} ms",
            f"{setting_text(b.config.apdex_t_ms)} ms",
        )
        yield _warning("apdex_t_ms", "The Apdex thresholds differ", *thresholds)
    if a.percentiles_from and b.percentiles_from and a.percentiles_from != b.percentiles_from:
        message = (
            "One run has exact percentiles; the other has percentiles from histograms (a few percent off)"
        )
        yield _warning("percentiles_from", message, a.percentiles_from, b.percentiles_from)


def _outcome_warnings(a: Run, b: Run, names: SideNames) -> Iterator[ComparabilityWarning]:
    for condition, problem in _problems(a):
        yield _warning(condition, f"{names.a} {problem}", problem, None)
    for condition, problem in _problems(b):
        yield _warning(condition, f"{names.b} {problem}", None, problem)


def _problems(run: Run) -> Iterator[tuple[str, str]]:
    if not run.status.has_ended:
        # With a constant load, the figures so far are comparable with those of a whole run.
        condition = "live" if has_constant_load(run) else "status"
        yield condition, f"is {run.status.value}; its figures are not final"
    elif run.status is not RunStatus.FINISHED:
        reason = f": {run.exit_reason}" if run.exit_reason else ""
        yield "status", f"did not finish; its status is {run.status.value}{reason}"
    if run.steering_note is not None:
        yield "steered", f"was {run.steering_note}"
    if run.verdict is Verdict.INVALID:
        yield "verdict", f"is invalid: {run.verdict_reason or 'the generator was the bottleneck'}"
    elif run.samples_lost:
        yield "samples_lost", f"lost samples: {run.samples_lost_reason or 'figures may be missing'}"


def has_constant_load(run: Run) -> bool:
    """Return whether the planned users or the planned rate never change."""
    return len({target for _, target in run.context.stages}) == 1


def machine_text(generator: Mapping[str, object]) -> str:
    """Return the host, CPU model and cores of a load generator on one line."""
    parts = [generator.get("host"), generator.get("cpu_model"), _cores(generator)]
    return ", ".join(str(part) for part in parts if part) or _UNKNOWN


def _machine_changes(a: Mapping[str, object], b: Mapping[str, object]) -> list[str]:
    labels = {"host": "host", "cpu_model": "CPU", "cores": "cores", "system": "system"}
    changes = [label for name, label in labels.items() if a.get(name) != b.get(name)]
    sizes = [size for size in (a.get("memory_bytes"), b.get("memory_bytes")) if isinstance(size, int)]
    if len(sizes) == 2 and abs(sizes[0] - sizes[1]) > MEMORY_TOLERANCE * max(sizes):
        changes.append("memory")
    return changes


def _cores(generator: Mapping[str, object]) -> str | None:
    return f"{generator['cores']} cores" if generator.get("cores") else None


def _shape(run: Run) -> tuple[tuple[float, float], ...]:
    """Return the planned curve on a time axis from 0 to 1, so that equal shapes of different lengths are equal."""
    length_s = run.planned_s or 1.0
    return tuple((round(at_s / length_s, 3), target) for at_s, target in run.context.stages)


def _load_of(run: Run) -> str:
    return load_text(run.context.stages, run.context.plan_unit, run.vus_max)


def _endpoints_hash(run: Run) -> str | None:
    return run.context.endpoints_sha256 and run.context.endpoints_sha256[:12]


def _if_different(
    condition: str, message: str, a: str | None, b: str | None
) -> Iterator[ComparabilityWarning]:
    if a != b:
        yield _warning(condition, message, a, b)


def _warning(condition: str, message: str, a: str | None, b: str | None) -> ComparabilityWarning:
    return ComparabilityWarning(condition=condition, message=message, a=a, b=b)
