"""Failing requests: the first few of each kind are kept with their run, and grouped for people with exact counts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dashboard.engine.exchanges import Exchange, parse_failed_exchange, failure_kinds
from dashboard.engine.series import NAME_LENGTH
from dashboard.model.run import RunId, iso
from dashboard.model.snapshot import OVERALL, OpKey
from dashboard.model.tally import Tally
from dashboard.store.store import Store

MAX_PER_KIND = 5
MAX_STORED = 400
MOST_CHARACTERS = 4 * 1024 * 1024
MOST_GROUPS = 500
HTTP = "HTTP "
STATUS_CHECK = "status is "
ORDER = {"status": 0, "error": 1, "check": 2}
Kind = tuple[OpKey, str, str]


def failed_exchanges(lines: Iterable[tuple[int, bytes]]) -> list[tuple[int, Exchange]]:
    """The failing requests that lines of the console carry, by their positions."""
    return [(at, found) for at, raw in lines if (found := parse_failed_exchange(raw))]


class FailureSampler:
    """Chooses what is stored of the failing requests of one run. Positions are those of console lines."""

    def __init__(self, run_id: RunId, store: Store) -> None:
        self._run_id = run_id
        self._store = store
        self._kept: dict[int, Exchange] | None = None
        self._counts: Counter[Kind] = Counter()
        self._characters = 0

    def take(self, found: Iterable[tuple[int, Exchange]]) -> int:
        """Store what is new and wanted; how many that were. Reading the same lines again changes nothing."""
        fresh = [(at, exchange) for at, exchange in found if at not in self._known()]
        added: dict[int, str] = {}
        removed: list[int] = []
        for at, exchange in fresh:
            text = exchange.model_dump_json(by_alias=True)
            if self._has_room(exchange, len(text)):
                added[at] = text
                self._keep(at, exchange, len(text))
            elif (worse := self._worse_than(exchange)) is not None:
                added[at] = text
                if added.pop(worse, None) is None:
                    removed.append(worse)
                self._drop(worse)
                self._keep(at, exchange, len(text))
        if added:
            self._store.exchanges.put(self._run_id, added, removed)
        return len(added)

    def _known(self) -> dict[int, Exchange]:
        if self._kept is None:
            self._kept = {}
            for at, text in self._store.exchanges.of_run(self._run_id):
                self._keep(at, Exchange.model_validate_json(text), len(text))
        return self._kept

    def _keep(self, at: int, exchange: Exchange, characters: int) -> None:
        self._known()[at] = exchange
        self._counts.update(_kinds(exchange))
        self._characters += characters

    def _drop(self, at: int) -> None:
        self._counts.subtract(_kinds(self._known().pop(at)))

    def _has_room(self, exchange: Exchange, characters: int) -> bool:
        if len(self._known()) >= MAX_STORED or self._characters + characters > MOST_CHARACTERS:
            return False
        return any(self._counts[kind] < MAX_PER_KIND for kind in _kinds(exchange))

    def _worse_than(self, exchange: Exchange) -> int | None:
        """One of the same kinds whose body nobody kept, where this one has its body; never the first."""
        if exchange.response.omitted == "not_kept":
            return None
        kinds = _kinds(exchange)
        same = [at for at, other in self._known().items() if _kinds(other) == kinds]
        return next(
            (at for at in reversed(same[1:]) if self._known()[at].response.omitted == "not_kept"), None
        )


def group_failures(
    tallies: Mapping[OpKey, Tally], stored: Sequence[tuple[int, str]], op: str | None = None
) -> list[dict[str, Any]]:
    """Kinds of failures, most frequent first. Counts are the figures' own; null before there are any."""
    counts = {kind: count for kind, count in _counted(tallies) if op in (None, kind[0].op)}
    samples: dict[Kind, list[Exchange]] = {}
    for _, text in stored:
        exchange = Exchange.model_validate_json(text)
        for kind in _kinds(exchange) if op in (None, exchange.op) else ():
            samples.setdefault(kind, []).append(exchange)
    shown = [kind for kind in samples if kind not in counts and not _repeats(kind, samples)]
    ordered = sorted(counts, key=lambda kind: (-counts[kind], kind[0], ORDER[kind[1]], kind[2])) + shown
    return [_group(kind, counts.get(kind), samples.get(kind, [])) for kind in ordered[:MOST_GROUPS]]


def _group(kind: Kind, count: int | None, samples: list[Exchange]) -> dict[str, Any]:
    key, what, name = kind
    first = min((exchange.at_ms for exchange in samples), default=None)
    return {
        "op": key.op,
        "group": key.group,
        "phase": key.phase,
        "kind": what,
        "name": name,
        "count": count,
        "first_at": None if first is None else iso(datetime.fromtimestamp(first / 1000, UTC)),
        "samples": [exchange.model_dump(by_alias=True) for exchange in samples],
    }


def _counted(tallies: Mapping[OpKey, Tally]) -> Iterable[tuple[Kind, int]]:
    for key, tally in tallies.items():
        if key == OVERALL:
            continue
        for text, count in tally.errors.items():
            status = text.startswith(HTTP)
            yield (key, "status" if status else "error", text.removeprefix(HTTP)), count
        for check, (_, fails) in tally.checks.items():
            # a status that was not expected is told as such already
            if fails and not (check.startswith(STATUS_CHECK) and fails <= tally.failed):
                yield (key, "check", check), fails


def _repeats(kind: Kind, samples: Mapping[Kind, list[Exchange]]) -> bool:
    """Whether a failed check says no more than how the requests were answered."""
    _, what, name = kind
    of_status = what == "check" and name.startswith(STATUS_CHECK)
    return of_status and not any(exchange.expected for exchange in samples[kind])


def _kinds(exchange: Exchange) -> list[Kind]:
    key = OpKey(exchange.op[:NAME_LENGTH], exchange.group[:NAME_LENGTH], exchange.phase)
    return [(key, kind, name[:NAME_LENGTH]) for kind, name in failure_kinds(exchange)]
