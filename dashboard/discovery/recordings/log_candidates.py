"""Turns the operations of a log into endpoints with real paths, shares as weights, and expected statuses."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import SplitResult

from dashboard.discovery.destructive import is_destructive
from dashboard.discovery.discovered import Candidate, Remark
from dashboard.discovery.recordings.drafts import draft_of, reason_to_leave_out
from dashboard.discovery.recordings.endpoints import Names, endpoint_of, group_of
from dashboard.discovery.recordings.log_paths import PathStats
from dashboard.discovery.recordings.requests import ImportedRequest
from dashboard.discovery.recordings.secrets import SecretMask
from dashboard.discovery.recordings.skipped import LeftOutCounts

_MAX_OPERATIONS: Final = 500
_EXPECTED_SHARE: Final = 0.9
_MAX_STATUSES: Final = 4
_ESCAPED: Final = re.compile(r"\\x([0-9A-Fa-f]{2})")
Operation = tuple[bytes, bytes, PathStats]


class LogCandidates:
    """Collects the operations of a log."""

    def __init__(self, left_out: LeftOutCounts) -> None:
        self.mask = SecretMask()
        self._names = Names()
        self._left_out = left_out
        self._candidates: list[Candidate] = []

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The operations, most frequent first."""
        return tuple(self._candidates)

    def add(self, operations: Iterable[Operation]) -> None:
        """Add the most frequent operations."""
        ordered = sorted(operations, key=lambda operation: (-operation[2].count, operation[1], operation[0]))
        total = sum(stats.count for *_, stats in ordered) or 1
        for method, path, stats in ordered[:_MAX_OPERATIONS]:
            self._add(method.decode(), _text(path), stats, stats.count / total)
        for *_, stats in ordered[_MAX_OPERATIONS:]:
            reason = f"Only the {_MAX_OPERATIONS} most frequent operations are imported."
            self._left_out.add("Rare operations", reason, stats.count)

    def _add(self, method: str, shape: str, stats: PathStats, share: float) -> None:
        request = ImportedRequest(method=method, url=_url_of(stats, shape))
        if reason := reason_to_leave_out(request):
            self._left_out.add(f"{method} {shape[:100]}", reason, stats.count)
            return
        draft = draft_of(request)
        self.mask.mask(draft)
        status = _expected_status(stats)
        endpoint = endpoint_of(
            draft, self._names.unique(f"{method} {shape}"), {"status": status} if status else None
        )
        endpoint |= {"weight": max(0.01, round(share * 100, 2)), "group": group_of(draft)}
        self._candidates.append(
            Candidate(
                key=f"{method} {shape}",
                endpoint=endpoint,
                is_selected=stats.minutes is not None
                and bool(stats.sample)
                and not is_destructive(method, shape),
                remarks=(*draft.remarks, *_remarks(shape, stats)),
            )
        )


def _url_of(stats: PathStats, shape: str) -> SplitResult:
    """Return the sample of an operation; its shape if no request succeeded."""
    target = _text(stats.sample).partition(" ")[2]
    path = re.sub(r"^(?:[a-z]*:?//[^/]+)?(?=/)", "", target, count=1) if target else shape
    return SplitResult("http", "log.invalid", path, _text(stats.query), "")


def _text(raw: bytes) -> str:
    """Return a path or query as text. Servers write special characters as `\\xE4`."""
    return _ESCAPED.sub(r"%\1", raw.decode("utf-8", "replace"))


def _expected_status(stats: PathStats) -> int | None:
    """Return the status that nearly all responses have, if it is a success."""
    status, count = stats.statuses.most_common(1)[0]
    is_expected = b"200" <= status < b"400" and status != b"304" and count >= _EXPECTED_SHARE * stats.count
    return int(status) if is_expected else None


def _remarks(shape: str, stats: PathStats) -> Iterable[Remark]:
    shares = ", ".join(
        f"{100 * count / stats.count:.1f}% {status.decode()}"
        for status, count in stats.statuses.most_common(_MAX_STATUSES)
    )
    yield Remark("note", f"{stats.count:,} requests. Statuses: {shares}.")
    if stats.minutes is None:
        yield Remark(
            "problem", "A log does not contain bodies and headers. Add what the request needs.", "body"
        )
    if not stats.sample:
        yield Remark("problem", "No request succeeded, so the path may not exist.", "path")
    elif stats.is_varied:
        name = re.search(r"\{\w+\}", shape)
        where = f"other values for {name[0]}" if name else "other queries"
        yield Remark(
            "guess", f"The log also contains {where}. This is one of the requests that succeeded.", "path"
        )
