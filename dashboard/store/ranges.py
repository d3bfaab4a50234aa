"""Tallies of any time range: whole minutes from keyframes, the edges from single intervals."""

from collections.abc import Iterable

from dashboard.model.snapshot import OpKey
from dashboard.model.tally import Tally
from dashboard.store.base import RangeTallies
from dashboard.store.connection import Connection, Row
from dashboard.store.detail import NEWEST, op_keys

_IN_RANGE = """
    SELECT min(seq), max(seq), count(*), min(elapsed_s - window_s), max(elapsed_s), max(window_s)
    FROM snapshots WHERE run_no = :run_no AND elapsed_s > :from_s AND elapsed_s <= :to_s
"""
_INTERVALS = "SELECT op_no, tally FROM intervals WHERE run_no = ? AND seq BETWEEN ? AND ?"
_SCATTERED = """
    SELECT op_no, tally FROM snapshots JOIN intervals USING (run_no, seq)
    WHERE run_no = :run_no AND elapsed_s > :from_s AND elapsed_s <= :to_s
"""


def cumulative(db: Connection, run_no: int) -> dict[OpKey, Tally]:
    """Tallies of the whole run so far."""
    return _named(db, run_no, _from_start(db, run_no, NEWEST))


def window(db: Connection, run_no: int, from_s: float, to_s: float) -> RangeTallies | None:
    """Tallies of the intervals whose end lies in (from_s, to_s]."""
    limits = {"run_no": run_no, "from_s": from_s, "to_s": to_s}
    first, last, count, starts_s, ends_s, longest_s = db.execute(_IN_RANGE, limits).fetchone()
    if not count:
        return None
    if _is_contiguous(db, run_no, first, last, count):
        tallies = _between(db, run_no, first, last)
    else:
        tallies = _merged({}, db.execute(_SCATTERED, limits))
    return RangeTallies(
        from_s=max(0.0, starts_s), to_s=ends_s, resolution_s=longest_s, tallies=_named(db, run_no, tallies)
    )


def _is_contiguous(db: Connection, run_no: int, first: int, last: int, count: int) -> bool:
    """Not so when the clock of the machine was set back during the run."""
    sql = "SELECT count(*) FROM snapshots WHERE run_no = ? AND seq BETWEEN ? AND ?"
    return bool(db.execute(sql, (run_no, first, last)).fetchone()[0] == count)


def _between(db: Connection, run_no: int, first: int, last: int) -> dict[int, Tally]:
    """Intervals up to the first keyframe in the range, the difference to the last, intervals after it."""
    before = _newest(db, "SELECT max(seq) FROM snapshots WHERE run_no = ? AND seq < ?", run_no, first)
    if before is None:
        return _from_start(db, run_no, last)
    opening = _newest(db, "SELECT min(seq) FROM keyframes WHERE run_no = ? AND seq >= ?", run_no, before)
    closing = _newest(db, "SELECT max(seq) FROM keyframes WHERE run_no = ? AND seq <= ?", run_no, last)
    if opening is None or closing is None or opening >= closing:
        return _merged({}, db.execute(_INTERVALS, (run_no, first, last)))
    earlier, later = _keyframe(db, run_no, opening), _keyframe(db, run_no, closing)
    nothing = Tally()
    tallies = {number: tally.since(earlier.get(number, nothing)) for number, tally in later.items()}
    _merged(tallies, db.execute(_INTERVALS, (run_no, first, opening)))
    return _merged(tallies, db.execute(_INTERVALS, (run_no, closing + 1, last)))


def _from_start(db: Connection, run_no: int, last: int) -> dict[int, Tally]:
    """The newest keyframe up to `last` and the intervals after it."""
    keyframe = _newest(db, "SELECT max(seq) FROM keyframes WHERE run_no = ? AND seq <= ?", run_no, last)
    tallies = {} if keyframe is None else _keyframe(db, run_no, keyframe)
    return _merged(tallies, db.execute(_INTERVALS, (run_no, (keyframe or 0) + 1, last)))


def _newest(db: Connection, sql: str, run_no: int, seq: int) -> int | None:
    found: int | None = db.execute(sql, (run_no, seq)).fetchone()[0]
    return found


def _keyframe(db: Connection, run_no: int, seq: int) -> dict[int, Tally]:
    rows = db.execute("SELECT op_no, tally FROM keyframes WHERE run_no = ? AND seq = ?", (run_no, seq))
    return {number: Tally.from_bytes(blob) for number, blob in rows}


def _merged(tallies: dict[int, Tally], rows: Iterable[Row]) -> dict[int, Tally]:
    for number, blob in rows:
        tally = Tally.from_bytes(blob)
        known = tallies.get(number)
        if known is None:
            tallies[number] = tally
        else:
            known.add(tally)
    return tallies


def _named(db: Connection, run_no: int, tallies: dict[int, Tally]) -> dict[OpKey, Tally]:
    """By operation; those that nothing was counted of are left out."""
    keys = op_keys(db, run_no)
    return {keys[number]: tally for number, tally in tallies.items() if tally}
