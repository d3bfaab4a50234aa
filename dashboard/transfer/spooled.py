"""What is made whole before its first byte leaves: a failure is told as a problem then, not by a broken file."""

from collections.abc import Callable, Iterator
from tempfile import SpooledTemporaryFile, gettempdir
from typing import IO

from dashboard.model.errors import NotFound, Unavailable
from dashboard.store.store import Store

KEPT_IN_MEMORY_BYTES = 8 * 1024 * 1024
SENT_AT_ONCE = 64 * 1024


def spooled(store: Store, run_id: str, write: Callable[[IO[bytes]], None]) -> Iterator[bytes]:
    """What `write` writes of a run, as the store is at one moment, whatever changes meanwhile.

    Raises NotFound when the run is deleted: its folder, which goes too, is read beside the database. Unavailable when
    there is no room for it.
    """
    with SpooledTemporaryFile(KEPT_IN_MEMORY_BYTES) as file:
        try:
            with store.consistent_reads():
                write(file)
        except OSError as error:
            words = f"run {run_id} cannot be packed in {gettempdir()}: {error.strerror or error}"
            raise Unavailable(words) from error
        if store.runs.get(run_id) is None:
            raise NotFound(f"run {run_id} was deleted meanwhile")
        file.seek(0)
        while part := file.read(SENT_AT_ONCE):
            yield part
