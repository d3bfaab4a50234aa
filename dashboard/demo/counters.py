"""Counts requests and responses by operation and status. Tests compare the figures of load tests with these counts.

All counting happens on a single event loop, so every update is atomic.
"""


class OperationCount:
    """Counts of one operation since the last reset."""

    __slots__ = ("answered", "received", "statuses")

    def __init__(self) -> None:
        self.received = 0
        self.answered = 0
        self.statuses: dict[int, int] = {}

    def add_response(self, status: int) -> None:
        self.answered += 1
        self.statuses[status] = self.statuses.get(status, 0) + 1

    def as_json(self) -> dict[str, object]:
        statuses = {str(status): count for status, count in sorted(self.statuses.items())}
        return {"received": self.received, "answered": self.answered, "statuses": statuses}


class DemoCounters:
    """Counts by operation. A request in progress during a reset is counted in the old counts."""

    def __init__(self) -> None:
        self._counts: dict[str, OperationCount] = {}

    def add_request(self, operation: str) -> OperationCount:
        count = self._counts.get(operation)
        if count is None:
            count = self._counts[operation] = OperationCount()
        count.received += 1
        return count

    def reset(self) -> None:
        self._counts = {}

    def as_json(self) -> dict[str, object]:
        total = OperationCount()
        for count in self._counts.values():
            total.received += count.received
            total.answered += count.answered
            for status, responses in count.statuses.items():
                total.statuses[status] = total.statuses.get(status, 0) + responses
        operations = {name: count.as_json() for name, count in sorted(self._counts.items())}
        return {"operations": operations, **total.as_json()}
