"""The numbers under which a run's operations are stored."""

from collections.abc import Iterable

from dashboard.model.snapshot import OpKey
from dashboard.store.connection import SqlConnection


def op_keys(db: SqlConnection, run_no: int) -> dict[int, OpKey]:
    """Return the operations of a run by number."""
    rows = db.execute('SELECT op_no, op, "group", phase FROM ops WHERE run_no = ?', (run_no,))
    return {number: OpKey(op, group, phase) for number, op, group, phase in rows}


def op_numbers(db: SqlConnection, run_no: int, keys: Iterable[OpKey]) -> dict[OpKey, int]:
    """Return the numbers of a run's operations. New operations in `keys` get the next numbers."""
    numbers = {key: number for number, key in op_keys(db, run_no).items()}
    for key in keys:
        if key not in numbers:
            numbers[key] = len(numbers)
            sql = 'INSERT INTO ops (run_no, op_no, op, "group", phase) VALUES (?, ?, ?, ?, ?)'
            db.execute(sql, (run_no, numbers[key], *key))
    return numbers
