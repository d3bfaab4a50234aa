"""The judgment of a comparison: what counts most comes first, and one sentence sums it up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dashboard.comparison.differences import Direction

MAX_CLAUSES = 3


class JudgmentOutcome(StrEnum):
    """What the comparison comes to. `incomparable`: only the verdicts and limits of both runs are judged."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    INCOMPARABLE = "incomparable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One result of a comparison: `text` is a clause of the sentence, `detail` names what it is about."""

    kind: str
    direction: Direction
    text: str
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgment:
    """The findings in the order of their weight, and `headline`, the sentence that sums them up.

    reasons: why the runs are not comparable
    """

    outcome: JudgmentOutcome
    headline: str
    findings: tuple[Finding, ...]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SideNames:
    """How sentences name the two sides."""

    a: str
    b: str


A_AND_B = SideNames("A", "B")

_ADJECTIVES = {
    JudgmentOutcome.BETTER: "better than",
    JudgmentOutcome.WORSE: "worse than",
    JudgmentOutcome.SAME: "about the same as",
}
_LEADING = {
    JudgmentOutcome.BETTER: (Direction.BETTER,),
    JudgmentOutcome.WORSE: (Direction.WORSE,),
    JudgmentOutcome.SAME: (Direction.SAME, Direction.CHANGED),
}


def judge(
    findings: Sequence[Finding], reasons: Sequence[str], names: SideNames, *, has_figures: bool
) -> Judgment:
    """Return the judgment: the first finding that is better or worse decides."""
    if reasons:
        outcome = JudgmentOutcome.INCOMPARABLE
    elif not has_figures:
        outcome = JudgmentOutcome.UNKNOWN
    else:
        outcome = next(_decisive(findings), JudgmentOutcome.SAME)
    headline = _headline(outcome, findings, reasons, names)
    return Judgment(outcome=outcome, headline=headline, findings=tuple(findings), reasons=tuple(reasons))


def _decisive(findings: Sequence[Finding]) -> Iterator[JudgmentOutcome]:
    for finding in findings:
        if finding.direction in (Direction.BETTER, Direction.WORSE):
            yield JudgmentOutcome(finding.direction.value)


def _headline(
    outcome: JudgmentOutcome, findings: Sequence[Finding], reasons: Sequence[str], names: SideNames
) -> str:
    """Return the sentence, for example "B is worse than A: 2 limits newly missed, errors 0.07% → 6.48%"."""
    subject, other = names.b, _lowercase_first(names.a)
    if outcome is JudgmentOutcome.INCOMPARABLE:
        return f"{subject} is not comparable with {other}: {_lowercase_first(reasons[0])}"
    if outcome is JudgmentOutcome.UNKNOWN:
        return f"{subject} cannot be compared with {other}: figures are missing"
    clauses = [finding.text for finding in findings if finding.direction in _LEADING[outcome]]
    opening = f"{subject} is {_ADJECTIVES[outcome]} {other}"
    return ": ".join(filter(None, (opening, ", ".join(clauses[:MAX_CLAUSES]))))


def _lowercase_first(text: str) -> str:
    """Lowercase the first letter of a sentence, but not a name of one letter such as B."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
