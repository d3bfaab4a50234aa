"""The account of a run: what became of every iteration, step and request of its load.

Iterations begun = completed + thrown + cut. Steps due = sent + skipped + thrown. Requests sent = answered + unanswered.
A count that nobody knows, for example after k6 was killed, is None.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.model.tally import GRAPHQL_ERRORS, HTTP_ERROR_PREFIX, NO_RESPONSE, UNFOLLOWED, Tally

RESENT_REQUESTS = "requests_resent"
SKIPPED, UNREACHED, THROWN, REDIRECT = "skipped", "unreached", "thrown", "redirect"
# The prefix of the name of a check that a response contains a value to extract (k6/lib/document/extract.js).
EXTRACT_PREFIX = "extracts "
GRPC_ERROR_PREFIX = "gRPC "
BROWSER_PREFIX = "browser_"  # prefix of the metrics of k6's browser module
MAX_REASONS = 20
OTHERS = "others"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleIterations:
    """Iterations in which a user of a steered run only waited. They belong to no figure."""

    ended: int = 0
    running: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class IterationCounts:
    """Counts of iterations from the run folder that are not in the pushes.

    ended, cut: k6's own final counts; None while unknown
    uncaught: iterations that ended with an exception which the script did not catch
    """

    ended: int | None = None
    cut: int | None = None
    uncaught: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class IterationAccount:
    """Iterations. Those that k6 dropped never began. `missing` have ended, but no push contained them."""

    begun: int | None
    completed: int
    thrown: int
    cut: int | None
    dropped: int
    missing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepAccount:
    """Steps of the iterations that have ended, with the number of skipped and thrown ones by reason.

    unreached: skipped steps whose only reason is that an earlier step failed
    redirected: sent steps whose last response is a redirect that was not followed
    """

    due: int
    sent: int
    skipped: int
    unreached: int
    redirected: int
    thrown: int
    skip_reasons: dict[str, int] = field(default_factory=dict)
    throw_reasons: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAccount:
    """Requests, including redirects and repetitions. `errors` are the unanswered ones by error."""

    sent: int
    answered: int
    unanswered: int
    errors: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueAccount:
    """Values to extract: those that responses contained, and those that they did not."""

    extracted: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account of a run. `steps` and `values` are None for a custom script.

    is_empty: the load sent nothing at all
    """

    iterations: IterationAccount
    requests: RequestAccount
    is_empty: bool
    steps: StepAccount | None = None
    values: ValueAccount | None = None


def account_of(
    load: Tally,
    counts: IterationCounts | None = None,
    idle: IdleIterations | None = None,
    *,
    own_script: bool = False,
) -> Account:
    """Return the account of the load, whose operations add up to `load`."""
    requests = _requests(load)
    return Account(
        iterations=_iterations(load, counts or IterationCounts(), idle or IdleIterations()),
        requests=requests,
        is_empty=not requests.sent and not _sends_otherwise(load),
        steps=None if own_script else _steps(load, requests.sent),
        values=None if own_script else _values(load),
    )


def _iterations(load: Tally, counts: IterationCounts, idle: IdleIterations) -> IterationAccount:
    durations = load.trends.get("iteration_duration")
    ended = durations.count if durations else 0
    thrown = min(ended, load.count_faults(THROWN) + counts.uncaught)
    missing = max(0, (counts.ended or 0) - idle.ended - ended)
    cut = None if counts.cut is None else max(0, counts.cut - idle.running)
    return IterationAccount(
        begun=None if cut is None else ended + missing + cut,
        completed=ended - thrown,
        thrown=thrown,
        cut=cut,
        dropped=round(load.counters.get("dropped_iterations", 0.0)),
        missing=missing,
    )


def _steps(load: Tally, requests: int) -> StepAccount:
    sent = requests - round(load.counters.get(RESENT_REQUESTS, 0.0))
    unreached, thrown = load.count_faults(UNREACHED), load.count_faults(THROWN)
    skipped = load.count_faults(SKIPPED) + unreached
    return StepAccount(
        due=sent + skipped + thrown,
        sent=sent,
        skipped=skipped,
        unreached=unreached,
        redirected=load.count_faults(REDIRECT),
        thrown=thrown,
        skip_reasons=_reasons(load, SKIPPED, UNREACHED),
        throw_reasons=_reasons(load, THROWN),
    )


def _reasons(load: Tally, *kinds: str) -> dict[str, int]:
    reasons: Counter[str] = Counter()
    for (kind, reason), count in load.faults.items():
        reasons[reason] += count if kind in kinds else 0
    return _most_frequent(+reasons)


def _requests(load: Tally) -> RequestAccount:
    unanswered = load.requests_in_class(NO_RESPONSE)
    answered = (HTTP_ERROR_PREFIX, GRPC_ERROR_PREFIX, GRAPHQL_ERRORS, UNFOLLOWED)
    errors = {name: count for name, count in load.errors.items() if not name.startswith(answered)}
    return RequestAccount(
        sent=load.requests,
        answered=load.requests - unanswered,
        unanswered=unanswered,
        errors=_most_frequent(errors),
    )


def _sends_otherwise(load: Tally) -> bool:
    """Return whether a script sent something other than HTTP requests: WebSocket messages, or requests of a browser."""
    names = (*load.counters, *load.trends)
    return bool(load.counters.get("data_sent")) or any(name.startswith(BROWSER_PREFIX) for name in names)


def _values(load: Tally) -> ValueAccount:
    results = [counts for name, counts in load.checks.items() if name.startswith(EXTRACT_PREFIX)]
    extracted, missing = sum(passed for passed, _ in results), sum(failed for _, failed in results)
    return ValueAccount(extracted=extracted, missing=missing)


def _most_frequent(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the most frequent names with their counts; the others are added up."""
    ordered = Counter(counts).most_common()
    shown = dict(ordered[:MAX_REASONS])
    rest = sum(count for _, count in ordered[MAX_REASONS:])
    return shown | {OTHERS: rest} if rest else shown
