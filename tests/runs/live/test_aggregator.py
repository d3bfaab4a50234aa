"""Pushes become snapshots and tallies. Merging, resuming and lost pushes neither lose nor repeat requests."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.engine.remote_write import decode
from dashboard.model.snapshot import OVERALL, Interval, OpKey
from dashboard.model.tally import Tally, total_of
from dashboard.runs.live.aggregator import MAX_OPS, OTHER_OPS, Aggregator
from dashboard.runs.live.window import GeneratorUsage
from tests.factories import a_histogram
from tests.pushes import STALE, a_push, a_series, requests

LIST = OpKey("List", "shop", "")
NINE = a_histogram([9.0])


def an_aggregator() -> Aggregator:
    return Aggregator(started_ms=0, apdex_t_ms=500)


def feed(
    aggregator: Aggregator, record: int, *series: bytes, generator: GeneratorUsage | None = None
) -> Interval | None:
    return aggregator.feed(decode(a_push(*series)), record=record, generator=generator)


def test_a_window_is_the_difference_of_two_pushes() -> None:
    aggregator = an_aggregator()
    first = feed(aggregator, 1, requests([0.1, 0.1], ms=2_000))
    second = feed(aggregator, 2, requests([0.1, 0.1, 0.4], ms=4_000))
    assert first is not None
    assert second is not None
    assert (first.snapshot.requests, second.snapshot.requests) == (2, 1)
    assert (second.snapshot.total_reqs, second.snapshot.window_s, second.snapshot.rps) == (3, 2.0, 0.5)
    assert second.tallies[LIST].requests == 1


def test_status_classes_and_errors_add_up() -> None:
    aggregator = an_aggregator()
    interval = feed(
        aggregator,
        1,
        requests([0.1] * 5, ms=2_000),
        requests([0.2] * 3, status="503", ms=2_000),
        requests([0.0] * 2, status="0", ms=2_000, error="dial: connection refused"),
    )
    assert interval is not None
    snapshot = interval.snapshot
    assert (snapshot.requests, snapshot.errors) == (10, 5)
    assert (snapshot.status_0, snapshot.status_2xx, snapshot.status_5xx) == (2, 5, 3)
    assert interval.tallies[OVERALL].errors == {"HTTP 503": 3, "dial: connection refused": 2}
    assert interval.tallies[OVERALL].statuses == {"200": 5, "503": 3, "0": 2}


def test_an_empty_push_gives_no_interval() -> None:
    assert feed(an_aggregator(), 1) is None


def test_a_window_below_the_minimum_is_merged_into_the_previous_one() -> None:
    aggregator = an_aggregator()
    feed(aggregator, 1, requests([0.1], ms=2_000))
    merged = feed(aggregator, 2, requests([0.1, 0.2], ms=2_100))
    assert merged is not None
    assert (merged.snapshot.seq, merged.snapshot.requests, merged.snapshot.window_s) == (1, 2, 2.1)
    later = feed(aggregator, 3, requests([0.1, 0.2, 0.3], ms=4_100))
    assert later is not None
    assert (later.snapshot.seq, later.snapshot.requests) == (3, 1)


def test_the_final_push_makes_up_for_lost_pushes() -> None:
    aggregator = an_aggregator()
    feed(aggregator, 1, requests([0.1], ms=2_000))
    assert not aggregator.final_push
    labels = {"op": "Once", "group": "shop", "status": "200", "expected_response": "true"}
    interval = feed(
        aggregator,
        2,
        a_series(
            "k6_http_req_duration_seconds", labels, histogram=a_histogram([0.1] * 20), value=STALE, ms=4_000
        ),
    )
    assert interval is not None
    assert interval.snapshot.total_reqs == 21
    assert aggregator.final_push


def test_users_are_read_and_counters_are_summed() -> None:
    interval = feed(
        an_aggregator(),
        1,
        requests([0.1], ms=2_000),
        a_series("k6_vus", {}, value=7, ms=2_000),
        a_series("k6_data_sent_total", {"scenario": "a"}, value=100, ms=2_000),
        a_series("k6_data_sent_total", {"scenario": "b"}, value=11, ms=2_000),
        a_series("k6_data_sent_total", {"group": "::setup"}, value=7_000, ms=2_000),
        a_series("k6_data_sent_total", {"group": "::teardown"}, value=7_000, ms=2_000),
        a_series("k6_dropped_iterations_total", {}, value=3, ms=2_000),
    )
    assert interval is not None
    assert (
        interval.snapshot.vus,
        interval.snapshot.data_sent_bytes,
        interval.snapshot.dropped_iterations,
    ) == (7, 111, 3)
    assert interval.snapshot.iterations is None


def test_checks_are_counted_by_name_and_operation() -> None:
    labels = {"op": "List", "group": "shop", "check": "status is 200"}
    interval = feed(
        an_aggregator(), 1, a_series("k6_op_checks", labels, histogram=a_histogram([1, 1, 0, 1]), ms=2_000)
    )
    assert interval is not None
    assert interval.tallies[LIST].checks == {"status is 200": (3, 1)}
    assert interval.snapshot.checks_rate == 0.75


def test_checks_in_one_series_are_counted_separately() -> None:
    labels = {"op": "List", "group": "shop"}
    interval = feed(
        an_aggregator(),
        1,
        a_series("k6_op_checks", {**labels, "check": "a\x1fb"}, histogram=a_histogram([1] * 7), ms=2_000),
        a_series("k6_op_checks", {**labels, "check": "a"}, histogram=a_histogram([0]), ms=2_000),
        a_series("k6_op_checks", {**labels, "check": "b"}, histogram=a_histogram([1]), ms=2_000),
    )
    assert interval is not None
    assert interval.tallies[LIST].checks == {"a": (7, 1), "b": (8, 0)}


def test_failed_connections_are_not_reused_connections() -> None:
    connecting = "k6_http_req_connecting_seconds"
    interval = feed(
        an_aggregator(),
        1,
        requests([0.1] * 4, ms=2_000),
        a_series(connecting, {"status": "200"}, histogram=a_histogram([0.01, 0, 0, 0]), ms=2_000),
        a_series(connecting, {"status": "0"}, histogram=a_histogram([0, 0]), ms=2_000),
    )
    assert interval is not None
    assert interval.tallies[OVERALL].counters["connections_reused"] == 3


def test_operations_above_the_limit_are_counted_together() -> None:
    aggregator = an_aggregator()
    feed(aggregator, 1, *(requests([0.1], op=f"op {n}", ms=2_000) for n in range(MAX_OPS)))
    feed(aggregator, 2, *(requests([0.1], op=f"late {n}", ms=4_000) for n in range(5)))
    assert len(aggregator.cumulative) <= MAX_OPS + 2
    assert aggregator.cumulative[OpKey(OTHER_OPS, "", "")].requests >= 4
    assert aggregator.cumulative[OVERALL].requests == MAX_OPS + 5


def test_the_cpu_share_of_k6_covers_its_window() -> None:
    aggregator = an_aggregator()
    feed(aggregator, 1, requests([0.1], ms=2_000), generator=GeneratorUsage(2_000, 1.0, 50, 2.0))
    interval = feed(
        aggregator, 2, requests([0.1, 0.1], ms=4_000), generator=GeneratorUsage(4_000, 4.0, 60, 2.0)
    )
    assert interval is not None
    assert (interval.snapshot.generator_cpu, interval.snapshot.generator_rss_bytes) == (0.75, 60)


def random_pushes(seed: int, pushes: int) -> Iterator[tuple[bytes, ...]]:
    """Yield pushes of a random run: some series pause, some start late, some windows are very short."""
    rng = random.Random(seed)
    seen: dict[tuple[str, str], list[float]] = {}
    ms = 0
    for _ in range(pushes):
        ms += rng.choice([90, 2_000, 2_000, 2_000])
        changed = []
        for op in ("a", "b", "c", "d"):
            for status in ("200", "500"):
                if rng.random() < 0.5:
                    values = seen.setdefault((op, status), [])
                    values += [rng.lognormvariate(-3, 1) for _ in range(rng.randrange(1, 9))]
                    changed.append(requests(values, op=op, status=status, ms=ms))
        changed.append(a_series("k6_vus", {}, value=rng.randrange(9), ms=ms))
        yield tuple(changed)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), at=st.integers(1, 29))
def test_a_resumed_aggregator_returns_the_same_intervals(seed: int, at: int) -> None:
    pushes = list(random_pushes(seed, 30))
    whole, resumed = an_aggregator(), an_aggregator()
    intervals = []
    for number, push in enumerate(pushes, 1):
        intervals.append(snapshot_and_tallies(feed(whole, number, *push)))
        if number == at:
            resumed.resume(whole.checkpoint(record=number, segment=1, offset=0))
    for number, push in enumerate(pushes[at:], at + 1):
        assert snapshot_and_tallies(feed(resumed, number, *push)) == intervals[number - 1]
    assert resumed.cumulative == whole.cumulative


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_last_intervals_of_all_snapshots_add_up_to_the_run(seed: int) -> None:
    aggregator = an_aggregator()
    by_seq: dict[int, dict[OpKey, Tally]] = {}
    for number, push in enumerate(random_pushes(seed, 30), 1):
        interval = feed(aggregator, number, *push)
        if interval is not None:
            by_seq[interval.snapshot.seq] = {op: total_of([tally]) for op, tally in interval.tallies.items()}
    for op, tally in aggregator.cumulative.items():
        total = total_of(tallies[op] for tallies in by_seq.values() if op in tallies)
        assert total == tally
    per_op = sum(tally.requests for op, tally in aggregator.cumulative.items() if op != OVERALL)
    assert per_op == aggregator.cumulative[OVERALL].requests


def snapshot_and_tallies(interval: Interval | None) -> object:
    if interval is None:
        return None
    return interval.snapshot, {op: tally.to_bytes() for op, tally in sorted(interval.tallies.items())}


def user_series(count: int, idle: int | None, ms: int) -> tuple[bytes, ...]:
    users = a_series("k6_vus", {"run_id": "r"}, value=count, ms=ms)
    control = (
        () if idle is None else (a_series("k6_ctl_idle_users_total", {"ctl": "idle"}, value=idle, ms=ms),)
    )
    return (users, *control, requests([0.1] * (ms // 1_000), ms=ms))


def test_idle_users_are_not_busy() -> None:
    aggregator = Aggregator(started_ms=0, apdex_t_ms=500, has_idle_users=True)
    busy = []
    for record, idle in enumerate((None, 15, 20, 0), 1):
        interval = feed(aggregator, record, *user_series(20, idle, record * 2_000))
        assert interval is not None
        busy.append(interval.snapshot.busy_vus)
        assert interval.tallies[OVERALL].counters == {}
    assert busy == [20, 5, 0, 20]
    resumed = Aggregator(started_ms=0, apdex_t_ms=500, has_idle_users=True)
    feed(aggregator, 5, *user_series(20, 7, 10_000))
    resumed.resume(aggregator.checkpoint(record=5, segment=1, offset=0))
    interval = feed(resumed, 6, requests([0.1] * 12, ms=12_000))
    assert interval is not None
    assert interval.snapshot.busy_vus == 13


def test_a_run_without_idle_users_has_no_busy_users() -> None:
    interval = feed(an_aggregator(), 1, *user_series(20, None, 2_000))
    assert interval is not None
    assert interval.snapshot.busy_vus is None


SETUP, TEARDOWN = {"group": "::setup"}, {"group": "::teardown"}
STEP = {"phase": "setup", "group": "accounts"}


@pytest.mark.parametrize(
    "series",
    [
        requests([9.0], op="Login", ms=2_000, **STEP),
        requests([9.0] * 3, op="Remove", ms=2_000, **TEARDOWN),
        requests([0.0], op="Login", status="0", ms=2_000, error="dial: connection refused", **SETUP),
        a_series(
            "k6_http_req_waiting_seconds", {"op": "Login", "status": "200", **STEP}, histogram=NINE, ms=2_000
        ),
        a_series(
            "k6_http_req_sending_seconds", {"op": "Login", "status": "200", **STEP}, histogram=NINE, ms=2_000
        ),
        a_series("k6_iteration_duration_seconds", SETUP, histogram=NINE, ms=2_000),
        a_series("k6_data_received_total", TEARDOWN, value=9_000, ms=2_000),
        a_series("k6_op_checks", {"op": "Login", "check": "status is 200", **STEP}, histogram=NINE, ms=2_000),
        a_series("k6_my_trend_seconds", SETUP, histogram=NINE, ms=2_000),
    ],
)
def test_only_the_load_is_in_the_figures_of_the_run(series: bytes) -> None:
    load = (
        requests([0.1] * 4, ms=2_000),
        a_series("k6_data_received_total", {"scenario": "load"}, value=5, ms=2_000),
    )
    alone, together = feed(an_aggregator(), 1, *load), feed(an_aggregator(), 1, *load, series)
    assert alone is not None
    assert together is not None
    assert together.snapshot == alone.snapshot
    assert together.tallies[OVERALL] == alone.tallies[OVERALL]


@pytest.mark.parametrize(
    "metric", ["waiting", "blocked", "connecting", "tls_handshaking", "sending", "receiving"]
)
def test_no_part_of_a_request_without_a_response_has_a_time(metric: str) -> None:
    name = f"k6_http_req_{metric}_seconds"
    interval = feed(
        an_aggregator(),
        1,
        requests([0.1], ms=2_000),
        a_series(
            name, {"op": "List", "group": "shop", "status": "200"}, histogram=a_histogram([0.1]), ms=2_000
        ),
        a_series(
            name, {"op": "List", "group": "shop", "status": "0"}, histogram=a_histogram([0.0] * 9), ms=2_000
        ),
    )
    assert interval is not None
    assert interval.tallies[OVERALL].trends == {f"http_req_{metric}": a_histogram([0.1])}
    if metric == "waiting":
        assert interval.snapshot.ttfb_ms == pytest.approx(100.0)
    else:
        assert getattr(interval.snapshot, f"{metric}_ms") == pytest.approx(100.0)


def test_every_status_has_its_class() -> None:
    statuses = ("0", "101", "204", "304", "418", "503", "600", "999")
    interval = feed(an_aggregator(), 1, *(requests([0.1], status=status, ms=2_000) for status in statuses))
    assert interval is not None
    snapshot = interval.snapshot
    named = [
        getattr(snapshot, f"status_{name}") for name in ("0", "1xx", "2xx", "3xx", "4xx", "5xx", "other")
    ]
    assert named == [1, 1, 1, 1, 1, 1, 2]
    assert sum(named) == snapshot.requests


@pytest.mark.parametrize(
    ("rejected", "errors"), [([], 0), ([0.1], 1), ([0.4], 1), ([0.1, 0.1, 0.1, 0.4], 4)], ids=str
)
def test_a_response_with_graphql_errors_is_an_error(rejected: list[float], errors: int) -> None:
    labels = {"op": "List", "group": "shop"}
    interval = feed(
        an_aggregator(),
        1,
        requests([0.1, 0.1, 0.1, 0.4], ms=2_000),
        requests([0.7], status="500", ms=2_000),
        a_series("k6_op_rejected_seconds", labels, histogram=a_histogram(rejected), ms=2_000),
    )
    assert interval is not None
    tally = interval.tallies[OVERALL]
    snapshot = interval.snapshot
    assert (snapshot.errors, snapshot.requests, snapshot.status_2xx) == (errors + 1, 5, 4)
    assert tally.errors == {"HTTP 500": 1} | ({"GraphQL errors": errors} if errors else {})
    assert tally.success_duration().count == 4 - errors
    assert snapshot.apdex_score == pytest.approx((4 - errors) / 5)


def test_late_graphql_errors_cause_no_negative_count() -> None:
    aggregator = an_aggregator()
    feed(aggregator, 1, requests([0.1] * 3, ms=2_000))
    rejected = a_series("k6_op_rejected_seconds", {"op": "List"}, histogram=a_histogram([0.1] * 2), ms=4_000)
    late = feed(aggregator, 2, requests([0.1] * 4, ms=4_000), rejected)
    assert late is not None
    assert (late.snapshot.requests, late.snapshot.errors, late.snapshot.apdex_score) == (1, 2, 0.0)
    assert (aggregator.cumulative[OVERALL].requests, aggregator.cumulative[OVERALL].failed) == (4, 2)


def test_checks_of_a_script_are_counted_once_even_after_a_restart() -> None:
    aggregator = an_aggregator()

    def feed_checks(to: Aggregator, record: int, passes: int, fails: int) -> Interval:
        push = decode(a_push(requests([0.1] * record, ms=record * 2_000)))
        interval = to.feed(push, record=record, generator=None, checks={"a": (passes, fails)})
        assert interval is not None
        return interval

    assert feed_checks(aggregator, 1, 3, 1).tallies[OVERALL].checks == {"a": (3, 1)}
    assert feed_checks(aggregator, 2, 5, 1).tallies[OVERALL].checks == {"a": (2, 0)}
    assert feed_checks(aggregator, 3, 5, 1).tallies[OVERALL].checks == {}
    resumed = an_aggregator()
    resumed.resume(aggregator.checkpoint(record=3, segment=1, offset=0))
    for one in (aggregator, resumed):
        interval = feed_checks(one, 4, 6, 2)
        assert (interval.tallies[OVERALL].checks, interval.snapshot.checks_rate) == ({"a": (1, 1)}, 0.5)
        one.count_checks({"a": (8, 2)})
        assert one.cumulative[OVERALL].checks == {"a": (8, 2)}
        closing = one.closing_interval()
        assert closing is not None
        assert closing.tallies[OVERALL].checks == {"a": (3, 1)}


def test_idle_iterations_of_every_push_are_counted() -> None:
    aggregator = an_aggregator()
    for record in range(1, 4):
        idle = a_histogram([1.0] * record)
        series = a_series("k6_iteration_duration_seconds", {"ctl": "idle"}, histogram=idle, ms=record * 2_000)
        push = decode(a_push(requests([0.1] * record, ms=record * 2_000), series), aggregator.ignored)
        aggregator.feed(push, record=record, generator=None)
    assert aggregator.idle_iterations.ended == 3


@pytest.mark.parametrize("rest_ms", [600, 700, 1_300, 1_900])
def test_the_rate_of_a_short_last_window_counts_only_its_own_time(rest_ms: int) -> None:
    """The load is 20 requests per second to the end: the rate does not drop, and the total is exact."""
    aggregator = an_aggregator()
    ends = [2_000, 4_000, 4_000 + rest_ms]
    intervals = [
        feed(aggregator, record, requests([0.1] * (ms // 50), ms=ms)) for record, ms in enumerate(ends, 1)
    ]
    last = feed(aggregator, 4, requests([0.1] * (ends[-1] // 50), ms=ends[-1]))
    assert last is not None
    snapshots = [one.snapshot for one in (*intervals[:2], last) if one]
    assert [snapshot.rps for snapshot in snapshots] == pytest.approx([20, 20, 20])
    assert sum(snapshot.requests for snapshot in snapshots) == last.snapshot.total_reqs == ends[-1] // 50
    assert sum(snapshot.window_s for snapshot in snapshots) == last.snapshot.elapsed_s == ends[-1] / 1_000
