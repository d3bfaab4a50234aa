"""The zero of a run is the start of its load, and its length ends with the load."""

import pytest

from dashboard.engine.remote_write import decode
from dashboard.model.snapshot import OVERALL, Interval
from dashboard.runs.live.aggregator import Aggregator
from tests.pushes import STALE, a_push, a_series, requests
from tests.runs.live.test_aggregator import feed

K6_STARTED_MS = 1_000_000
SETUP = {"group": "::setup", "phase": "setup"}


def mark(name: str, at_ms: int, scenario: str = "load") -> bytes:
    labels = {} if name == "end" else {"scenario": scenario}
    return a_series(f"k6_load_{name}_ms", labels, value=at_ms, ms=at_ms + 5)


def vus(number: float, ms: int) -> bytes:
    return a_series("k6_vus", {}, value=number, ms=ms)


def an_aggregator() -> Aggregator:
    return Aggregator(started_ms=K6_STARTED_MS, apdex_t_ms=500)


def spans(*intervals: Interval | None) -> list[tuple[float, float] | None]:
    """Return the start and the end of each window; None for a push without an interval."""
    shown = (interval.snapshot if interval else None for interval in intervals)
    return [(round(one.elapsed_s - one.window_s, 3), one.elapsed_s) if one else None for one in shown]


def load(count: int, ms: int) -> bytes:
    return requests([0.1] * count, ms=ms, scenario="load")


def test_the_first_window_begins_with_the_load() -> None:
    aggregator = an_aggregator()
    first = feed(aggregator, 1, mark("start", 1_000_400), load(16, 1_002_000))
    second = feed(aggregator, 2, load(36, 1_004_000))
    assert spans(first, second) == [(0.0, 1.6), (1.6, 3.6)]
    assert first is not None
    assert first.snapshot.rps == 10.0
    assert aggregator.clock.load_started_at is not None


def test_the_setup_belongs_to_no_window() -> None:
    aggregator = an_aggregator()
    login = requests([2.9], op="Login", ms=1_003_000, **SETUP)
    before = feed(aggregator, 1, vus(0, 1_002_000))
    during = feed(aggregator, 2, login, vus(0, 1_004_000))
    first = feed(aggregator, 3, mark("start", 1_004_500), load(15, 1_006_000), vus(2, 1_006_000))
    assert spans(before, during, first) == [None, None, (0.0, 1.5)]
    assert first is not None
    assert first.tallies[OVERALL].requests == 15
    assert {op.phase: tally.requests for op, tally in first.tallies.items() if op != OVERALL} == {
        "": 15,
        "setup": 1,
    }


def test_a_first_window_that_is_too_short_waits_for_the_next_push() -> None:
    aggregator = an_aggregator()
    short = feed(aggregator, 1, mark("start", 1_001_900), load(1, 1_002_000))
    assert spans(short, feed(aggregator, 2, load(21, 1_004_000))) == [None, (0.0, 2.1)]


def test_of_several_scenarios_the_first_start_counts() -> None:
    aggregator = an_aggregator()
    starts = (mark("start", 1_000_402, "b"), mark("start", 1_000_400, "a"), mark("start", 1_000_401, "c"))
    assert spans(feed(aggregator, 1, *starts, load(9, 1_002_400))) == [(0.0, 2.0)]


def test_the_delay_of_the_first_scenario_belongs_to_the_load() -> None:
    aggregator = Aggregator(started_ms=K6_STARTED_MS, apdex_t_ms=500, first_start_s=1.5)
    assert spans(feed(aggregator, 1, mark("start", 1_001_900), load(9, 1_003_400))) == [(0.0, 3.0)]


def test_the_length_ends_with_the_load_and_not_with_the_teardown() -> None:
    aggregator = an_aggregator()
    feed(aggregator, 1, mark("start", 1_000_400), load(16, 1_002_000))
    teardown = requests([3.0], op="Remove", ms=1_008_000, group="::teardown", phase="teardown")
    last = feed(
        aggregator, 2, load(46, 1_004_900), mark("end", 1_005_400), vus(0, 1_006_000), vus(0, 1_008_000)
    )
    after = feed(aggregator, 3, teardown, vus(0, 1_009_000))
    end = feed(aggregator, 4, a_series("k6_vus", {}, value=STALE, ms=1_009_100))
    assert spans(last, after, end)[0] == (1.6, 5.0)
    assert aggregator.elapsed_s == 5.0


def test_users_after_the_end_of_the_load_are_not_shown() -> None:
    aggregator = an_aggregator()
    feed(aggregator, 1, mark("start", 1_000_400), load(16, 1_002_000), vus(5, 1_002_000))
    last = feed(aggregator, 2, load(46, 1_004_900), mark("end", 1_005_400), vus(0, 1_006_000))
    assert last is not None
    assert last.snapshot.vus == 5


@pytest.mark.parametrize(
    ("running_ms", "span"), [(1_000_500, (0.0, 1.5)), (None, (0.0, 2.0))], ids=["reported", "unknown"]
)
def test_a_script_without_marks_starts_when_k6_reports_that_it_runs(
    running_ms: int | None, span: tuple[float, float]
) -> None:
    aggregator = an_aggregator()
    interval = aggregator.feed(
        decode(a_push(load(9, 1_002_000))), record=1, generator=None, running_ms=running_ms
    )
    assert spans(interval) == [span]
    assert (aggregator.clock.load_started_at is not None) == (running_ms is not None)


def test_a_stale_marker_does_not_lengthen_the_load() -> None:
    aggregator = an_aggregator()
    feed(aggregator, 1, mark("start", 1_000_000), load(9, 1_002_000))
    feed(aggregator, 2, a_series("k6_vus", {}, value=STALE, ms=1_009_000))
    assert aggregator.elapsed_s == 2.0


def test_a_load_that_never_started_has_no_length_but_keeps_the_rows_of_its_setup() -> None:
    aggregator = an_aggregator()
    assert feed(aggregator, 1, requests([0.1], op="Login", status="500", ms=1_002_000, **SETUP)) is None
    aggregator.close()
    interval = aggregator.closing_interval()
    assert interval is not None
    assert (interval.snapshot.elapsed_s, interval.snapshot.requests, interval.snapshot.rps) == (0.0, 0, None)
    assert sum(tally.requests for op, tally in aggregator.cumulative.items() if op.phase == "setup") == 1


@pytest.mark.parametrize("after", [1, 2, 3, 4])
def test_resuming_continues_with_the_same_clock(after: int) -> None:
    pushes = (
        (requests([2.9], op="Login", ms=1_003_000, **SETUP),),
        (mark("start", 1_004_500), load(15, 1_006_000), vus(2, 1_006_000)),
        (load(35, 1_008_000), vus(3, 1_008_000)),
        (load(46, 1_009_000), mark("end", 1_009_500), vus(0, 1_010_000)),
        (a_series("k6_vus", {}, value=STALE, ms=1_010_100),),
    )
    continuous, resumed = an_aggregator(), an_aggregator()
    for number, series in enumerate(pushes, 1):
        expected, found = feed(continuous, number, *series), feed(resumed, number, *series)
        assert expected == found
        if number == after:
            state = resumed.checkpoint(record=number, segment=1, offset=0)
            resumed = an_aggregator()
            resumed.resume(state)
    assert resumed.elapsed_s == continuous.elapsed_s == 5.0
    assert resumed.cumulative == continuous.cumulative
