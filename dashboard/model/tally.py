"""Tally: mergeable counts and histograms of a set of requests.

Request counts are not stored separately. They are the counts of the duration histograms, one per status class and
outcome, so that a total always equals the sum of its parts.
"""

from collections.abc import Hashable, Iterable
from typing import TypeVar

from dashboard.model.histogram import Histogram, merge
from dashboard.model.short_names import read_name, write_name
from dashboard.model.varint import reading, write_double, write_varint

BLOB_VERSION = 2
_WITHOUT_FAULTS = 1
MAX_FAULTS = 100
OTHER_REASONS = "other reasons"
Fault = tuple[str, str]  # kind and reason
REJECTED = "op_rejected"
NO_RESPONSE, OTHER_STATUS = "0", "x"
GRAPHQL_ERRORS = "GraphQL errors"  # the error text of a response that fails the check for them
UNFOLLOWED = "redirect that was not followed"  # the error text of such a redirect
HOPS = "hops"  # the counter of redirects that were followed
HTTP_ERROR_PREFIX = "HTTP "  # before the status in the error text of a response with an unexpected status
STATUS_CLASSES = (NO_RESPONSE, "1", "2", "3", "4", "5", OTHER_STATUS)
Key = TypeVar("Key", bound=Hashable)


class Tally:
    """Mergeable counts of one operation or of all operations, for one interval or cumulative.

    durations: request durations in seconds by status class and outcome: "2+" is expected, "5-" is an error, "0-" had
        no response. The durations of "0-" are in no latency figure
    statuses: requests by status code; errors: failed requests by k6's error message
    checks: (passes, fails) by check name
    trends: other histograms by k6 metric name: waiting, connecting, iteration_duration, custom metrics
    counters: sums by k6 metric name: data_sent, dropped_iterations, custom metrics
    faults: steps without a response by kind (skipped, unreached, thrown) and reason
    """

    __slots__ = ("checks", "counters", "durations", "errors", "faults", "statuses", "trends")

    def __init__(self) -> None:
        self.durations: dict[str, Histogram] = {}
        self.statuses: dict[str, int] = {}
        self.errors: dict[str, int] = {}
        self.checks: dict[str, tuple[int, int]] = {}
        self.trends: dict[str, Histogram] = {}
        self.counters: dict[str, float] = {}
        self.faults: dict[Fault, int] = {}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tally):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__slots__)

    @property
    def requests(self) -> int:
        """Number of requests."""
        return sum(histogram.count for histogram in self.durations.values())

    @property
    def hops(self) -> int:
        """Number of requests whose response is a redirect that was followed."""
        return round(self.counters.get(HOPS, 0.0))

    @property
    def failed(self) -> int:
        """Number of requests with an unexpected response or none."""
        unexpected = sum([h.count for key, h in self.durations.items() if key[1] == "-"])
        return unexpected + (self.rejected.count if REJECTED in self.trends else 0)

    @property
    def rejected(self) -> Histogram:
        """The durations of responses that are errors although k6 expects their status. They are among `durations`."""
        return self.trends.get(REJECTED) or Histogram()

    def requests_in_class(self, status_class: str) -> int:
        """Return the number of requests of a status class such as "2"; "0" means no response, "x" another status."""
        return sum(h.count for key, h in self.durations.items() if key[0] == status_class)

    def requests_by_class(self) -> dict[str, int]:
        """Return the number of requests of every status class."""
        counts = dict.fromkeys(STATUS_CLASSES, 0)
        for key, histogram in self.durations.items():
            counts[key[0]] += histogram.count
        return counts

    def duration(self) -> Histogram:
        """Return the durations of the requests with a response: a refused connection would appear as 0 ms.

        Do not change them: if all have the same status class and outcome, they are the tally's own.
        """
        answered = [h for key, h in self.durations.items() if key[0] != NO_RESPONSE]
        return answered[0] if len(answered) == 1 else merge(answered)

    def success_duration(self) -> Histogram:
        """Return the durations of the requests with an expected response."""
        expected = merge(h for key, h in self.durations.items() if key[0] != NO_RESPONSE and key[1] == "+")
        return expected.without(self.rejected)

    def add_duration(self, key: str, histogram: Histogram, *, keep: bool = False) -> None:
        """Add durations of the status class and outcome `key`. `keep`: the tally may keep and change `histogram`."""
        _accumulate(self.durations, key, histogram, keep)

    def add_trend(self, name: str, histogram: Histogram, *, keep: bool = False) -> None:
        """Add a histogram to the trend `name`. `keep`: the tally may keep and change `histogram`."""
        _accumulate(self.trends, name, histogram, keep)

    def add_check(self, name: str, passes: int, fails: int) -> None:
        """Add results of the check `name`."""
        before = self.checks.get(name, (0, 0))
        self.checks[name] = (before[0] + passes, before[1] + fails)

    def add_fault(self, fault: Fault, count: int) -> None:
        """Add faults. Beyond MAX_FAULTS reasons, the others of a kind are combined."""
        key = fault if fault in self.faults or len(self.faults) < MAX_FAULTS else (fault[0], OTHER_REASONS)
        self.faults[key] = self.faults.get(key, 0) + count

    def count_faults(self, *kinds: str) -> int:
        """Return the number of faults of these kinds."""
        return sum([count for (kind, _), count in self.faults.items() if kind in kinds])

    def add(self, other: "Tally") -> None:
        """Add everything in `other`."""
        for key, histogram in other.durations.items():
            self.add_duration(key, histogram)
        for name, histogram in other.trends.items():
            self.add_trend(name, histogram)
        for name, (passes, fails) in other.checks.items():
            self.add_check(name, passes, fails)
        _add_counts(self.statuses, other.statuses)
        _add_counts(self.errors, other.errors)
        for name, amount in other.counters.items():
            self.counters[name] = self.counters.get(name, 0.0) + amount
        for fault, count in other.faults.items():
            self.add_fault(fault, count)

    def since(self, earlier: "Tally") -> "Tally":
        """Return what was added since the cumulative tally `earlier`, without empty parts."""
        out = Tally()
        out.durations = _histograms_since(self.durations, earlier.durations)
        out.trends = _histograms_since(self.trends, earlier.trends)
        out.statuses = _counts_since(self.statuses, earlier.statuses)
        out.errors = _counts_since(self.errors, earlier.errors)
        for name, (passes, fails) in self.checks.items():
            before = earlier.checks.get(name, (0, 0))
            if (passes, fails) != before:
                out.checks[name] = (passes - before[0], fails - before[1])
        for name, amount in self.counters.items():
            if amount != earlier.counters.get(name, 0.0):
                out.counters[name] = amount - earlier.counters.get(name, 0.0)
        out.faults = _counts_since(self.faults, earlier.faults)
        return out

    def to_bytes(self) -> bytes:
        """Return the compact form that docs/formats.md describes."""
        out = bytearray([BLOB_VERSION])
        for histograms in (self.durations, self.trends):
            write_varint(out, len(histograms))
            for name, histogram in histograms.items():
                write_name(out, name)
                histogram.write(out)
        for counts in (self.statuses, self.errors):
            write_varint(out, len(counts))
            for name, count in counts.items():
                write_name(out, name)
                write_varint(out, count)
        write_varint(out, len(self.checks))
        for name, (passes, fails) in self.checks.items():
            write_name(out, name)
            write_varint(out, passes)
            write_varint(out, fails)
        write_varint(out, len(self.counters))
        for name, amount in self.counters.items():
            write_name(out, name)
            write_double(out, amount)
        write_varint(out, len(self.faults))
        for fault, count in self.faults.items():
            write_name(out, fault[0])
            write_name(out, fault[1])
            write_varint(out, count)
        return bytes(out)

    @classmethod
    def from_bytes(cls, blob: bytes) -> "Tally":
        """Return the tally in `blob`. Raises ValueError for another version or a damaged blob."""
        out = cls()
        with reading(blob, "tally", _WITHOUT_FAULTS, BLOB_VERSION) as reader:
            for histograms in (out.durations, out.trends):
                for _ in range(reader.varint()):
                    name = read_name(reader)
                    histograms[name] = Histogram.read(reader)
            for counts in (out.statuses, out.errors):
                for _ in range(reader.varint()):
                    name = read_name(reader)
                    counts[name] = reader.varint()
            for _ in range(reader.varint()):
                name = read_name(reader)
                out.checks[name] = (reader.varint(), reader.varint())
            for _ in range(reader.varint()):
                name = read_name(reader)
                out.counters[name] = reader.double()
            for _ in range(reader.varint() if blob[0] != _WITHOUT_FAULTS else 0):
                fault = (read_name(reader), read_name(reader))
                out.faults[fault] = reader.varint()
        return out


def total_of(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of `tallies`, whose order does not matter."""
    out = Tally()
    for tally in tallies:
        out.add(tally)
    return out


def _accumulate(into: dict[str, Histogram], name: str, histogram: Histogram, keep: bool) -> None:
    known = into.get(name)
    if known is None:
        into[name] = histogram if keep else histogram.copy()
    else:
        known.add(histogram)


def _add_counts(into: dict[str, int], counts: dict[str, int]) -> None:
    for name, count in counts.items():
        into[name] = into.get(name, 0) + count


def _counts_since(later: dict[Key, int], earlier: dict[Key, int]) -> dict[Key, int]:
    return {name: n - earlier.get(name, 0) for name, n in later.items() if n != earlier.get(name, 0)}


def _histograms_since(later: dict[str, Histogram], earlier: dict[str, Histogram]) -> dict[str, Histogram]:
    out = {}
    for name, histogram in later.items():
        before = earlier.get(name)
        added = histogram.copy() if before is None else histogram.since(before)
        if not added.is_empty:
            out[name] = added
    return out
