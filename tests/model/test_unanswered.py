"""A request without a response is in counts and in the error rate, and in no latency figure."""

from dataclasses import asdict

import pytest

from dashboard.comparison.differences import compare
from dashboard.model.figures import Figures, figures_of, latency_buckets
from dashboard.model.slo import MeasuredFigures, evaluate
from dashboard.model.tally import Tally
from dashboard.runs.publish.payloads import op_point
from tests.factories import a_histogram, a_tally

LATENCIES = [name for name in Figures.__slots__ if name.endswith("_ms")]
REFUSED, TIMED_OUT = [0.0], [60.0]
ANSWERED = {
    "one response": a_tally([0.2]),
    "several": a_tally([0.01, 0.02, 0.9]),
    "errors": a_tally([], failed=[0.3, 0.4]),
    "both": a_tally([0.1, 0.2], failed=[3.0]),
}
UNANSWERED = {
    "refused": REFUSED * 9,
    "one refused": REFUSED,
    "timed out": TIMED_OUT * 3,
    "refused and timed out": REFUSED * 4 + TIMED_OUT * 4,
    "reset after a while": [0.0004, 0.7],
}


def with_unanswered(tally: Tally, values_s: list[float], key: str = "0-") -> Tally:
    out = Tally()
    out.add(tally)
    out.add_duration(key, a_histogram(values_s))
    out.statuses["0"] = len(values_s)
    return out


@pytest.mark.parametrize("key", ["0-", "0+"])
@pytest.mark.parametrize("unanswered", UNANSWERED.values(), ids=UNANSWERED)
@pytest.mark.parametrize("answered", ANSWERED.values(), ids=ANSWERED)
def test_latencies_are_those_of_the_responses(answered: Tally, unanswered: list[float], key: str) -> None:
    tally = with_unanswered(answered, unanswered, key)
    before, after = figures_of(answered, 2.0, 500.0), figures_of(tally, 2.0, 500.0)
    assert {name: getattr(after, name) for name in LATENCIES} == {
        name: getattr(before, name) for name in LATENCIES
    }
    assert after.total_reqs == before.total_reqs + len(unanswered) == tally.requests
    assert after.status_0 == len(unanswered)
    assert after.apdex_score == pytest.approx(
        (before.apdex_score or 0) * before.total_reqs / after.total_reqs
    )
    assert sum(bucket.count for bucket in latency_buckets(tally.duration())) == before.total_reqs


@pytest.mark.parametrize("unanswered", UNANSWERED.values(), ids=UNANSWERED)
def test_a_target_that_never_responds_has_no_latency(unanswered: list[float]) -> None:
    tally = with_unanswered(Tally(), unanswered)
    figures = figures_of(tally, 2.0, 500.0)
    assert [getattr(figures, name) for name in LATENCIES] == [None] * len(LATENCIES)
    assert (figures.error_rate, figures.apdex_score, figures.rps) == (1.0, 0.0, len(unanswered) / 2.0)
    assert [bucket.count for bucket in latency_buckets(tally.duration())] == [0] * 7
    point = op_point(1, 2.0, 2.0, tally)
    assert (point["requests"], point["p50_ms"], point["p95_ms"], point["p99_ms"]) == (
        len(unanswered),
        *(None,) * 3,
    )


@pytest.mark.parametrize("key", ["p50_ms", "p95_ms", "p99_ms", "avg_ms"])
def test_a_target_that_never_responds_meets_no_limit_and_is_no_improvement(key: str) -> None:
    dead = figures_of(with_unanswered(Tally(), REFUSED * 50), 2.0, 500.0)
    [result] = evaluate({key: 500.0}, MeasuredFigures(figures=asdict(dead)))
    assert (result.passed, result.value, result.note) == (None, None, "there were no responses")
    [row] = compare(asdict(figures_of(a_tally([0.2]), 2.0, 500.0)), asdict(dead), [key])
    assert (row.delta, row.pct, row.direction) == (None, None, None)


def test_requests_without_a_response_do_not_lower_a_percentile_below_its_limit() -> None:
    tally = with_unanswered(a_tally([0.4] * 10), REFUSED * 100)
    [result] = evaluate({"p50_ms": 200.0}, MeasuredFigures(figures=asdict(figures_of(tally, 2.0, 500.0))))
    assert result.passed is False
