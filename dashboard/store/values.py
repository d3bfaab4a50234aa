"""Values that the store takes and returns."""

from dataclasses import dataclass

from dashboard.model.snapshot import OpKey, Snapshot
from dashboard.model.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredInterval:
    """An interval with its tallies in their stored encoding, for callers that do not decode them."""

    snapshot: Snapshot
    tallies: dict[OpKey, bytes]
    keyframe: dict[OpKey, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseUsage:
    """Size of the database file, size of its write-ahead log, and the part of the file that holds data."""

    file_bytes: int
    log_bytes: int
    used_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """The runs that a list shows. None does not filter; `since` and `until` are inclusive ISO times.

    `target` matches a part of the target. `meta` matches `key=value`, or any value of `key`. `search` matches a
    part of the profile, label, target, run id, tags, metadata or notes, ignoring case.
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
    """The column that orders a list. `after` is the value of that column in the last run of the previous page."""

    by: str
    descending: bool
    after: str | float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Runs that are comparable: the same profile, and the same environment or, without one, the same target.

    With neither environment nor target, runs against any target are comparable. `until` (ISO time) leaves out runs
    created later.
    """

    profile: str
    env_profile: str | None = None
    base_url: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeTallies:
    """The effective limits of a time range and the tally of each operation in it.

    `resolution_s` is the longest window of the snapshots in the range.
    """

    from_s: float
    to_s: float
    resolution_s: float
    tallies: dict[OpKey, Tally]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpWindow:
    """The tally of one operation in the `window_s` seconds before `elapsed_s`."""

    seq: int
    elapsed_s: float
    window_s: float
    tally: Tally
