"""What the service received and answered, per operation and status: what load tests are held against.

All counting happens on the one event loop, so every step is atomic.
"""


class Tally:
    """Counts of one operation since the last reset."""

    __slots__ = ("answered", "received", "statuses")

    def __init__(self) -> None:
        self.received = 0
        self.answered = 0
        self.statuses: dict[int, int] = {}

    def count_answer(self, status: int) -> None:
        self.answered += 1
        self.statuses[status] = self.statuses.get(status, 0) + 1

    def as_json(self) -> dict[str, object]:
        statuses = {str(status): count for status, count in sorted(self.statuses.items())}
        return {"received": self.received, "answered": self.answered, "statuses": statuses}


class Counters:
    """Tallies by operation. A request under way during a reset stays with the old tally."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}

    def count_request(self, operation: str) -> Tally:
        tally = self._tallies.get(operation)
        if tally is None:
            tally = self._tallies[operation] = Tally()
        tally.received += 1
        return tally

    def reset(self) -> None:
        self._tallies = {}

    def as_json(self) -> dict[str, object]:
        total = Tally()
        for tally in self._tallies.values():
            total.received += tally.received
            total.answered += tally.answered
            for status, count in tally.statuses.items():
                total.statuses[status] = total.statuses.get(status, 0) + count
        operations = {name: tally.as_json() for name, tally in sorted(self._tallies.items())}
        return {"operations": operations, **total.as_json()}
