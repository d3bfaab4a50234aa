"""Takes exact latencies from k6's summary, as far as it covers the same requests as the pushes."""

from collections.abc import Callable, Mapping

from dashboard.engine.summary import K6Summary, TrendSummary
from dashboard.model.exact import ExactLatencies, Latencies
from dashboard.model.snapshot import OVERALL, OpKey
from dashboard.model.tally import NO_RESPONSE, Tally, total_of


def count_requests(tallies: Mapping[OpKey, Tally]) -> int:
    """Return the number of all requests, including those of the setup and teardown, as k6's summary counts them."""
    return tallies[OVERALL].requests + sum(tally.requests for op, tally in tallies.items() if not op.is_load)


def exact_latencies(tallies: Mapping[OpKey, Tally], summary: K6Summary | None) -> ExactLatencies | None:
    """Return the exact latencies; None without any. k6 also counts the time of requests without a response."""
    if summary is None or summary.requests != count_requests(tallies):
        return None
    overall = tallies[OVERALL]
    is_load = summary.is_load_only or summary.requests == overall.requests
    is_run_known = is_load and overall.requests and not overall.requests_in_class(NO_RESPONSE)
    return ExactLatencies(
        run=summary.durations if is_run_known else {},
        operations=_same(tallies, lambda op: op.op, summary.operations),
        groups=_same(tallies, lambda op: op.group, summary.groups),
    )


def _same(
    tallies: Mapping[OpKey, Tally], name_of: Callable[[OpKey], str], summaries: Mapping[str, TrendSummary]
) -> dict[str, Latencies]:
    """Return the latencies of the names for which k6 counted exactly the requests of the load, all with a response."""
    by_name: dict[str, list[Tally]] = {}
    for op, tally in tallies.items():
        if op != OVERALL and op.is_load:
            by_name.setdefault(name_of(op), []).append(tally)
    exact: dict[str, Latencies] = {}
    for name, parts in by_name.items():
        tally, known = total_of(parts), summaries.get(name)
        if known and known.count == tally.requests and not tally.requests_in_class(NO_RESPONSE):
            exact[name] = known.durations
    return exact
