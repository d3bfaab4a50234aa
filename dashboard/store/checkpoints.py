"""Checkpoints of live runs: the position where the push reader resumes, and its state at that position."""

import json

from dashboard.model.run import RunId
from dashboard.model.snapshot import Checkpoint
from dashboard.store import codec
from dashboard.store.connection import SqlConnection
from dashboard.store.repository import Repository
from dashboard.store.run_rows import find_run_no

_GET = 'SELECT record, segment, "offset", state, push FROM checkpoints WHERE run_no = ?'
_PUT = """
    INSERT OR REPLACE INTO checkpoints (run_no, record, segment, "offset", state, push)
    VALUES (?, ?, ?, ?, ?, ?)
"""


class CheckpointRepository(Repository):
    """The newest checkpoint of each live run."""

    def newest(self, run_id: RunId) -> Checkpoint | None:
        """Return the newest checkpoint, or None."""
        with self._database.reading() as db:
            row = db.execute(_GET, (find_run_no(db, run_id),)).fetchone()
        if row is None:
            return None
        record, segment, offset, state, push = row
        return Checkpoint(record=record, segment=segment, offset=offset, state=json.loads(state), push=push)


def replace_checkpoint(db: SqlConnection, run_no: int, checkpoint: Checkpoint) -> None:
    """Store a checkpoint instead of the earlier one."""
    position = (checkpoint.record, checkpoint.segment, checkpoint.offset)
    db.execute(_PUT, (run_no, *position, codec.to_json(checkpoint.state), checkpoint.push))
