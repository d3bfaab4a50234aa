"""How late an open page hears of a push: from the moment at which the runner had it to the event at the client."""

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

PATIENCE_S = 60.0


@dataclass(slots=True)
class Heard:
    """When each snapshot of a run was heard of first, in Unix milliseconds."""

    at_ms: dict[int, float] = field(default_factory=dict)

    def lags_ms(self, folder: RunFolder) -> list[float]:
        """How long after its push each came. A push that came just behind another has no snapshot of its own."""
        return [self.at_ms[seq] - at_ms for seq, at_ms in _arrivals(folder).items() if seq in self.at_ms]


@contextmanager
def hearing(url: str, run_id: str) -> Iterator[Heard]:
    """A page is open on the run: figures that are made for listeners alone are made."""
    topics = f"runs,run:{run_id},ops:{run_id},log:{run_id}"
    stream = urlopen(f"{url}/stream?topics={topics}", timeout=PATIENCE_S)  # noqa: S310 - our own server
    heard = Heard()

    def listen() -> None:
        event = b""
        with suppress(OSError, ValueError):
            for line in stream:
                if line.startswith(b"event: "):
                    event = line[7:].strip()
                elif event == b"snapshot" and line.startswith(b"data: "):
                    seq = int(json.loads(line[6:])["data"]["seq"])
                    heard.at_ms.setdefault(seq, time.time() * 1000)

    reader = threading.Thread(target=listen, name="page", daemon=True)
    reader.start()
    try:
        yield heard
    finally:
        # shut down first: closing alone waits for the lock that the reader holds
        with suppress(OSError):
            stream.fp.raw._sock.shutdown(socket.SHUT_RDWR)
        reader.join(PATIENCE_S)
        stream.close()


def _arrivals(folder: RunFolder) -> dict[int, int]:
    """When the runner had each push whose segment is still there."""
    found = [read(segment_path(folder.path, number)).records for number in list_segments(folder.path)]
    return {record.number: record.arrived_ms for records in found for record in records}
