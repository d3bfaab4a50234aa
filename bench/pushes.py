"""Synthetic pushes like those of k6, for any number of operations with the same ten series each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from math import ceil
from random import Random

import cramjam

from dashboard.engine.remote_write_pb2 import Histogram as WireHistogram
from dashboard.engine.remote_write_pb2 import Label, Push, Sample, Series, Span
from dashboard.model.histogram import PER_OCTAVE, SCHEMA

# The binary logarithm of the typical duration of a request and of its parts, in seconds. Waiting is the longest part.
TYPICAL_DURATIONS = {
    "http_req_duration": -8.0,
    "http_req_waiting": -8.3,
    "http_req_receiving": -14.0,
    "http_req_sending": -15.0,
    "http_req_blocked": -17.0,
}
ZERO_PARTS = ("http_req_connecting", "http_req_tls_handshaking")
SPREAD = 0.8


@dataclass(slots=True)
class _Histogram:
    """One cumulative histogram series."""

    labels: tuple[bytes, ...]
    typical: float | None
    zero: int = 0
    total: float = 0.0
    buckets: dict[int, int] = field(default_factory=dict)

    def add(self, count: int, random: Random) -> None:
        if self.typical is None:
            self.zero += count
            return
        for _ in range(count):
            exponent = random.gauss(self.typical, SPREAD)
            index = ceil(exponent * PER_OCTAVE)
            self.buckets[index] = self.buckets.get(index, 0) + 1
            self.total += 2.0**exponent


class SyntheticRun:
    """A run of `operations`, each called `calls` times between two pushes."""

    def __init__(
        self, operations: int, calls: int, *, started_ms: int, interval_ms: int, seed: int = 1
    ) -> None:
        self._calls = calls
        self._operations = operations
        self._at_ms = started_ms
        self._interval_ms = interval_ms
        self._random = Random(seed)
        self._requests = 0
        self._histograms = [
            histogram for n in range(operations) for histogram in _operation_histograms(f"Operation{n}", n)
        ]
        self._iterations = _Histogram(_labels("k6_iteration_duration_seconds", {"scenario": "load"}), -7.9)

    def __iter__(self) -> Iterator[bytes]:
        """Yield push bodies without end."""
        while True:
            self._at_ms += self._interval_ms
            yield self._push()

    def _push(self) -> bytes:
        push = Push()
        for histogram in self._histograms:
            histogram.add(self._calls, self._random)
        self._requests += self._calls * self._operations
        self._iterations.add(min(1_000, self._calls * self._operations), self._random)
        push.series.extend(_wire(one, self._at_ms) for one in (*self._histograms, self._iterations))
        for n in range(self._operations):
            op_requests = self._requests / self._operations
            push.series.append(self._sample("k6_http_reqs_total", op_requests, _tags(f"Operation{n}", n)))
            push.series.append(self._sample("k6_http_req_failed_rate", 0.0, _tags(f"Operation{n}", n)))
        for name, value in {"k6_vus": 20.0, "k6_vus_max": 20.0}.items():
            push.series.append(self._sample(name, value, {}))
        for name in ("k6_data_sent_total", "k6_data_received_total", "k6_iterations_total"):
            push.series.append(self._sample(name, self._requests * 100.0, {"scenario": "load"}))
        return bytes(cramjam.snappy.compress_raw(push.SerializeToString()))

    def _sample(self, name: str, value: float, tags: Mapping[str, str]) -> bytes:
        sample = Sample(value=value, timestamp_ms=self._at_ms)
        return Series(labels=_labels(name, tags), samples=[sample]).SerializeToString()


def _operation_histograms(name: str, number: int) -> Iterator[_Histogram]:
    for metric, typical in TYPICAL_DURATIONS.items():
        yield _Histogram(_labels(f"k6_{metric}_seconds", _tags(name, number)), typical)
    for metric in ZERO_PARTS:
        yield _Histogram(_labels(f"k6_{metric}_seconds", _tags(name, number)), None)
    check = {"op": name, "group": _group(number), "check": "status is 200", "scenario": "load"}
    yield _Histogram(_labels("k6_op_checks", check), 0.0)


def _tags(name: str, number: int) -> dict[str, str]:
    return {
        "expected_response": "true",
        "group": _group(number),
        "method": "GET",
        "name": name,
        "op": name,
        "proto": "HTTP/1.1",
        "scenario": "load",
        "status": "200",
        "url": name,
    }


def _group(number: int) -> str:
    return f"group{number % 8}"


def _labels(name: str, tags: Mapping[str, str]) -> tuple[bytes, ...]:
    run = {"run_id": "20261121-101500-abcdefgh", "k6_feature_native_histograms": "true"}
    named = sorted({"__name__": name, **run, **tags}.items())
    return tuple(Label(name=key.encode(), value=text.encode()).SerializeToString() for key, text in named)


def _wire(histogram: _Histogram, at_ms: int) -> bytes:
    wire = WireHistogram(
        count=histogram.zero + sum(histogram.buckets.values()),
        sum=histogram.total,
        schema=SCHEMA,
        zero_count=histogram.zero,
        timestamp_ms=at_ms,
    )
    at = before = 0
    indexes = sorted(histogram.buckets)
    for _, pairs in groupby(enumerate(indexes), key=lambda pair: pair[1] - pair[0]):
        together = [index for _, index in pairs]
        span = Span(offset=together[0] - at, length=len(together))
        wire.positive_spans.append(span.SerializeToString())
        at = together[-1] + 1
        for index in together:
            wire.positive_deltas.append(histogram.buckets[index] - before)
            before = histogram.buckets[index]
    return Series(labels=histogram.labels, histograms=[wire]).SerializeToString()
