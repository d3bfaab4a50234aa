"""RunSession on recorded run folders, without k6: start, pushes and stop."""

import pytest

from dashboard.engine import rest
from dashboard.engine.rest import K6Status
from dashboard.model.events import EventKind
from dashboard.model.record import record_of
from dashboard.model.run import RunStatus
from dashboard.model.snapshot import OVERALL
from dashboard.run_folder.files import ControlFile
from dashboard.runs.live.session import SEND_FAILED
from tests.factories import A_MOMENT, A_RUN_ID
from tests.runs.live.recordings import PUSH_INTERVAL_S, requests_in
from tests.runs.live.sessions import STARTED_MS, LiveSession

SEND_FAILURE = '{"level":"error","msg":"Failed to send the time series data to the endpoint","time":"x"}\n'


def test_nothing_happens_before_k6_is_started(live: LiveSession) -> None:
    live.open()
    assert live.tick() is not None
    assert (live.record.status, live.record.started_at) == (RunStatus.STARTING, None)
    assert live.session.rest_port is None


def test_the_start_of_k6_is_recorded_once(live: LiveSession) -> None:
    live.open()
    live.recorded.start_k6()
    live.tick()
    live.reopen()
    live.tick()
    assert live.record.started_at == A_MOMENT
    assert live.messages(EventKind.STARTED) == ["k6 was started"]
    assert live.session.rest_port is not None


def test_early_figures_come_from_the_rest_api(live: LiveSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "fetch_status", lambda _port: K6Status(rest.RUNNING_STATE, 2, 2, tainted=False))
    monkeypatch.setattr(rest, "fetch_request_count", lambda _port: 12)
    live.open()
    live.STEP_S = 1.0
    live.recorded.start_k6()
    live.tick()
    assert (live.record.status, live.record.figures) == (RunStatus.RUNNING, None)
    live.tick()
    figures = live.record.figures
    assert figures is not None
    assert (live.record.time_zero, live.record.elapsed_s) == ("load", 1.0)
    assert (live.record.status, live.record.vus) == (RunStatus.RUNNING, 2)
    assert (figures.total_reqs, figures.rps, figures.p95_ms) == (12, 12.0, None)


def test_the_number_of_prepared_users_is_published_until_the_load_starts(
    live: LiveSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [
        K6Status(state, 0, vus, tainted=False) for state, vus in ((0, 0), (1, 340), (1, 340), (7, 1000))
    ]
    monkeypatch.setattr(rest, "fetch_status", lambda _port: answers.pop(0))
    monkeypatch.setattr(rest, "fetch_request_count", lambda _port: None)
    live.open()
    live.recorded.start_k6()
    shown = []
    for _ in range(4):
        live.tick()
        shown.append((live.record.status.value, record_of(live.record)["prepared_vus"]))
    assert shown == [("starting", 0), ("starting", 340), ("starting", 340), ("running", None)]
    assert [record["prepared_vus"] for record in live.published("run")] == [None, 0, 340, None]


def test_a_push_is_stored_and_published(live: LiveSession) -> None:
    live.open()
    live.recorded.start_k6()
    live.recorded.push()
    live.tick()
    assert live.record.status is RunStatus.RUNNING
    assert live.record.figures is not None
    assert live.record.figures.total_reqs == 1
    assert [snapshot["seq"] for snapshot in live.published("snapshot")] == [1]


def test_a_backlog_publishes_all_snapshots_but_only_the_last_figures(live: LiveSession) -> None:
    live.open()
    live.recorded.start_k6()
    live.recorded.push()
    live.tick()
    live.published_kinds()
    for _ in range(9):
        live.recorded.push()
    live.tick()
    assert live.published_kinds() == [*["snapshot"] * 9, "breakdown", "ops", "run"]


def test_the_published_rate_of_a_backlog_covers_all_of_its_time(live: LiveSession) -> None:
    live.open()
    live.recorded.start_k6()
    for _ in range(10):
        live.recorded.push()
    live.tick()
    [breakdown] = live.published("breakdown")
    assert breakdown["figures"]["rps"] == requests_in(1, 10) / (10 * PUSH_INTERVAL_S)


def test_a_backlog_publishes_every_changed_operation(live: LiveSession) -> None:
    live.open()
    live.recorded.start_k6()
    for _ in range(3):
        live.recorded.push()
    live.tick()
    [ops] = live.published("ops")
    assert ops["seq"] == 3
    assert {row["op"]: row["total_reqs"] for row in ops["ops"]} == {"Op1": 1, "Op2": 2, "Op0": 3}


def test_a_restarted_dashboard_continues_with_the_same_figures(live: LiveSession) -> None:
    live.open()
    live.recorded.start_k6()
    for _ in range(40):
        live.recorded.push()
        live.tick()
        live.reopen()
    assert live.record.figures is not None
    assert live.record.figures.total_reqs == requests_in(1, 40)
    assert live.store.ranges.cumulative(A_RUN_ID)[OVERALL].requests == requests_in(1, 40)


def test_a_stop_request_is_reported_once(live: LiveSession) -> None:
    live.open()
    live.recorded.start_k6()
    live.stop()
    live.tick()
    live.tick()
    assert live.record.status is RunStatus.STOPPING
    assert live.messages(EventKind.STOP_REQUESTED) == ["stop requested"]


def test_a_steerable_run_reports_a_graceful_and_then_an_immediate_stop(live: LiveSession) -> None:
    live.open(steering_variable="vus")
    live.recorded.start_k6()
    live.stop()
    live.tick()
    live.stop(immediate=True)
    live.tick()
    live.tick()
    assert live.messages(EventKind.STOP_REQUESTED) == [
        "stop requested; waiting for running iterations",
        "immediate stop requested; no longer waiting for running iterations",
    ]


def test_a_control_request_marks_the_run_as_steered(live: LiveSession) -> None:
    live.open(steering_variable="vus", vus_max=4)
    live.recorded.start_k6()
    live.recorded.folder.write(ControlFile(1, STARTED_MS + 3_000, paused=False, vus=3, share=None, refresh=0))
    live.tick()
    assert live.record.steered
    assert live.session.run.control is not None
    assert live.session.run.control.vus == 3
    [(_, event)] = [
        (number, event)
        for number, event in live.store.events.of_run(A_RUN_ID)
        if event.kind is EventKind.CONTROL
    ]
    assert (event.message, event.elapsed_s) == ("3 of 4 users", 3.0)


def test_a_failed_push_is_reported_once_even_after_a_restart(live: LiveSession) -> None:
    live.open()
    live.recorded.start_k6()
    for _ in range(2):
        live.recorded.print(SEND_FAILURE)
        live.tick()
        live.reopen()
    assert live.messages(EventKind.WARNING) == [SEND_FAILED]
