"""Limits of a live run: told once, margins published, and a stop for what is surely broken."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.model.events import EventKind
from dashboard.model.figures import figures_of
from dashboard.model.slo_set import SloAbort
from dashboard.model.snapshot import OVERALL, OpKey
from dashboard.model.tally import Tally
from dashboard.runs.live.slo_watch import SloWatch
from dashboard.runs.publish.hub import Hub
from dashboard.runs.publish.publisher import Publisher
from dashboard.runs.slo.evaluate import SloEvaluator
from dashboard.runs.slo.validity import Tolerances
from dashboard.store.store import Store
from tests.factories import A_MOMENT, A_RUN_ID, a_run, a_tally, an_interval

FLAT = ((0.0, 2), (60.0, 2))
RAMP = ((0.0, 0), (20.0, 4), (40.0, 4), (60.0, 0))
LIST = OpKey("List", "shop", "")
FAST, SLOW = [0.05] * 20, [0.9] * 20


class Stage:
    """A live run whose windows a test makes; `stops` are the reasons for which an end was asked."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "d.db")
        self.hub = Hub("test")
        self.stops: list[str] = []
        self.listener = self.hub.subscribe([f"run:{A_RUN_ID}"])

    def begin(self, **context: Any) -> None:
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
        """A window of 2 s."""
        self.seq += 1
        tally = a_tally(values_s)
        interval = an_interval(self.seq, {LIST: tally} if values_s else {}, vus=changes.pop("vus", 2), **changes)
        self.total.add(tally)
        self.store.append(A_RUN_ID, [interval])
        elapsed_s = interval.snapshot.elapsed_s
        figures = figures_of(self.total, elapsed_s, 500)
        self.run = replace(self.run, elapsed_s=elapsed_s, figures=figures, percentiles_from="histogram")
        tallies = {OVERALL: self.total, LIST: self.total}
        self.watch.look(self.run, [interval], tallies, A_MOMENT + timedelta(seconds=elapsed_s))

    @property
    def breaches(self) -> list[tuple[float | None, str]]:
        events = [event for _, event in self.store.events.of_run(A_RUN_ID)]
        return [(e.elapsed_s, e.message) for e in events if e.kind is EventKind.SLO_BREACHED]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.listener.close()
    made.store.close()


def test_each_breach_is_told_once_and_not_in_the_first_seconds(stage: Stage) -> None:
    stage.begin(slos={"p95_ms": 500.0, "error_rate": 0.01}, op_slos={"List": {"p99_ms": 100.0}})
    for _ in range(9):
        stage.push(SLOW)
    assert [at for at, _ in stage.breaches] == [12.0, 12.0]
    assert stage.breaches[0][1].startswith("p95 ")
    assert stage.breaches[1][1].startswith("List: p99 ")


def test_an_earlier_server_told_it_already(stage: Stage) -> None:
    stage.begin(slos={"p95_ms": 500.0})
    for _ in range(7):
        stage.push(SLOW)
    stage.watch = stage.new_watch()
    stage.push(SLOW)
    assert len(stage.breaches) == 1


def test_what_breaks_at_the_end_only_is_told_then(stage: Stage) -> None:
    stage.begin(slos={"rps": 100.0})
    for _ in range(8):
        stage.push(FAST)
    assert stage.breaches == []
    results = stage.watch._evaluator.results(stage.run, {OVERALL: stage.total})
    stage.watch.close(results, 16.0, A_MOMENT)
    assert stage.breaches == [(16.0, "RPS 10/s < 100/s")]


def test_the_event_says_which_limit_it_is_about(stage: Stage) -> None:
    stage.begin(slos={}, group_slos={"shop": {"p95_ms": 500.0}})
    for _ in range(7):
        stage.push(SLOW)
    ((_, event),) = stage.store.events.of_run(A_RUN_ID)
    assert {k: event.data[k] for k in ("level", "name", "key", "threshold")} == {
        "level": "group", "name": "shop", "key": "p95_ms", "threshold": 500.0,
    }  # fmt: skip


def test_margins_go_to_those_who_listen(stage: Stage) -> None:
    stage.begin(slos={"p95_ms": 500.0})
    stage.push(FAST)
    told = b"".join(stage.listener.next(1.0) or b"" for _ in range(2))
    assert b"event: slo" in told
    assert b'"margin":' in told


ABORT = SloAbort(window_s=6.0, min_requests=10)


def test_a_limit_broken_over_the_window_stops_the_run(stage: Stage) -> None:
    stage.begin(slos={"p95_ms": 500.0}, slo_abort=ABORT)
    for _ in range(4):
        stage.push(FAST)
    assert stage.stops == []
    for _ in range(3):
        stage.push(SLOW)
    assert stage.stops
    assert stage.stops[0].startswith("SLO broken: p95 ")
    assert stage.stops[0].endswith(" over the last 6 s")


@pytest.mark.parametrize(
    ("what", "context", "values"),
    [
        ("an empty window", {}, []),
        ("too few requests", {"slo_abort": replace(ABORT, min_requests=1_000)}, SLOW),
        ("warm-up", {"slo_abort": replace(ABORT, warm_up_s=60.0)}, SLOW),
        ("all is well", {}, FAST),
        ("within the error of the histogram", {"slos": {"p95_ms": 880.0}}, SLOW),
        ("the first ramp", {"stages": ((0.0, 0), (60.0, 4), (90.0, 4))}, SLOW),
        ("a ramp that is skipped", {"stages": RAMP, "slo_skip": "ramp"}, SLOW),
        ("a low rate on a ramp", {"stages": ((0.0, 1), (60.0, 4)), "slos": {"rps": 1e6}}, FAST),
        ("no abort", {"slo_abort": None}, SLOW),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_is_not_stopped_for(stage: Stage, what: str, context: dict[str, Any], values: list[float]) -> None:
    stage.begin(**{"slos": {"p95_ms": 500.0}, "slo_abort": ABORT} | context)
    for _ in range(10):
        stage.push(values)
    assert stage.stops == [], what


def test_a_low_rate_on_a_plateau_stops_the_run(stage: Stage) -> None:
    stage.begin(slos={"rps": 1e6}, slo_abort=ABORT)
    for _ in range(5):
        stage.push(FAST)
    assert stage.stops[0] == "SLO broken: RPS 10/s < 1000000/s over the last 6 s"


def test_one_operation_alone_can_stop_the_run(stage: Stage) -> None:
    stage.begin(slos={}, op_slos={"List": {"p95_ms": 500.0}}, slo_abort=ABORT)
    for _ in range(5):
        stage.push(SLOW)
    assert stage.stops[0].startswith("SLO broken: List: p95 ")
