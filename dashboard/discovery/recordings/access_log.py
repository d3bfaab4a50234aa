"""Reads an access log line by line: its operations with their shares, and the load of its busiest hour."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import BinaryIO, Final

from dashboard.discovery.discovered import Discovered, HostCount, ImportOptions, Remark, UnreadableDocument
from dashboard.discovery.recordings.log_candidates import LogCandidates
from dashboard.discovery.recordings.log_lines import ParseLine, choose_parser
from dashboard.discovery.recordings.log_paths import PathStats, PathTree
from dashboard.discovery.recordings.log_rates import load_of
from dashboard.discovery.recordings.skipped import OTHER_HOST, LeftOutCounts, is_static_path
from dashboard.endpoints.texts import METHODS

_MAX_LINE: Final = 65_536
_SAMPLE_LINES: Final = 50
_MAX_CACHED: Final = 200_000
_MAX_MINUTES: Final = 600_000
_MAX_HOSTS: Final = 100
_MAX_METHOD: Final = 12
_METHODS: Final = frozenset(method.encode() for method in METHODS)
_TARGET: Final = re.compile(rb"([A-Z]+) (?:([a-z]*):?//([^/]+))?(/.*)", re.DOTALL)
_PORT: Final = {b"https": b":443", b"http": b":80"}


def is_log(sample: bytes) -> bool:
    """Return whether the start of a file is an access log."""
    lines = sample.splitlines()[: _SAMPLE_LINES + 1]
    complete = lines[:-1] if len(lines) > 1 and not sample.endswith(b"\n") else lines
    return choose_parser(complete) is not None


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file. A line that is too long is cut into pieces, so that memory stays bounded."""
    return iter(lambda: file.readline(_MAX_LINE), b"")


def read_log(lines: Iterable[bytes], options: ImportOptions) -> Discovered:
    """Return the operations of an access log. Raises UnreadableDocument."""
    iterator = iter(lines)
    first = list(islice(iterator, _SAMPLE_LINES))
    if first and first[0].startswith(b"\x1f\x8b"):
        raise UnreadableDocument("The log is compressed. Unpack it first, for example with gunzip.")
    parse = choose_parser(first)
    if parse is None:
        raise UnreadableDocument(
            "This is not an access log that can be read. Use the common or combined format of nginx or Apache, JSON "
            "lines with method, path and status, or the format of AWS application load balancers."
        )
    counter = _LogCounter()
    counter.count(chain(first, iterator), parse)
    return counter.discovered(options)


class _LogCounter:
    """Counts requests by operation and by minute."""

    def __init__(self) -> None:
        self._trees: dict[bytes, PathTree] = {}
        self._schemes: dict[bytes, bytes] = {}
        self._cache: dict[bytes, PathStats] = {}
        self._static = PathStats()
        self._excess = PathStats()
        self._unsupported: Counter[bytes] = Counter()
        self._total = self._malformed = 0

    def count(self, lines: Iterable[bytes], parse: ParseLine) -> None:
        """Count all lines. This loop runs millions of times, so it does nothing that a line does not need."""
        cache = self._cache
        for line in lines:
            parsed = parse(line)
            if parsed is None:
                self._malformed += bool(line.strip()) and not line.startswith(b"#")
                continue
            request, query, status, minute = parsed
            stats = cache.get(request) or self._find(request)
            stats.count += 1
            stats.statuses[status] += 1
            if status < b"4":
                stats.vote(request, query)
            minutes = stats.minutes
            if minutes is not None and (minute in minutes or len(minutes) < _MAX_MINUTES):
                minutes[minute] += 1
            self._total += 1

    def _find(self, request: bytes) -> PathStats:
        """Return the figures for a request that is not cached."""
        match = _TARGET.fullmatch(request)
        method = match[1] if match else request.partition(b" ")[0]
        if match is None or method not in _METHODS:
            self._unsupported[method if len(method) <= _MAX_METHOD else b"other methods"] += 1
            return PathStats()
        if is_static_path(match[4].decode("latin-1")):
            stats: PathStats | None = self._static
        else:
            stats = self._find_operation(method, match[2], match[3] or b"", match[4])
        if len(self._cache) >= _MAX_CACHED:
            self._cache.clear()
        self._cache[request] = found = stats or self._excess
        return found

    def _find_operation(
        self, method: bytes, scheme: bytes | None, host: bytes, path: bytes
    ) -> PathStats | None:
        host = host.lower().removesuffix(_PORT.get(scheme or b"", b"\0"))
        if host not in self._trees and len(self._trees) >= _MAX_HOSTS:
            return None
        tree = self._trees.setdefault(host, PathTree())
        self._schemes[host] = scheme or b""
        collapses = tree.collapses
        stats = tree.stats_of(method, path)
        if tree.collapses > collapses:
            self._cache.clear()
        return stats

    def discovered(self, options: ImportOptions) -> Discovered:
        """Return the result. Raises UnreadableDocument if nothing can be imported."""
        operations = {host: list(tree.operations()) for host, tree in self._trees.items()}
        counts = Counter(
            {host: sum(stats.count for *_, stats in found) for host, found in operations.items()}
        )
        hosts = _chosen(counts, options)
        left_out = self._left_out(counts, hosts)
        candidates = LogCandidates(left_out)
        candidates.add(operation for host in hosts for operation in operations[host])
        if not candidates.candidates:
            raise UnreadableDocument(
                "The log contains no request that can be imported, only static files or others."
            )
        return Discovered(
            format="access_log",
            base_urls=tuple(self._origin_of(host) for host in hosts if host),
            candidates=candidates.candidates,
            requested_values=candidates.mask.requested_values,
            hosts=tuple(
                HostCount(host.decode("utf-8", "replace"), count, host in hosts)
                for host, count in counts.most_common()
                if host
            ),
            load=load_of(sum((self._trees[host].minutes for host in hosts), Counter())),
            left_out=left_out.as_tuple(),
            remarks=self._remarks(),
        )

    def _origin_of(self, host: bytes) -> str:
        scheme = self._schemes[host] or b"https"
        return f"{scheme.decode()}://{host.decode('utf-8', 'replace')}"

    def _left_out(self, counts: Counter[bytes], hosts: set[bytes]) -> LeftOutCounts:
        left_out = LeftOutCounts()
        reasons = {
            (
                "Static files",
                "Images, styles, scripts, fonts and media are no part of an API test.",
            ): self._static.count,
            ("Further paths", "The log has too many different paths."): self._excess.count,
            ("Unreadable lines", "They have another format than the rest of the log."): self._malformed,
        }
        for method, count in self._unsupported.items():
            reasons[f"Requests with {method.decode('latin-1')}", "This method is not supported."] = count
        for host in counts.keys() - hosts:
            name = host.decode("utf-8", "replace") or "Requests without a host"
            reasons[name, OTHER_HOST] = counts[host]
        for (name, reason), count in reasons.items():
            if count:
                left_out.add(name, reason, count)
        return left_out

    def _remarks(self) -> tuple[Remark, ...]:
        remarks = [Remark("note", f"{self._total:,} requests were read. Only GET and HEAD are selected.")]
        if self._malformed > self._total:
            remarks.append(
                Remark("problem", f"{self._malformed:,} lines could not be read: more than the rest.")
            )
        return tuple(remarks)


def _chosen(counts: Counter[bytes], options: ImportOptions) -> set[bytes]:
    wanted = {host.lower().encode() for host in options.hosts}
    included = counts.keys() & wanted
    return set(included) or {host for host, _ in counts.most_common(1)}
