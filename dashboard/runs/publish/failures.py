"""Failed requests: a few samples of each kind are stored with the run, and grouped with exact counts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dashboard.engine.exchanges import Exchange, check_kind, failure_kinds, parse_failed_exchange
from dashboard.engine.series import shorten
from dashboard.model.account import SKIPPED, THROWN, UNREACHED, Account
from dashboard.model.run import RunId, iso
from dashboard.model.snapshot import OVERALL, OpKey
from dashboard.model.tally import GRAPHQL_ERRORS, HTTP_ERROR_PREFIX, UNFOLLOWED, Tally
from dashboard.store.store import Store

MAX_SAMPLES_PER_KIND = 5
MAX_SAMPLES = 400
MAX_TOTAL_CHARACTERS = 4 * 1024 * 1024
MAX_GROUPS = 500
STATUS_CHECK_PREFIX = "status is "  # the check of the expected status
KIND_ORDER = {
    "status": 0,
    "error": 1,
    "thrown": 2,
    "redirect": 3,
    "check": 4,
    "extract": 5,
    "skipped": 6,
    "empty": 7,
}
KINDS_OF_REQUESTS = ("status", "error", "redirect", "check", "extract")
NO_REQUEST = "the load sent no request"
UNCAUGHT = "iterations ended with an exception that the script did not catch"
Kind = tuple[OpKey, str, str]  # operation, kind, name


def failed_exchanges(lines: Iterable[tuple[int, bytes]]) -> list[tuple[int, Exchange]]:
    """Return the failed requests in payload lines of the console, with their offsets."""
    return [(offset, exchange) for offset, raw in lines if (exchange := parse_failed_exchange(raw))]


class FailureSampler:
    """Stores samples of the failed requests of one run, keyed by the offset of their console line."""

    def __init__(self, run_id: RunId, store: Store) -> None:
        self._run_id = run_id
        self._store = store
        self._samples: dict[int, Exchange] | None = None
        self._counts: Counter[Kind] = Counter()
        self._characters = 0

    def take(self, exchanges: Iterable[tuple[int, Exchange]]) -> int:
        """Store new samples while there is room, and return how many. Taking the same lines again changes nothing."""
        new = [(offset, exchange) for offset, exchange in exchanges if offset not in self._load_samples()]
        added: dict[int, str] = {}
        removed: list[int] = []
        for offset, exchange in new:
            text = exchange.model_dump_json(by_alias=True)
            if self._has_room(exchange, len(text)):
                added[offset] = text
                self._keep(offset, exchange, len(text))
            elif (replaced := self._find_replaceable(exchange)) is not None:
                added[offset] = text
                if added.pop(replaced, None) is None:
                    removed.append(replaced)
                self._drop(replaced)
                self._keep(offset, exchange, len(text))
        if added:
            self._store.exchanges.put(self._run_id, added, removed)
        return len(added)

    def _load_samples(self) -> dict[int, Exchange]:
        if self._samples is None:
            self._samples = {}
            for offset, text in self._store.exchanges.of_run(self._run_id):
                self._keep(offset, Exchange.model_validate_json(text), len(text))
        return self._samples

    def _keep(self, offset: int, exchange: Exchange, characters: int) -> None:
        self._load_samples()[offset] = exchange
        self._counts.update(_kinds(exchange))
        self._characters += characters

    def _drop(self, offset: int) -> None:
        self._counts.subtract(_kinds(self._load_samples().pop(offset)))

    def _has_room(self, exchange: Exchange, characters: int) -> bool:
        if len(self._load_samples()) >= MAX_SAMPLES or self._characters + characters > MAX_TOTAL_CHARACTERS:
            return False
        return any(self._counts[kind] < MAX_SAMPLES_PER_KIND for kind in _kinds(exchange))

    def _find_replaceable(self, exchange: Exchange) -> int | None:
        """Return the newest sample of the same kinds without a body, but not the first one.

        Returns None if `exchange` has no body.
        """
        if exchange.response.omitted == "not_kept":
            return None
        kinds = _kinds(exchange)
        same = [(offset, other) for offset, other in self._load_samples().items() if _kinds(other) == kinds]
        return next(
            (offset for offset, other in reversed(same[1:]) if other.response.omitted == "not_kept"), None
        )


def group_failures(
    tallies: Mapping[OpKey, Tally],
    stored: Sequence[tuple[int, str]],
    op: str | None = None,
    account: Account | None = None,
) -> list[dict[str, Any]]:
    """Return the kinds of failures, most frequent first. Counts come from the tallies; null before the first push."""
    all_kinds = (*_counted_kinds(tallies), *_kinds_of_the_run(account))
    counts = {kind: count for kind, count in all_kinds if op in (None, kind[0].op)}
    samples: dict[Kind, list[Exchange]] = {}
    for _, text in stored:
        exchange = Exchange.model_validate_json(text)
        for kind in _kinds(exchange) if op in (None, exchange.op) else ():
            samples.setdefault(kind, []).append(exchange)
    uncounted = [kind for kind in samples if kind not in counts and not _repeats_status(kind, samples)]
    counted = sorted(counts, key=lambda kind: (-counts[kind], kind[0], KIND_ORDER[kind[1]], kind[2]))
    kinds = [*counted, *uncounted][:MAX_GROUPS]
    return [
        {**_group(kind, counts.get(kind), samples.get(kind, [])), "share": _share(kind, counts, tallies)}
        for kind in kinds
    ]


def _share(kind: Kind, counts: Mapping[Kind, int], tallies: Mapping[OpKey, Tally]) -> float | None:
    """Return the share of the requests of the operation that failed this way. None for steps without a request."""
    key, kind_name, _ = kind
    asked_for = tallies[key].requests - tallies[key].hops if key in tallies else 0
    if key == OVERALL or kind_name not in KINDS_OF_REQUESTS or kind not in counts or asked_for <= 0:
        return None
    return min(1.0, counts[kind] / asked_for)


def _group(kind: Kind, count: int | None, samples: list[Exchange]) -> dict[str, Any]:
    key, kind_name, name = kind
    first = min((exchange.at_ms for exchange in samples), default=None)
    return {
        "op": key.op,
        "group": key.group,
        "phase": key.phase,
        "kind": kind_name,
        "name": name,
        "count": count,
        "first_at": None if first is None else iso(datetime.fromtimestamp(first / 1000, UTC)),
        "samples": [exchange.model_dump(by_alias=True) for exchange in samples],
    }


def _counted_kinds(tallies: Mapping[OpKey, Tally]) -> Iterable[tuple[Kind, int]]:
    overall = tallies.get(OVERALL, Tally())
    of_operations = {check for key, tally in tallies.items() if key != OVERALL for check in tally.checks}
    for check, (_, fails) in overall.checks.items():
        if fails and check not in of_operations:  # the checks of a custom script belong to no operation
            yield (OVERALL, "check", check), fails
    for key, tally in tallies.items():
        if key == OVERALL:
            continue
        for text, count in tally.errors.items():
            if text in (GRAPHQL_ERRORS, UNFOLLOWED):
                continue  # the failed check, and the redirect with its reason, are kinds of their own
            is_status = text.startswith(HTTP_ERROR_PREFIX)
            yield (key, "status" if is_status else "error", text.removeprefix(HTTP_ERROR_PREFIX)), count
        for check, (_, fails) in tally.checks.items():
            # An unexpected status is already counted as a separate kind.
            if fails and not (check.startswith(STATUS_CHECK_PREFIX) and fails <= tally.failed):
                yield (key, *check_kind(check)), fails
        for (kind, reason), count in tally.faults.items():
            yield (key, SKIPPED if kind == UNREACHED else kind, reason), count


def _kinds_of_the_run(account: Account | None) -> Iterable[tuple[Kind, int]]:
    """Yield the failures that belong to no operation."""
    if account is None:
        return
    iterations = account.iterations
    uncaught = iterations.thrown - (account.steps.thrown if account.steps else 0)
    if uncaught > 0:
        yield (OVERALL, THROWN, UNCAUGHT), uncaught
    if account.is_empty and iterations.completed + iterations.thrown > 0:
        yield (OVERALL, "empty", NO_REQUEST), iterations.completed + iterations.thrown


def _repeats_status(kind: Kind, samples: Mapping[Kind, list[Exchange]]) -> bool:
    """Return whether a failed check only repeats that the status was unexpected."""
    _, kind_name, name = kind
    is_status_check = kind_name == "check" and name.startswith(STATUS_CHECK_PREFIX)
    return is_status_check and not any(exchange.expected for exchange in samples[kind])


def _kinds(exchange: Exchange) -> list[Kind]:
    key = OpKey(shorten(exchange.op), shorten(exchange.group), exchange.phase)
    return [(key, kind, shorten(name)) for kind, name in failure_kinds(exchange)]
