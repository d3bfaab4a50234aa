"""The end of a RunSession on recorded run folders, without k6: exit, a lost runner and a lost folder."""

import shutil
from dataclasses import replace

import pytest

from dashboard.model.events import EventKind
from dashboard.model.run import RunStatus
from dashboard.run_folder.files import SecretsFile
from dashboard.runs.live.runner_watch import MAX_RESTARTS
from tests.runs.live.recordings import requests_in
from tests.runs.live.sessions import LiveSession


def test_pushes_before_the_exit_are_in_the_final_record(live: LiveSession) -> None:
    live.open()
    live.recorded.start_k6()
    live.recorded.push()
    live.tick()
    for _ in range(120):
        live.recorded.push()
    live.recorded.final_push()
    live.recorded.folder.write(SecretsFile({"AUTH_TOKEN": "secret"}))
    live.recorded.exit()
    assert live.tick() is None
    record = live.record
    assert (record.status, record.exit_reason) == (RunStatus.FINISHED, "completed as planned")
    assert record.figures is not None
    assert record.figures.total_reqs == requests_in(1, 121)
    assert record.samples_lost is False
    assert not live.recorded.folder.has(SecretsFile)
    assert [run.status for run in live.ended] == [RunStatus.FINISHED]


def test_the_end_publishes_the_final_figures_and_the_record(live: LiveSession) -> None:
    live.open()
    live.recorded.start_k6()
    live.recorded.push()
    live.recorded.final_push()
    live.recorded.exit()
    live.tick()
    assert live.published_kinds()[-4:] == ["event", "breakdown", "ops", "run"]
    assert live.messages(EventKind.ENDED) == ["finished: completed as planned"]


def test_a_missing_final_push_is_reported(live: LiveSession) -> None:
    live.open()
    live.recorded.start_k6()
    live.recorded.push()
    live.recorded.exit()
    live.tick()
    assert live.record.samples_lost is True
    assert live.messages(EventKind.SAMPLES_LOST) == ["figures are missing: k6's final push never arrived"]


def test_a_failed_run_quotes_the_error_of_k6(live: LiveSession) -> None:
    live.open()
    live.recorded.start_k6()
    live.recorded.print('{"level":"error","msg":"SyntaxError: Unexpected token","time":"x"}\n')
    live.recorded.exit(exit_code=107)
    live.tick()
    assert live.record.status is RunStatus.FAILED
    assert live.record.exit_reason == "the script failed: SyntaxError: Unexpected token"


def test_a_stopped_run_has_the_status_stopped(live: LiveSession) -> None:
    live.open()
    live.recorded.start_k6()
    live.recorded.push()
    live.stop()
    live.tick()
    live.recorded.final_push()
    live.recorded.exit(exit_code=105, stop_requested=True)
    live.tick()
    assert (live.record.status, live.record.exit_reason) == (RunStatus.STOPPED, "stopped on request")


def test_the_end_is_recorded_once_when_the_supervisor_fails(live: LiveSession) -> None:
    live.open()
    live.recorded.start_k6()
    live.recorded.exit()
    live.raise_on_end = True
    for _ in range(2):
        with pytest.raises(OSError, match="cannot be started"):
            live.tick()
    live.raise_on_end = False
    assert live.tick() is None
    assert len(live.messages(EventKind.ENDED)) == 1


def test_annotations_change_only_before_the_end(live: LiveSession) -> None:
    live.open()
    live.recorded.start_k6()
    live.tick()
    assert live.session.rewrite(lambda run: replace(run, notes="after the fix")) is not None
    assert live.record.notes == "after the fix"
    live.recorded.exit()
    live.tick()
    assert live.session.rewrite(lambda run: replace(run, notes="too late")) is None
    assert live.record.notes == "after the fix"


def test_a_lost_runner_is_replaced(live: LiveSession) -> None:
    live.open()
    live.recorded.start_k6()
    live.recorded.lose_runner()
    live.tick()
    assert live.new_runners == 1
    assert live.messages(EventKind.RUNNER_RESCUED) == ["the runner was lost; a new one has taken over"]
    live.recorded.push()
    live.recorded.final_push()
    live.recorded.exit(exit_code=None, rescued=True)
    assert live.tick() is None
    assert live.record.status is RunStatus.FINISHED
    assert live.record.exit_reason == "the run ended; its exit code was lost because its runner was killed"


def test_a_run_whose_runners_keep_dying_is_interrupted(live: LiveSession) -> None:
    live.open()
    live.recorded.start_k6()
    live.recorded.push()
    live.recorded.lose_runner()
    live.tick_until_over(MAX_RESTARTS + 1)
    assert live.new_runners == MAX_RESTARTS
    assert live.record.status is RunStatus.INTERRUPTED
    assert live.record.exit_reason == "k6 ended while no runner was watching it, before its final push"


def test_a_run_whose_runner_never_started_k6_fails(live: LiveSession) -> None:
    live.open()
    live.tick_until_over(20)
    assert live.new_runners == 0
    assert live.record.status is RunStatus.FAILED
    assert live.record.exit_reason == "the run ended before k6 was started"


def test_a_lost_folder_ends_the_run_and_keeps_its_figures(live: LiveSession) -> None:
    live.open()
    live.recorded.start_k6()
    for _ in range(3):
        live.recorded.push()
    live.tick()
    shutil.rmtree(live.recorded.folder.path)
    live.tick_until_over(20)
    record = live.record
    assert (record.status, record.exit_reason) == (RunStatus.INTERRUPTED, "the run folder is missing")
    assert record.figures is not None
    assert record.figures.total_reqs == requests_in(1, 3)
