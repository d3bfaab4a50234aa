"""SLOs: limits that a run is held against, and the verdict with its reason in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, log10

from dashboard.model.run import Verdict

LOWER_IS_BETTER = ("p50_ms", "p95_ms", "p99_ms", "avg_ms", "error_rate")
HIGHER_IS_BETTER = ("checks_rate", "apdex_score", "rps")
SLO_KEYS = LOWER_IS_BETTER + HIGHER_IS_BETTER
OF_RESPONSES = ("p50_ms", "p95_ms", "p99_ms", "avg_ms", "rps")
_SHORT, _FULL = 4, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class SloResult:
    """One limit and what was measured; `passed` is None when the figure is missing."""

    key: str
    value: float | None
    limit: float
    passed: bool | None

    @property
    def words(self) -> str:
        """For example "p95_ms 612.4 > 500"."""
        limit = _digits(self.limit, _FULL)
        if self.value is None:
            return f"{self.key} was not measured (limit {limit})"
        holds, breaks = ("<=", ">") if self.key in LOWER_IS_BETTER else (">=", "<")
        value = _digits(self.value, _SHORT)
        if value == limit and self.value != self.limit:  # not "500 > 500"
            value = _digits(self.value, _FULL)
        return f"{self.key} {value} {holds if self.passed else breaks} {limit}"


def evaluate(slos: Mapping[str, float], figures: Mapping[str, object]) -> tuple[SloResult, ...]:
    """Hold `figures` against `slos`; equal to the limit passes. Unknown keys are left out.

    A refused connection takes no time at all: where no request was answered, that is neither fast nor much.
    """
    answered = figures.get("total_reqs") is None or figures["total_reqs"] != figures.get("status_0")
    results = []
    for key, limit in slos.items():
        if key not in SLO_KEYS:
            continue
        value = figures.get(key)
        number = float(value) if isinstance(value, int | float) else None
        passed = None
        if number is not None:
            passed = number <= limit if key in LOWER_IS_BETTER else number >= limit
        if passed and key in OF_RESPONSES and not answered:
            number = passed = None
        results.append(SloResult(key=key, value=number, limit=limit, passed=passed))
    return tuple(results)


def verdict_of(results: tuple[SloResult, ...]) -> tuple[Verdict, str]:
    """The verdict and why. A breached limit fails even when another figure is missing."""
    if not results:
        return Verdict.NONE, "no SLO is set"
    broken = [result.words for result in results if result.passed is False]
    if broken:
        return Verdict.FAIL, "; ".join(broken)
    missing = [result.words for result in results if result.passed is None]
    if missing:
        return Verdict.UNKNOWN, "; ".join(missing)
    return Verdict.PASS, "; ".join(result.words for result in results)


def _digits(value: float, significant: int) -> str:
    """As people write numbers: no exponent, no zeros at the end, whole digits never rounded away."""
    if not value:
        return "0"
    decimals = max(0, significant - 1 - floor(log10(abs(value))))
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text
