"""Builds a download completely before its first byte is sent, so that a failure becomes an error response."""

from collections.abc import Callable, Iterator
from tempfile import SpooledTemporaryFile, gettempdir
from typing import IO

from dashboard.model.errors import NotFound, Unavailable
from dashboard.store.store import Store

MAX_MEMORY_BYTES = 8 * 1024 * 1024
CHUNK_BYTES = 64 * 1024


def spool(store: Store, run_id: str, write: Callable[[IO[bytes]], None]) -> Iterator[bytes]:
    """Yield the bytes that `write` writes, in chunks. All its reads of the store see the same state.

    Raises NotFound if the run is deleted meanwhile, because its folder, which is not part of that state, is deleted
    too. Raises Unavailable if the temporary file cannot be written.
    """
    with SpooledTemporaryFile(MAX_MEMORY_BYTES) as file:
        try:
            with store.consistent_reads():
                write(file)
        except OSError as error:
            message = f"Run {run_id} cannot be packed in {gettempdir()}: {error.strerror or error}"
            raise Unavailable(message) from error
        if store.runs.get(run_id) is None:
            raise NotFound(f"Run {run_id} was deleted during the export.")
        file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
