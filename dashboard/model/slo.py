"""SLO evaluation: figures compared with limits, the result of each SLO, and the verdict of all of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dashboard.model.number_text import FULL_DIGITS, format_number
from dashboard.model.run import Verdict
from dashboard.model.slo_set import LOWER_IS_BETTER, SLO_KEYS, Level

# A refused connection takes no time: without a response these figures would be too good.
NEED_RESPONSES = ("p50_ms", "p95_ms", "p99_ms", "avg_ms", "rps")
NAMES = {
    **{key: key.removesuffix("_ms") for key in ("p50_ms", "p95_ms", "p99_ms")},
    "avg_ms": "average",
    "error_rate": "error rate",
    "checks_rate": "checks passed",
    "apdex_score": "Apdex",
    "rps": "RPS",
}
MAX_LISTED_MESSAGES = 5
MAX_NAME_CHARACTERS = 80
_SHORT_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredFigures:
    """The figures that SLOs are compared with.

    bounds: the range of the exact value, for a figure that was estimated from a histogram
    missing: why nothing was measured
    """

    figures: Mapping[str, object]
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    missing: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SloResult:
    """The result of one SLO. `passed` is None if the figure is missing.

    `note` explains a missing figure, or warns that the exact figure may lie on the other side of the limit.
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
        """The distance to the limit in the unit of the figure; negative when the SLO is breached."""
        if self.value is None:
            return None
        return self.limit - self.value if self.key in LOWER_IS_BETTER else self.value - self.limit

    @property
    def message(self) -> str:
        """The result as text, for example "p95 612.4 ms > 500 ms"."""
        name, limit = NAMES[self.key], format_value(self.key, self.limit, FULL_DIGITS)
        if self.value is None:
            return f"{name} was not measured (limit {limit})" + (f": {self.note}" if self.note else "")
        value = format_value(self.key, self.value, _SHORT_DIGITS)
        if value == limit and self.value != self.limit:  # not "500 ms > 500 ms"
            value = format_value(self.key, self.value, FULL_DIGITS)
        sign = "=" if self.value == self.limit else "<" if self.value < self.limit else ">"
        return f"{name} {value} {sign} {limit}" + (f" ({self.note})" if self.note else "")

    @property
    def labeled_message(self) -> str:
        """The message, preceded by the name of the operation or group."""
        if self.level == "run":
            return self.message
        name = self.name if len(self.name) <= MAX_NAME_CHARACTERS else self.name[:MAX_NAME_CHARACTERS] + "…"
        return f"{'group ' if self.level == 'group' else ''}{name}: {self.message}"


def evaluate(
    limits: Mapping[str, float], measured: MeasuredFigures, *, level: Level = "run", name: str = ""
) -> tuple[SloResult, ...]:
    """Compare `measured` with `limits`. A value equal to its limit passes. Unknown keys are ignored."""
    return tuple(
        _result(key, limit, measured, level, name) for key, limit in limits.items() if key in SLO_KEYS
    )


def verdict_of(results: Iterable[SloResult]) -> tuple[Verdict, str]:
    """Return the verdict and its reason. A breached SLO fails the run even if the figure of another one is missing."""
    evaluated = list(results)
    if not evaluated:
        return Verdict.NONE, "no SLO is set"
    breached = [result.labeled_message for result in evaluated if result.passed is False]
    if breached:
        return Verdict.FAIL, join_messages(breached)
    missing = [result.labeled_message for result in evaluated if result.passed is None]
    if missing:
        return Verdict.UNKNOWN, join_messages(missing)
    return Verdict.PASS, join_messages([result.labeled_message for result in evaluated])


def join_messages(messages: list[str]) -> str:
    """Return the first messages, and the number of further ones."""
    more = f"; and {len(messages) - MAX_LISTED_MESSAGES} more" if len(messages) > MAX_LISTED_MESSAGES else ""
    return "; ".join(messages[:MAX_LISTED_MESSAGES]) + more


def format_value(key: str, value: float, significant: int) -> str:
    """Return a figure with its unit; ratios as percentages."""
    if key.endswith("_ms"):
        return f"{format_number(value, significant)} ms"
    if key.endswith("_rate"):
        return f"{format_number(value * 100, significant)}%"
    return format_number(value, significant) + ("/s" if key == "rps" else "")


def _result(key: str, limit: float, measured: MeasuredFigures, level: Level, name: str) -> SloResult:
    value = measured.figures.get(key)
    number = float(value) if isinstance(value, int | float) else None
    passed = None
    if number is not None:
        passed = number <= limit if key in LOWER_IS_BETTER else number >= limit
    if passed and key in NEED_RESPONSES and not _has_responses(measured):
        number = passed = None
    note = (
        _why_missing(key, measured)
        if number is None
        else _uncertainty_note(key, limit, bool(passed), measured)
    )
    return SloResult(level=level, name=name, key=key, value=number, limit=limit, passed=passed, note=note)


def _has_responses(measured: MeasuredFigures) -> bool:
    total = measured.figures.get("total_reqs")
    return total is None or total != measured.figures.get("status_0")


def _why_missing(key: str, measured: MeasuredFigures) -> str:
    total = measured.figures.get("total_reqs")
    if measured.missing or not total:
        return measured.missing or "there were no requests"
    if not _has_responses(measured):
        return "there were no responses"
    return "there were no checks" if key == "checks_rate" else "the figure is missing"


def _uncertainty_note(key: str, limit: float, passed: bool, measured: MeasuredFigures) -> str | None:
    """Return a warning if the exact figure may lie on the other side of the limit."""
    if key not in measured.bounds:
        return None
    low, high = measured.bounds[key]
    if key in LOWER_IS_BETTER:
        uncertain = limit < high if passed else low < limit
    else:
        uncertain = low < limit if passed else limit <= high
    if not uncertain:
        return None
    span = f"{format_value(key, low, _SHORT_DIGITS)} and {format_value(key, high, _SHORT_DIGITS)}"
    return f"the limit is within the error of the histogram: the exact figure lies between {span}"
