"""Tallies of any time range: whole minutes from keyframes, the edges from single intervals."""

from collections.abc import Iterable

from dashboard.model.run import RunId
from dashboard.model.snapshot import OpKey
from dashboard.model.tally import Tally
from dashboard.store.connection import Row, SqlConnection
from dashboard.store.ops import op_keys
from dashboard.store.repository import MAX_INTEGER, Repository
from dashboard.store.run_rows import find_run_no
from dashboard.store.values import RangeTallies

_IN_RANGE = """
    SELECT min(seq), max(seq), count(*), min(elapsed_s - window_s), max(elapsed_s), max(window_s)
    FROM snapshots WHERE run_no = :run_no AND elapsed_s > :from_s AND elapsed_s <= :to_s
"""
_INTERVALS = "SELECT op_no, tally FROM intervals WHERE run_no = ? AND seq BETWEEN ? AND ?"
_SCATTERED = """
    SELECT op_no, tally FROM snapshots JOIN intervals USING (run_no, seq)
    WHERE run_no = :run_no AND elapsed_s > :from_s AND elapsed_s <= :to_s
"""


class RangeRepository(Repository):
    """Tallies merged over a time range. A keyframe must be the sum of all intervals up to its `seq`."""

    def cumulative(self, run_id: RunId) -> dict[OpKey, Tally]:
        """Return the tallies since the start of the run, by operation and `OVERALL`."""
        with self._database.reading() as db:
            return read_cumulative(db, find_run_no(db, run_id))

    def window(self, run_id: RunId, from_s: float, to_s: float) -> RangeTallies | None:
        """Return the merged tallies of the intervals that end in (from_s, to_s], or None without such an interval."""
        with self._database.reading() as db:
            return _window(db, find_run_no(db, run_id), from_s, to_s)


def read_cumulative(db: SqlConnection, run_no: int) -> dict[OpKey, Tally]:
    """Return the tallies since the start of the run."""
    return _by_op(db, run_no, _from_start(db, run_no, MAX_INTEGER))


def _window(db: SqlConnection, run_no: int, from_s: float, to_s: float) -> RangeTallies | None:
    limits = {"run_no": run_no, "from_s": from_s, "to_s": to_s}
    first, last, count, starts_s, ends_s, longest_s = db.execute(_IN_RANGE, limits).fetchone()
    if not count:
        return None
    if _is_contiguous(db, run_no, first, last, count):
        tallies = _between(db, run_no, first, last)
    else:
        tallies = _merge({}, db.execute(_SCATTERED, limits))
    return RangeTallies(
        from_s=max(0.0, starts_s), to_s=ends_s, resolution_s=longest_s, tallies=_by_op(db, run_no, tallies)
    )


def _is_contiguous(db: SqlConnection, run_no: int, first: int, last: int, count: int) -> bool:
    """Return whether the range has every `seq` from `first` to `last`.

    A `seq` in between is outside the range if the machine's clock was set back during the run.
    """
    sql = "SELECT count(*) FROM snapshots WHERE run_no = ? AND seq BETWEEN ? AND ?"
    return bool(db.execute(sql, (run_no, first, last)).fetchone()[0] == count)


def _between(db: SqlConnection, run_no: int, first: int, last: int) -> dict[int, Tally]:
    """Return the tallies from `first` to `last`.

    They are the sum of three parts: the intervals up to the first keyframe, the difference between the first and the
    last keyframe, and the intervals after the last keyframe.
    """
    before = _find_seq(db, "SELECT max(seq) FROM snapshots WHERE run_no = ? AND seq < ?", run_no, first)
    if before is None:
        return _from_start(db, run_no, last)
    opening = _find_seq(db, "SELECT min(seq) FROM keyframes WHERE run_no = ? AND seq >= ?", run_no, before)
    closing = _find_seq(db, "SELECT max(seq) FROM keyframes WHERE run_no = ? AND seq <= ?", run_no, last)
    if opening is None or closing is None or opening >= closing:
        return _merge({}, db.execute(_INTERVALS, (run_no, first, last)))
    earlier, later = _keyframe(db, run_no, opening), _keyframe(db, run_no, closing)
    empty = Tally()
    tallies = {number: tally.since(earlier.get(number, empty)) for number, tally in later.items()}
    _merge(tallies, db.execute(_INTERVALS, (run_no, first, opening)))
    return _merge(tallies, db.execute(_INTERVALS, (run_no, closing + 1, last)))


def _from_start(db: SqlConnection, run_no: int, last: int) -> dict[int, Tally]:
    """Return the newest keyframe up to `last`, merged with the intervals after it."""
    keyframe = _find_seq(db, "SELECT max(seq) FROM keyframes WHERE run_no = ? AND seq <= ?", run_no, last)
    tallies = {} if keyframe is None else _keyframe(db, run_no, keyframe)
    return _merge(tallies, db.execute(_INTERVALS, (run_no, (keyframe or 0) + 1, last)))


def _find_seq(db: SqlConnection, sql: str, run_no: int, seq: int) -> int | None:
    found: int | None = db.execute(sql, (run_no, seq)).fetchone()[0]
    return found


def _keyframe(db: SqlConnection, run_no: int, seq: int) -> dict[int, Tally]:
    rows = db.execute("SELECT op_no, tally FROM keyframes WHERE run_no = ? AND seq = ?", (run_no, seq))
    return {number: Tally.from_bytes(blob) for number, blob in rows}


def _merge(tallies: dict[int, Tally], rows: Iterable[Row]) -> dict[int, Tally]:
    """Add the tallies of `rows` to `tallies` in place."""
    for number, blob in rows:
        tally = Tally.from_bytes(blob)
        known = tallies.get(number)
        if known is None:
            tallies[number] = tally
        else:
            known.add(tally)
    return tallies


def _by_op(db: SqlConnection, run_no: int, tallies: dict[int, Tally]) -> dict[OpKey, Tally]:
    """Replace numbers with operations and leave out empty tallies."""
    keys = op_keys(db, run_no)
    return {keys[number]: tally for number, tally in tallies.items() if tally}
