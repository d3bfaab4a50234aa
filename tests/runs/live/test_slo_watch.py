"""SLOs of a live run: each breach is reported once, results are published, and a certain breach stops the run."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.model.events import EventKind
from dashboard.model.figures import figures_of
from dashboard.model.slo_set import AbortMode, SloAbort
from dashboard.model.snapshot import OVERALL, OpKey
from dashboard.model.tally import Tally
from dashboard.runs.live.slo_watch import SloWatch
from dashboard.runs.publish.hub import Hub
from dashboard.runs.publish.publisher import Publisher
from dashboard.runs.slo.evaluate import SloEvaluator
from dashboard.runs.slo.tolerances import Tolerances
from dashboard.store.store import Store
from tests.factories import A_MOMENT, A_RUN_ID, a_run, a_tally, an_interval

FLAT = ((0.0, 2), (60.0, 2))
RAMP = ((0.0, 0), (20.0, 4), (40.0, 4), (60.0, 0))
LIST = OpKey("List", "shop", "")
FAST, SLOW = [0.05] * 20, [0.9] * 20


class LiveRun:
    """A live run whose windows the test creates. `stops` lists the reasons of stop requests."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "d.db")
        self.hub = Hub("test")
        self.stops: list[str] = []
        self.listener = self.hub.subscribe([f"run:{A_RUN_ID}"])

    def start(self, **context: Any) -> None:
        run = a_run()
        self.run = replace(run, context=replace(run.context, **{"stages": FLAT} | context))
        self.store.runs.insert(self.run)
        self.total = Tally()
        self.seq = 0
        self.watch = self.new_watch()

    def new_watch(self) -> SloWatch:
        evaluator = SloEvaluator(self.store, Tolerances())
        publisher = Publisher(A_RUN_ID, self.store, self.hub)
        return SloWatch(self.run, evaluator, publisher, self.stops.append)

    def push(self, values_s: list[float], **changes: Any) -> None:
        """Add a window of 2 s."""
        self.seq += 1
        tally = a_tally(values_s)
        interval = an_interval(
            self.seq, {LIST: tally} if values_s else {}, vus=changes.pop("vus", 2), **changes
        )
        self.total.add(tally)
        self.store.append(A_RUN_ID, [interval])
        elapsed_s = interval.snapshot.elapsed_s
        figures = figures_of(self.total, elapsed_s, 500)
        self.run = replace(self.run, elapsed_s=elapsed_s, figures=figures, percentiles_from="histogram")
        tallies = {OVERALL: self.total, LIST: self.total}
        self.watch.update(self.run, [interval], tallies, A_MOMENT + timedelta(seconds=elapsed_s))

    @property
    def breaches(self) -> list[tuple[float | None, str]]:
        events = [event for _, event in self.store.events.of_run(A_RUN_ID)]
        return [(e.elapsed_s, e.message) for e in events if e.kind is EventKind.SLO_BREACHED]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveRun]:
    made = LiveRun(tmp_path)
    yield made
    made.listener.close()
    made.store.close()


def test_each_breach_is_reported_once_after_the_first_seconds(live: LiveRun) -> None:
    live.start(slos={"p95_ms": 500.0, "error_rate": 0.01}, op_slos={"List": {"p99_ms": 100.0}})
    for _ in range(9):
        live.push(SLOW)
    assert [at for at, _ in live.breaches] == [12.0, 12.0]
    assert live.breaches[0][1].startswith("p95 ")
    assert live.breaches[1][1].startswith("List: p99 ")


def test_a_breach_reported_by_an_earlier_server_is_not_repeated(live: LiveRun) -> None:
    live.start(slos={"p95_ms": 500.0})
    for _ in range(7):
        live.push(SLOW)
    live.watch = live.new_watch()
    live.push(SLOW)
    assert len(live.breaches) == 1


def test_a_breach_that_is_known_only_at_the_end_is_reported_then(live: LiveRun) -> None:
    live.start(slos={"rps": 100.0})
    for _ in range(8):
        live.push(FAST)
    assert live.breaches == []
    results = live.watch._evaluator.results(live.run, {OVERALL: live.total})
    live.watch.report_final(results, 16.0, A_MOMENT)
    assert live.breaches == [(16.0, "RPS 10/s < 100/s")]


def test_the_event_identifies_its_limit(live: LiveRun) -> None:
    live.start(slos={}, group_slos={"shop": {"p95_ms": 500.0}})
    for _ in range(7):
        live.push(SLOW)
    ((_, event),) = live.store.events.of_run(A_RUN_ID)
    assert {k: event.data[k] for k in ("level", "name", "key", "threshold")} == {
        "level": "group", "name": "shop", "key": "p95_ms", "threshold": 500.0,
    }  # fmt: skip


def test_results_are_published_with_margins(live: LiveRun) -> None:
    live.start(slos={"p95_ms": 500.0})
    live.push(FAST)
    published = b"".join(live.listener.next(1.0) or b"" for _ in range(2))
    assert b"event: slo" in published
    assert b'"margin":' in published


ABORT = SloAbort(window_s=6.0, min_requests=10)


def test_a_limit_breached_over_the_window_stops_the_run(live: LiveRun) -> None:
    live.start(slos={"p95_ms": 500.0}, slo_abort=ABORT)
    for _ in range(4):
        live.push(FAST)
    assert live.stops == []
    for _ in range(3):
        live.push(SLOW)
    assert live.stops
    assert live.stops[0].startswith("SLO breached: p95 ")
    assert live.stops[0].endswith(" over the last 6 s")


@pytest.mark.parametrize(
    ("case", "context", "values"),
    [
        ("an empty window", {}, []),
        ("too few requests", {"slo_abort": replace(ABORT, min_requests=1_000)}, SLOW),
        ("warm-up", {"slo_abort": replace(ABORT, warm_up_s=60.0)}, SLOW),
        ("no breach", {}, FAST),
        ("a breach within the histogram error", {"slos": {"p95_ms": 880.0}}, SLOW),
        ("the first ramp", {"stages": ((0.0, 0), (60.0, 4), (90.0, 4))}, SLOW),
        ("a skipped ramp", {"stages": RAMP, "slo_skip": "ramp"}, SLOW),
        ("a low rate on a ramp", {"stages": ((0.0, 1), (60.0, 4)), "slos": {"rps": 1e6}}, FAST),
        ("no abort", {"slo_abort": None}, SLOW),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_run_is_not_stopped_for(
    live: LiveRun, case: str, context: dict[str, Any], values: list[float]
) -> None:
    live.start(**{"slos": {"p95_ms": 500.0}, "slo_abort": ABORT} | context)
    for _ in range(10):
        live.push(values)
    assert live.stops == [], case


def test_a_low_rate_on_a_plateau_stops_the_run(live: LiveRun) -> None:
    live.start(slos={"rps": 1e6}, slo_abort=ABORT)
    for _ in range(5):
        live.push(FAST)
    assert live.stops[0] == "SLO breached: RPS 10/s < 1000000/s over the last 6 s"


def test_a_breach_of_one_operation_stops_the_run(live: LiveRun) -> None:
    live.start(slos={}, op_slos={"List": {"p95_ms": 500.0}}, slo_abort=ABORT)
    for _ in range(5):
        live.push(SLOW)
    assert live.stops[0].startswith("SLO breached: List: p95 ")


@pytest.mark.parametrize(
    ("pushes", "average", "throughout"),
    [
        ([SLOW, SLOW, SLOW], True, True),
        ([FAST, SLOW, SLOW], True, False),
        ([SLOW, FAST, SLOW], True, False),
        ([SLOW, SLOW, FAST], True, False),
        ([SLOW, [], SLOW], True, False),
        ([FAST, FAST, FAST], False, False),
    ],
    ids=["broken", "recently", "with a break", "recovered", "with an empty push", "met"],
)
@pytest.mark.parametrize("mode", ["average", "throughout"])
def test_each_mode_stops_the_run_for_its_own_kind_of_breach(
    live: LiveRun, mode: AbortMode, pushes: list[list[float]], average: bool, throughout: bool
) -> None:
    live.start(slos={"avg_ms": 300.0}, slo_abort=replace(ABORT, mode=mode, warm_up_s=4.0))
    for values in [[], [], [], *pushes]:
        live.push(values)
    assert bool(live.stops) is (average if mode == "average" else throughout)
    if live.stops and mode == "throughout":
        assert live.stops[0].endswith(" throughout the last 6 s")
