"""The lag from the arrival of a push at the runner to its event at a stream client."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.request import urlopen

from dashboard.run_folder.files import RunFolder
from dashboard.run_folder.push_log import list_segments, read, segment_path

STREAM_TIMEOUT_S = 60.0


@dataclass(slots=True)
class StreamLog:
    """The time of the first event for each snapshot of a run, in Unix milliseconds."""

    at_ms: dict[int, float] = field(default_factory=dict)

    def lags_ms(self, folder: RunFolder) -> list[float]:
        """Return the lag of each snapshot. A push that follows directly after another one has no separate snapshot."""
        return [self.at_ms[seq] - at_ms for seq, at_ms in _arrivals(folder).items() if seq in self.at_ms]


@contextmanager
def listening(url: str, run_id: str) -> Iterator[StreamLog]:
    """Keep a stream open, so that the figures that only clients need are computed too."""
    topics = f"runs,run:{run_id},ops:{run_id},log:{run_id}"
    stream = urlopen(f"{url}/stream?topics={topics}", timeout=STREAM_TIMEOUT_S)
    log = StreamLog()

    def listen() -> None:
        event = b""
        with suppress(OSError, ValueError):
            for line in stream:
                if line.startswith(b"event: "):
                    event = line[7:].strip()
                elif event == b"snapshot" and line.startswith(b"data: "):
                    seq = int(json.loads(line[6:])["data"]["seq"])
                    log.at_ms.setdefault(seq, time.time() * 1000)

    reader = threading.Thread(target=listen, name="page", daemon=True)
    reader.start()
    try:
        yield log
    finally:
        # shut down first, because close() would wait for the lock that the reader holds
        with suppress(OSError):
            stream.fp.raw._sock.shutdown(socket.SHUT_RDWR)
        reader.join(STREAM_TIMEOUT_S)
        stream.close()


def _arrivals(folder: RunFolder) -> dict[int, int]:
    """Return the arrival time of each push whose segment still exists."""
    found = [read(segment_path(folder.path, number)).records for number in list_segments(folder.path)]
    return {record.number: record.arrived_ms for records in found for record in records}
