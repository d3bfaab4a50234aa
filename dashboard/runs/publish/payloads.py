"""Turns tallies into the payloads of the API and the stream: breakdowns, rows of operations, points of charts."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from operator import attrgetter
from typing import Any

from dashboard.model.account import RESENT_REQUESTS, SKIPPED, THROWN, UNREACHED
from dashboard.model.exact import Bounds, ExactLatencies, Latencies, clamp, within
from dashboard.model.figures import (
    BUILT_IN_TRENDS,
    REUSED_CONNECTIONS,
    TIMING_TRENDS,
    Figures,
    distribution_of,
    figures_of,
    latency_buckets,
    totals_of,
)
from dashboard.model.record import FIGURE_NAMES
from dashboard.model.snapshot import OVERALL, OpKey
from dashboard.model.tally import HOPS, NO_RESPONSE, OTHER_STATUS, REJECTED, Tally

MAX_ROWS = 200
NOT_SHOWN = (REUSED_CONNECTIONS, RESENT_REQUESTS, HOPS)
CLASS_NAMES = {NO_RESPONSE: "0", OTHER_STATUS: "other"}  # other classes are named like "2xx"
_figure_values = attrgetter(*FIGURE_NAMES)


def breakdown_of(
    tallies: Mapping[OpKey, Tally],
    seconds: float | None,
    apdex_t_ms: float,
    exact: Figures | None = None,
    latencies: ExactLatencies | None = None,
) -> dict[str, Any]:
    """Return all figures except those of operations.

    exact: figures of the whole run that replace the ones computed from the tallies, when k6 kept samples
    latencies: exact latencies of the run, which bound those of its parts; with `exact`, those of groups are used too
    """
    known = latencies or ExactLatencies()
    overall = tallies.get(OVERALL) or Tally()
    by_group = _merged_by(tallies, lambda op: op.group if op.is_load else "")
    by_phase = _merged_by(tallies, lambda op: op.phase)
    by_class = _by_status_class(overall)
    figures = exact or within(figures_of(overall, seconds, apdex_t_ms), known.bounds_of(OVERALL))
    return {
        "figures": _to_dict(figures),
        "totals": asdict(totals_of(overall)),
        "latency_buckets": [asdict(bucket) for bucket in latency_buckets(overall.duration())],
        "timings": _timings(overall),
        "metrics": _metrics(overall),
        "counters": _counters(overall),
        "statuses": _counts(overall.statuses),
        "error_messages": _counts(overall.errors),
        "groups": [
            _named(
                name,
                within(
                    figures_of(by_group[name], seconds, apdex_t_ms),
                    known.group_bounds(name),
                    known.groups.get(name) if exact else None,
                ),
            )
            for name in sorted(by_group)
        ],
        "phases": [_named(name, figures_of(by_phase[name], None, apdex_t_ms)) for name in sorted(by_phase)],
        "status_classes": [
            _named(
                name,
                within(figures_of(by_class[name], seconds, apdex_t_ms), known.bounds_of(OVERALL)),
            )
            for name in sorted(by_class)
        ],
    }


def op_rows(
    tallies: Mapping[OpKey, Tally],
    seconds: float | None,
    apdex_t_ms: float,
    latencies: ExactLatencies | None = None,
    *,
    is_whole: bool = False,
) -> list[dict[str, Any]]:
    """Return one row per operation, most requests first. Steps of the setup and teardown have no rate.

    latencies: exact latencies of the run. They bound the latencies of a range; with `is_whole` they replace them
    """
    known = latencies or ExactLatencies()
    rows = [
        {
            "op": op.op,
            "group": op.group,
            "phase": op.phase,
            **_to_dict(
                within(
                    figures_of(tally, seconds if op.is_load else None, apdex_t_ms),
                    known.bounds_of(op),
                    known.operations.get(op.op) if is_whole and op.is_load else None,
                )
            ),
            "skipped": tally.count_faults(SKIPPED, UNREACHED),
            "thrown": tally.count_faults(THROWN),
            "exact": is_whole and op.is_load and op.op in known.operations,
        }
        for op, tally in tallies.items()
        if op != OVERALL and (tally.durations or tally.checks or tally.faults)
    ]
    rows.sort(key=lambda row: (-row["total_reqs"], row["op"], row["group"], row["phase"]))
    return rows


def check_rows(tallies: Mapping[OpKey, Tally]) -> list[dict[str, Any]]:
    """Return one row per check of each operation, most failures first."""
    rows: list[dict[str, Any]] = [
        {"op": op.op, "group": op.group, "phase": op.phase, "check": name, "passes": passes, "fails": fails}
        for op, tally in tallies.items()
        if op != OVERALL
        for name, (passes, fails) in tally.checks.items()
    ]
    rows.sort(key=lambda row: (-row["fails"], row["op"], row["group"], row["phase"], row["check"]))
    return rows


def op_breakdown_of(
    tally: Tally,
    seconds: float | None,
    apdex_t_ms: float,
    bounds: Bounds | None = None,
    exact: Latencies | None = None,
) -> dict[str, Any]:
    """Return the breakdown of one operation: figures, latency histogram, statuses, errors and checks.

    bounds, exact: its exact minimum and maximum, and exact latencies that replace the ones computed from the tally
    """
    return {
        "figures": _to_dict(within(figures_of(tally, seconds, apdex_t_ms), bounds, exact)),
        "latency_buckets": [asdict(bucket) for bucket in latency_buckets(tally.duration())],
        "statuses": _counts(tally.statuses),
        "error_messages": _counts(tally.errors),
        "checks": _checks(tally),
    }


def op_point(
    seq: int, elapsed_s: float, window_s: float, tally: Tally, bounds: Bounds | None = None
) -> dict[str, Any]:
    """Return the figures of an operation in one window, as a point of its charts."""
    requests = tally.requests
    quantiles = tally.duration().quantiles((0.5, 0.95, 0.99))
    p50, p95, p99 = (clamp(None if v is None else v * 1000, bounds) for v in quantiles)
    return {
        "seq": seq,
        "elapsed_s": elapsed_s,
        "requests": requests,
        "errors": tally.failed,
        "rps": requests / window_s if window_s else None,
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
    }


def _checks(tally: Tally) -> list[dict[str, Any]]:
    """Return the results of each check, most failures first."""
    ordered = sorted(tally.checks.items(), key=lambda item: (-item[1][1], item[0]))[:MAX_ROWS]
    return [{"check": name, "passes": passes, "fails": fails} for name, (passes, fails) in ordered]


def _to_dict(figures: Figures) -> dict[str, Any]:
    """Return the figures by name. `asdict` copies deeply, which would cost as much as computing them."""
    return dict(zip(FIGURE_NAMES, _figure_values(figures), strict=True))


def _timings(overall: Tally) -> list[dict[str, Any]]:
    trends = {name: overall.trends.get(trend) for name, trend in TIMING_TRENDS.items()}
    return [asdict(distribution_of(name, "ms", histogram)) for name, histogram in trends.items() if histogram]


def _metrics(overall: Tally) -> list[dict[str, Any]]:
    names = sorted(overall.trends.keys() - {*TIMING_TRENDS.values(), REJECTED})
    return [asdict(distribution_of(*_name_and_unit(name), overall.trends[name])) for name in names[:MAX_ROWS]]


def _name_and_unit(trend: str) -> tuple[str, str]:
    """Return the name and unit of a trend. k6 sends the unit of a custom trend as the suffix of its name."""
    if trend in BUILT_IN_TRENDS:
        return trend, "ms"
    for suffix, unit in (("_seconds", "ms"), ("_bytes", "bytes")):
        if trend.endswith(suffix):
            return trend.removesuffix(suffix), unit
    return trend, ""


def _counters(overall: Tally) -> list[dict[str, Any]]:
    counters = {name: round(v) for name, v in overall.counters.items() if name not in NOT_SHOWN}
    return _counts(counters)


def _counts(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [{"name": name, "count": count} for name, count in ordered[:MAX_ROWS]]


def _merged_by(tallies: Mapping[OpKey, Tally], key: Callable[[OpKey], str]) -> dict[str, Tally]:
    """Add up the tallies of each name; operations without a name are left out."""
    merged: dict[str, Tally] = {}
    for op, tally in tallies.items():
        if name := key(op):
            merged.setdefault(name, Tally()).add(tally)
    return merged


def _by_status_class(overall: Tally) -> dict[str, Tally]:
    """Return the durations of each status class that occurred: "0" (no response), "2xx" and so on, "other"."""
    by_class: dict[str, Tally] = {}
    for key, histogram in overall.durations.items():
        by_class.setdefault(CLASS_NAMES.get(key[0], f"{key[0]}xx"), Tally()).add_duration(key, histogram)
    return by_class


def _named(name: str, figures: Figures) -> dict[str, Any]:
    return {"name": name, **_to_dict(figures)}
