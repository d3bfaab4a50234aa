"""The ports to storage that the rest of the program sees, and their named errors."""

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from dashboard.model.baseline import Baseline, Scope
from dashboard.model.events import Event
from dashboard.model.run import RetentionLevel, Run, RunId, RunStatus
from dashboard.model.slo import SloResult
from dashboard.model.snapshot import Checkpoint, OpKey, Snapshot, Interval
from dashboard.model.tally import Tally


class StoreError(Exception):
    """The database cannot be used; the message says why and what to do."""


class StaleRun(StoreError):
    """The run is not in the state that the change was made for: somebody else changed it."""


class DeletedRun(StoreError):
    """There is no such run any more."""


class PinnedRun(StoreError):
    """The run is a baseline: it is not removed before its pin is."""


class NotPinnable(StoreError):
    """The run is not there, or has not ended: it cannot be a baseline."""


class RunExists(StoreError):
    """There is a run with this id already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredInterval:
    """A step with its tallies as they are kept, for those who pass them on."""

    snapshot: Snapshot
    tallies: dict[OpKey, bytes]
    keyframe: dict[OpKey, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Bytes of the database file, of its companion that is not merged yet, and how many are in use of the first."""

    file_bytes: int
    log_bytes: int
    used_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Which runs a list wants; None does not filter. `since` and `until` are included, as ISO times.

    `target` is part of the target, `meta` a fact as `key=value` or the name of one. `search` is part of the
    profile, label, target, run id, tags, facts or notes, in any case of letters.
    """

    status: str | None = None
    profile: str | None = None
    verdict: str | None = None
    env_profile: str | None = None
    label: str | None = None
    target: str | None = None
    tag: str | None = None
    meta: str | None = None
    search: str | None = None
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """The order of a list by a figure; `after` is that figure of the last run of the page before."""

    by: str
    down: bool
    after: str | float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """Runs that can be held against each other: of one profile, and of one environment or else one target.

    Without environment and target those of all places. `until` leaves out what was made later (ISO time).
    """

    profile: str
    env_profile: str | None = None
    base_url: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeTallies:
    """What was counted in a time range: the effective limits and the tally of each operation in it.

    `resolution_s` is the longest window of the snapshots that make up the range.
    """

    from_s: float
    to_s: float
    resolution_s: float
    tallies: dict[OpKey, Tally]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpWindow:
    """What was counted of one operation in the `window_s` seconds up to `elapsed_s`."""

    seq: int
    elapsed_s: float
    window_s: float
    tally: Tally


class RunStore(Protocol):
    """Runs and all that is known of them. Every write is committed when the call returns."""

    def insert_run(self, run: Run) -> None:
        """Store a new run; StoreError when the id exists."""

    def update_run(self, run: Run, *, expected: Sequence[RunStatus] | None = None) -> None:
        """Replace the record; StaleRun when its stored status is none of `expected`.

        A run that ended is never resumed: its checkpoint goes, here and in `append`.
        """

    def run(self, run_id: RunId) -> Run | None:
        """One run."""

    def record_json(self, run_id: RunId) -> str | None:
        """The public record of one run as stored JSON text (`model.record`)."""

    def newest_run(self, *, ended: bool = False) -> RunId | None:
        """The newest run that left the queue; with `ended`, the newest that ended."""

    def list_records(
        self, wanted: RunFilter, *, limit: int, before: RunId | None, sort: Sort | None = None
    ) -> list[str]:
        """Public records as JSON texts, newest first, ids below `before`; or sorted, those behind `before`."""

    def count_runs(self, wanted: RunFilter) -> int:
        """How many runs match."""

    def choices(self) -> dict[str, list[str]]:
        """`env_profiles` and `tags` that runs have."""

    def trend(self, op: str | None, kin: Kin, limit: int) -> list[dict[str, Any]]:
        """Figures of an operation, or of the whole run, in the newest runs of a kind, the oldest first."""

    def trends(self, kin: Kin, limit: int) -> dict[str, list[dict[str, Any]]]:
        """The same for every operation of those runs."""

    def values_of_days(self, metric: str, wanted: RunFilter) -> Iterable[tuple[Any, ...]]:
        """`created_at`, `run_id` and a figure of all runs that finished and are valid."""

    def runs_with_status(self, statuses: Sequence[RunStatus]) -> list[Run]:
        """Runs in any of `statuses`, oldest first."""

    def delete_run(self, run_id: RunId, *, everywhere: bool = False) -> bool:
        """Remove a run, from sight at once and from the disk soon; False when there is none.

        With `everywhere` from the replica too. PinnedRun when it is a baseline.
        """

    def pin(self, baseline: Baseline) -> None:
        """Make a run the baseline of a scope, in the place of another; NotPinnable unless it has ended."""

    def unpin(self, scope: Scope) -> bool:
        """Take the baseline of exactly this scope away; False when there was none."""

    def baselines(self) -> list[Baseline]:
        """All baselines, the widest scope first."""

    def baseline_ids(self) -> frozenset[RunId]:
        """Runs that are the baseline of any scope: retention leaves them alone."""

    def append(
        self,
        run_id: RunId,
        intervals: Sequence[Interval],
        *,
        run: Run | None = None,
        checkpoint: Checkpoint | None = None,
        slo_results: Sequence[SloResult] | None = None,
    ) -> None:
        """Commit snapshots, intervals, keyframes, the record, a checkpoint, SLO results in one transaction.

        Snapshots and intervals are keyed by (run, seq): a step replaces what an earlier reading of the
        same push wrote, operations and keyframe of that seq that it does not name included. A keyframe must be
        the sum of all intervals up to its seq: ranges are computed from the difference of two.
        """

    def slo_results(self, run_id: RunId) -> list[SloResult]:
        """What a run that ended was held against, as it was judged then."""

    def checkpoint(self, run_id: RunId) -> Checkpoint | None:
        """The newest checkpoint."""

    def snapshots(self, run_id: RunId, *, after: int = 0, limit: int | None = None) -> list[Snapshot]:
        """Snapshots with `seq` above `after`, in order."""

    def snapshot_columns(self, run_id: RunId, *, after: int = 0) -> dict[str, list[float | int | None]]:
        """The same, one list a field, for charts."""

    def interval(self, run_id: RunId, seq: int) -> dict[OpKey, Tally]:
        """The interval tallies of one snapshot."""

    def cumulative(self, run_id: RunId) -> dict[OpKey, Tally]:
        """Tallies of the whole run so far, by operation and OVERALL."""

    def window(self, run_id: RunId, from_s: float, to_s: float) -> RangeTallies | None:
        """Tallies of the intervals whose end lies in (from_s, to_s]; None when there is none."""

    def op_series(
        self, run_id: RunId, op: str, from_s: float = 0.0, to_s: float = math.inf
    ) -> list[OpWindow]:
        """Windows in (from_s, to_s] in which `op` (all groups and phases of that name) was called.

        On long ranges they are merged to about a minute each.
        """

    def add_event(self, run_id: RunId, event: Event) -> int:
        """Keep an event; its number within the run, from 1."""

    def events(self, run_id: RunId, *, after: int = 0) -> list[tuple[int, Event]]:
        """Events of a run in order."""

    def put_exchanges(self, run_id: RunId, added: Mapping[int, str], removed: Sequence[int] = ()) -> None:
        """Keep requests that are shown, as JSON by their position in the console; others make room for them."""

    def exchanges(self, run_id: RunId) -> list[tuple[int, str]]:
        """Requests that are kept, by position."""

    def remove_event(self, run_id: RunId, number: int) -> bool:
        """Remove one event of a run; False when there is none."""

    def get_object(self, kind: str, name: str) -> dict[str, object] | None:
        """A configuration object as JSON-ready mapping."""

    def put_object(self, kind: str, name: str, body: dict[str, object] | None) -> None:
        """Keep a configuration object; None removes it."""

    def stored_intervals(
        self, run_id: RunId, *, after: int, limit: int, op: OpKey | None = None
    ) -> list[StoredInterval]:
        """Steps with `seq` above `after`, in order; with `op` the tallies of that operation alone."""

    def replace_intervals(
        self,
        run_id: RunId,
        numbers: tuple[int, int],
        intervals: Sequence[StoredInterval],
        level: RetentionLevel | None,
    ) -> bool:
        """Put `steps` in the place of all from the first to the last of `numbers`, at once; `level` names the end.

        False, and nothing changes, when the run is gone, has not ended or is a baseline.
        """

    def open_draft(self) -> int:
        """A number to write detail under that no run shows yet; what is left of it at a start is removed."""

    def add_to_draft(self, draft: int, intervals: Sequence[StoredInterval]) -> None:
        """Put more steps into a draft."""

    def publish_draft(
        self,
        draft: int,
        run: Run,
        events: Sequence[Event],
        slo_results: Sequence[SloResult] = (),
        exchanges: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        """Make it a new run, at once; RunExists."""

    def drop_draft(self, draft: int) -> None:
        """Remove a draft."""

    def runs_kept(
        self, levels: Sequence[RetentionLevel], *, until: str, length_s: float = 0.0, limit: int = 100
    ) -> list[RunId]:
        """Ended runs at one of `levels`, kept since `until` or longer and no shorter than `length_s`, oldest first.

        Baselines are left out.
        """

    def at_one_moment(self) -> AbstractContextManager[None]:
        """All that the calling thread reads inside is as it was at one moment."""

    def usage(self) -> Usage:
        """How much room the database takes."""

    def is_tidy(self) -> bool:
        """Whether all that was deleted is gone and the room it took was given back."""

    def close(self) -> None:
        """Finish what was acknowledged and close; later calls raise StoreError."""
