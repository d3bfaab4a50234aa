"""What makes two runs hard to compare: one warning for each thing that was not the same, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from dashboard.model.run import Run, RunStatus, Verdict

SAME_LENGTH = 0.05
SAME_MEMORY = 0.05
MAX_LEGS = 6
_UNKNOWN = "not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """One thing that differs, or one that is wrong with a side; `a` and `b` are what to show of each."""

    about: str
    words: str
    a: str | None
    b: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A run and the seconds of it that are compared; no limits are the whole run."""

    run: Run
    from_s: float | None = None
    to_s: float | None = None

    @property
    def seconds(self) -> float | None:
        """How long what is compared took."""
        if self.from_s is not None and self.to_s is not None:
            return self.to_s - self.from_s
        return self.run.elapsed_s


def cautions(a: Looked, b: Looked) -> tuple[Caution, ...]:
    """All of them; none means that the two are comparable."""
    return (*_load(a, b), *_place(a.run, b.run), *_measure(a.run, b.run), *_outcome(a.run, b.run))


def _load(a: Looked, b: Looked) -> Iterator[Caution]:
    one, two = a.run, b.run
    yield from _differ("profile", "they ran different profiles", one.config.profile, two.config.profile)
    if _shape(one) != _shape(two):
        yield _caution("shape", "the planned users differ", _users(one), _users(two))
    if a.seconds is not None and b.seconds is not None:
        longest = max(a.seconds, b.seconds)
        if longest and abs(a.seconds - b.seconds) > SAME_LENGTH * longest:
            words = "they are not of the same length"
            yield _caution("length", words, _duration(a.seconds), _duration(b.seconds))


def _place(a: Run, b: Run) -> Iterator[Caution]:
    yield from _differ("target", "they had different targets", a.config.base_url, b.config.base_url)
    yield from _differ(
        "env_profile", "they used different environments", a.config.env_profile, b.config.env_profile
    )
    words = "what was tested differs: the endpoints file was changed between them"
    yield from _differ("endpoints", words, _hash(a), _hash(b))
    yield from _differ("auth_mode", "they authenticated differently", a.config.auth_mode, b.config.auth_mode)


def _measure(a: Run, b: Run) -> Iterator[Caution]:
    yield from _differ("k6_version", "k6 was another one", a.context.k6_version, b.context.k6_version)
    changed = _machine_changes(a.context.generator, b.context.generator)
    if changed:
        words = f"the machine that made the load was another one ({', '.join(changed)})"
        yield _caution("generator", words, machine(a.context.generator), machine(b.context.generator))
    if a.config.apdex_t_ms != b.config.apdex_t_ms:
        words = "Apdex was counted from different limits"
        yield _caution("apdex_t_ms", words, f"{a.config.apdex_t_ms:g} ms", f"{b.config.apdex_t_ms:g} ms")
    if a.percentiles_from and b.percentiles_from and a.percentiles_from != b.percentiles_from:
        words = "percentiles of one are exact, of the other from histograms (a few per cent off)"
        yield _caution("percentiles_from", words, a.percentiles_from, b.percentiles_from)


def _outcome(a: Run, b: Run) -> Iterator[Caution]:
    for name, run in (("A", a), ("B", b)):
        for about, words in _troubles(run):
            told = {"a": words, "b": None} if name == "A" else {"a": None, "b": words}
            yield Caution(about=about, words=f"{name} {words}", **told)


def _troubles(run: Run) -> Iterator[tuple[str, str]]:
    if not run.status.has_ended:
        yield "status", f"is {run.status.value}: its figures are not final"
    elif run.status is not RunStatus.FINISHED:
        reason = f": {run.exit_reason}" if run.exit_reason else ""
        yield "status", f"did not finish, it was {run.status.value}{reason}"
    if run.verdict is Verdict.INVALID:
        yield "verdict", f"is invalid: {run.verdict_reason or 'the generator was the bottleneck'}"
    elif run.samples_lost:
        yield "samples_lost", f"lost samples: {run.samples_lost_reason or 'figures may be missing'}"


def machine(generator: Mapping[str, object]) -> str:
    """A generator in a line."""
    parts = [generator.get("host"), generator.get("cpu_model"), _cores(generator)]
    return ", ".join(str(part) for part in parts if part) or _UNKNOWN


def _machine_changes(a: Mapping[str, object], b: Mapping[str, object]) -> list[str]:
    names = {"host": "host", "cpu_model": "CPU", "cores": "cores", "system": "system"}
    changed = [words for name, words in names.items() if a.get(name) != b.get(name)]
    sizes = [value for value in (a.get("memory_bytes"), b.get("memory_bytes")) if isinstance(value, int)]
    if len(sizes) == 2 and abs(sizes[0] - sizes[1]) > SAME_MEMORY * max(sizes):
        changed.append("memory")
    return changed


def _cores(generator: Mapping[str, object]) -> str | None:
    return f"{generator['cores']} cores" if generator.get("cores") else None


def _shape(run: Run) -> tuple[tuple[float, float], ...]:
    """The planned curve on a scale of its own length: two lengths of one shape are alike."""
    length = run.planned_s or 1.0
    return tuple((round(at_s / length, 3), target) for at_s, target in run.context.stages)


def _users(run: Run) -> str:
    """The planned curve in words, leg by leg unless they are too many."""
    rate = run.context.plan_unit == "rate"
    unit = "iterations a second" if rate else "users"
    legs = [_leg(*ends) for ends in pairwise(run.context.stages) if ends[0][0] < ends[1][0]]
    most = max((target for _, target in run.context.stages), default=run.vus_max)
    curve = ", ".join(legs) if 0 < len(legs) <= MAX_LEGS else f"up to {most:g}"
    return f"{unit}: {curve}" + (f", by at most {run.vus_max} users" if rate else "")


def _leg(start: tuple[float, float], end: tuple[float, float]) -> str:
    seconds = _duration(end[0] - start[0])
    return f"{end[1]:g} for {seconds}" if start[1] == end[1] else f"{start[1]:g} to {end[1]:g} in {seconds}"


def _hash(run: Run) -> str | None:
    return run.context.endpoints_sha256 and run.context.endpoints_sha256[:12]


def _duration(seconds: float) -> str:
    """As it is read: "15.6 s", "1 min 30 s", "2 h"."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = (f"{count} {unit}" for count, unit in ((hours, "h"), (minutes, "min"), (rest, "s")) if count)
    return " ".join(parts)


def _differ(about: str, words: str, a: str | None, b: str | None) -> Iterator[Caution]:
    if a != b:
        yield _caution(about, words, a, b)


def _caution(about: str, words: str, a: str | None, b: str | None) -> Caution:
    return Caution(about=about, words=words, a=a, b=b)
