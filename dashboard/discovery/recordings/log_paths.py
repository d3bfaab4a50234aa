"""Clusters the paths of a log into operations: segments that identify an item become `{id}` or `{slug}`.

The tree is bounded: a node with too many different segments is collapsed into one.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

ID: Final = b"{id}"
SLUG: Final = b"{slug}"
_REST: Final = b"{rest}"
_MAX_SEGMENTS: Final = 12
_MAX_CHILDREN: Final = 100
_MAX_FIRST_SEGMENTS: Final = 500
_MAX_NODES: Final = 50_000
_MIN_SLUGS: Final = 10
_ID: Final = re.compile(
    rb"\d+(?:[.,;-]\d+)*(?:\.[A-Za-z]{2,5})?|"  # numbers, dates, lists of numbers
    rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|"
    rb"(?=[A-Fa-f]*\d)[0-9a-fA-F]{8,}|"
    rb"[A-Za-z]{1,12}[-_:]\d+|"
    rb"(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{16,}|"
    rb".*(?:@|%40|%20|\+).*"
)
_SLUG: Final = re.compile(rb"(?=.*[-_.%])[^/]{7,}|[^/]{25,}")


class PathStats:
    """The requests of one operation. `sample` is the path, and the query, of one that succeeded.

    `minutes` counts the requests of a host by minute. Only reads have it.
    """

    __slots__ = ("count", "is_varied", "minutes", "query", "sample", "statuses", "votes")

    def __init__(self, minutes: Counter[bytes] | None = None) -> None:
        self.count = 0
        self.minutes = minutes
        self.statuses: Counter[bytes] = Counter()
        self.sample = b""
        self.query = b""
        self.votes = 0
        self.is_varied = False

    def vote(self, sample: bytes, query: bytes) -> None:
        """Count a request that succeeded. A frequent one remains as the sample (majority vote)."""
        if sample == self.sample and query == self.query:
            self.votes += 1
        elif self.votes > 0:
            self.votes -= 1
            self.is_varied = True
        else:
            self.is_varied = self.is_varied or bool(self.sample)
            self.sample, self.query, self.votes = sample, query, 1

    def merge(self, other: "PathStats") -> None:
        """Add the requests of another operation."""
        self.count += other.count
        self.statuses.update(other.statuses)
        self.is_varied = True
        if other.votes > self.votes:
            self.sample, self.query, self.votes = other.sample, other.query, other.votes


class _Node:
    __slots__ = ("children", "stats")

    def __init__(self) -> None:
        self.children: dict[bytes, _Node] = {}
        self.stats: dict[bytes, PathStats] = {}

    def merge(self, other: "_Node") -> None:
        pending = [(self, other)]
        while pending:
            target, source = pending.pop()
            for method, stats in source.stats.items():
                if method in target.stats:
                    target.stats[method].merge(stats)
                else:
                    target.stats[method] = stats
            for name, child in source.children.items():
                if name in target.children:
                    pending.append((target.children[name], child))
                else:
                    target.children[name] = child


class PathTree:
    """The operations of one host."""

    def __init__(self) -> None:
        self.collapses = 0
        self.minutes: Counter[bytes] = Counter()
        self._root = _Node()
        self._nodes = 0

    def stats_of(self, method: bytes, path: bytes) -> PathStats | None:
        """Return the figures of the operation that a path belongs to; None when the tree is full.

        When `collapses` grows, operations were merged, and figures that were returned before are out of date.
        """
        node = self._root
        segments = path.lstrip(b"/").split(b"/", _MAX_SEGMENTS)
        for depth, segment in enumerate(segments):
            name = _REST if depth == _MAX_SEGMENTS else ID if _ID.fullmatch(segment) else segment
            child = node.children.get(name) or self._add(node, name, depth)
            if child is None:
                return None
            node = child
        stats = node.stats.get(method)
        if stats is None:
            stats = node.stats[method] = PathStats(self.minutes if method in (b"GET", b"HEAD") else None)
        return stats

    def operations(self) -> Iterator[tuple[bytes, bytes, PathStats]]:
        """Yield method, clustered path and figures of every operation."""
        pending: list[tuple[bytes, _Node]] = [(b"", self._root)]
        while pending:
            path, node = pending.pop()
            self._merge_slugs(node)
            for method, stats in node.stats.items():
                yield method, path or b"/", stats
            pending.extend((path + b"/" + name, child) for name, child in node.children.items())

    def _add(self, node: _Node, name: bytes, depth: int) -> _Node | None:
        if SLUG in node.children and name not in (ID, _REST):
            return node.children[SLUG]
        limit = _MAX_FIRST_SEGMENTS if depth == 0 else _MAX_CHILDREN
        if len(node.children) >= limit and name not in (ID, _REST):
            self._collapse(node, [child for child in node.children if child not in (ID, _REST)])
            return node.children[SLUG]
        if self._nodes >= _MAX_NODES:
            return None
        self._nodes += 1
        child = node.children[name] = _Node()
        return child

    def _merge_slugs(self, node: _Node) -> None:
        """Merge segments that look like titles, if there are many: `/posts/my-first-day`."""
        slugs = [name for name in node.children if name not in (ID, SLUG, _REST) and _SLUG.fullmatch(name)]
        if len(slugs) >= _MIN_SLUGS:
            self._collapse(node, slugs)

    def _collapse(self, node: _Node, names: list[bytes]) -> None:
        merged = node.children.get(SLUG) or _Node()
        for name in names:
            merged.merge(node.children.pop(name))
        node.children[SLUG] = merged
        self.collapses += 1
