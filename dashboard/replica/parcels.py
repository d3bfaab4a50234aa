"""What is sent next: lines of the runs that are not all in InfluxDB, with the position that they lead to."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from dashboard.model.run import Run, RunId, RunStatus
from dashboard.replica.points import final_line, slo_lines, snapshot_lines, start_line
from dashboard.store.store import Store
from dashboard.store.outbox import NOTHING_SENT, Due, Outbox

MOST_LINES = 5_000


@dataclass(frozen=True, slots=True)
class Parcel:
    """Lines of one run. With `version` they are its last ones."""

    run_id: RunId
    lines: list[str]
    seq: int
    version: int | None


class Packer:
    """Makes parcels from the record."""

    def __init__(self, store: Store, outbox: Outbox, origin: str, clock_ms: Callable[[], int]) -> None:
        self._store = store
        self._outbox = outbox
        self._origin = origin
        self._clock_ms = clock_ms

    def batch(self, due: Iterable[Due]) -> list[Parcel]:
        """Parcels of about `MOST_LINES` lines in all, and at most one of each run."""
        found: list[Parcel] = []
        room = MOST_LINES
        for one in due:
            parcel = self._parcel(one, room)
            if parcel and (parcel.lines or parcel.version is not None):
                found.append(parcel)
                room -= len(parcel.lines)
            if room <= 0:
                break
        return found

    def _parcel(self, due: Due, room: int) -> Parcel | None:
        known = self._outbox.run_with_body(due.run_id)
        if known is None or known[0].status is RunStatus.QUEUED:
            return None
        run, body = known
        lines = [start_line(run, body, self._origin)] if due.sent_seq == NOTHING_SENT else []
        part = self._outbox.page(due.run_id, max(0, due.sent_seq), room)
        # the newest snapshot of a live run may still be replaced by one that takes in the push after it
        settled = part.snapshots if run.status.has_ended else part.snapshots[:-1]
        lines += snapshot_lines(run, settled, part.tallies, self._origin)
        seq = settled[-1].seq if settled else max(0, due.sent_seq)
        if not run.status.has_ended or part.more:
            return Parcel(due.run_id, lines, seq, None)
        lines += self._last(run, body)
        return Parcel(due.run_id, lines, seq, due.version)

    def _last(self, run: Run, body: str) -> Iterator[str]:
        slos = self._store.slo_results.of_run(run.run_id)
        yield from slo_lines(run, slos, self._origin)
        facts = (self._store.events.of_run(run.run_id), slos)
        yield final_line(run, body, *facts, self._origin, self._clock_ms())
