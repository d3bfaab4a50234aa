"""SLOs: figures held against limits, each result in words, and the verdict that follows from all of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import floor, log10

from dashboard.model.run import Verdict
from dashboard.model.slo_set import LOWER_IS_BETTER, SLO_KEYS, Level

OF_RESPONSES = ("p50_ms", "p95_ms", "p99_ms", "avg_ms", "rps")
NAMES = {
    **{key: key.removesuffix("_ms") for key in ("p50_ms", "p95_ms", "p99_ms")},
    "avg_ms": "average",
    "error_rate": "error rate",
    "checks_rate": "checks passed",
    "apdex_score": "Apdex",
    "rps": "RPS",
}
MAX_LISTED = 5
MAX_NAME = 80
_SHORT, _FULL = 4, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What limits are held against.

    bounds: where a figure that was read from a histogram can truly lie
    missing: why nothing at all was measured
    """

    figures: Mapping[str, object]
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    missing: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SloResult:
    """One limit and what was measured; `passed` is None when the figure is missing, and `note` says why.

    With a figure `note` says that it is too close to the limit for how exactly it is known.
    """

    level: Level = "run"
    name: str = ""
    key: str
    value: float | None
    limit: float
    passed: bool | None
    note: str | None = None

    @property
    def margin(self) -> float | None:
        """Room to the limit in the figure's own unit, below zero when it is broken."""
        if self.value is None:
            return None
        return self.limit - self.value if self.key in LOWER_IS_BETTER else self.value - self.limit

    @property
    def message(self) -> str:
        """For example "p95 612.4 ms > 500 ms"."""
        said, limit = NAMES[self.key], shown(self.key, self.limit, _FULL)
        if self.value is None:
            return f"{said} was not measured (limit {limit})" + (f": {self.note}" if self.note else "")
        value = shown(self.key, self.value, _SHORT)
        if value == limit and self.value != self.limit:  # not "500 ms > 500 ms"
            value = shown(self.key, self.value, _FULL)
        sign = "=" if self.value == self.limit else "<" if self.value < self.limit else ">"
        return f"{said} {value} {sign} {limit}" + (f" ({self.note})" if self.note else "")

    @property
    def labeled_message(self) -> str:
        """The message, preceded by the name of the operation or group."""
        if self.level == "run":
            return self.message
        name = self.name if len(self.name) <= MAX_NAME else self.name[:MAX_NAME] + "…"
        return f"{'group ' if self.level == 'group' else ''}{name}: {self.message}"


def evaluate(
    limits: Mapping[str, float], measured: Measured, *, level: Level = "run", name: str = ""
) -> tuple[SloResult, ...]:
    """Hold `measured` against `limits`; equal to the limit passes. Unknown keys are left out.

    A refused connection takes no time at all: where no request was answered, that is neither fast nor much.
    """
    return tuple(
        _result(key, limit, measured, level, name) for key, limit in limits.items() if key in SLO_KEYS
    )


def verdict_of(results: Iterable[SloResult]) -> tuple[Verdict, str]:
    """The verdict and why. A broken limit fails even when another figure is missing."""
    held = list(results)
    if not held:
        return Verdict.NONE, "no SLO is set"
    broken = [result.labeled_message for result in held if result.passed is False]
    if broken:
        return Verdict.FAIL, listed(broken)
    missing = [result.labeled_message for result in held if result.passed is None]
    if missing:
        return Verdict.UNKNOWN, listed(missing)
    return Verdict.PASS, listed([result.labeled_message for result in held])


def listed(words: list[str]) -> str:
    """The first of them, and how many more there are."""
    more = f"; and {len(words) - MAX_LISTED} more" if len(words) > MAX_LISTED else ""
    return "; ".join(words[:MAX_LISTED]) + more


def shown(key: str, value: float, significant: int) -> str:
    """A figure with its unit; shares in per cent."""
    if key.endswith("_ms"):
        return f"{_digits(value, significant)} ms"
    if key.endswith("_rate"):
        return f"{_digits(value * 100, significant)} %"
    return _digits(value, significant) + ("/s" if key == "rps" else "")


def _result(key: str, limit: float, measured: Measured, level: Level, name: str) -> SloResult:
    value = measured.figures.get(key)
    number = float(value) if isinstance(value, int | float) else None
    passed = None
    if number is not None:
        passed = number <= limit if key in LOWER_IS_BETTER else number >= limit
    if passed and key in OF_RESPONSES and not _answered(measured):
        number = passed = None
    note = _why_missing(key, measured) if number is None else _too_close(key, limit, bool(passed), measured)
    return SloResult(level=level, name=name, key=key, value=number, limit=limit, passed=passed, note=note)


def _answered(measured: Measured) -> bool:
    total = measured.figures.get("total_reqs")
    return total is None or total != measured.figures.get("status_0")


def _why_missing(key: str, measured: Measured) -> str:
    total = measured.figures.get("total_reqs")
    if measured.missing or not total:
        return measured.missing or "there was no request"
    if not _answered(measured):
        return "no request was answered"
    return "nothing was checked" if key == "checks_rate" else "the figure is missing"


def _too_close(key: str, limit: float, passed: bool, measured: Measured) -> str | None:
    """Whether the true figure may lie on the other side of the limit."""
    if key not in measured.bounds:
        return None
    low, high = measured.bounds[key]
    if key in LOWER_IS_BETTER:
        unsure = limit < high if passed else low < limit
    else:
        unsure = low < limit if passed else limit <= high
    if not unsure:
        return None
    span = f"{shown(key, low, _SHORT)} and {shown(key, high, _SHORT)}"
    return f"the limit is within the error of the histogram: the true figure lies between {span}"


def _digits(value: float, significant: int) -> str:
    """As people write numbers: no exponent, no zeros at the end, whole digits never rounded away."""
    if not value:
        return "0"
    decimals = max(0, significant - 1 - floor(log10(abs(value))))
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text
