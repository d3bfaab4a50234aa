"""One SIGTERM, then patience, then SIGKILL: decided from times alone."""

from hypothesis import given
from hypothesis import strategies as st

from dashboard.runner.stopping import StopAction, StopPolicy


def a_stopping() -> StopPolicy:
    return StopPolicy(deadline=100, grace_s=25)


def test_nothing_happens_before_anybody_asks() -> None:
    assert a_stopping().step(99.9, asked=False) is StopAction.NONE


def test_asking_terminates_once_and_kills_after_the_grace() -> None:
    stopping = a_stopping()
    steps = [stopping.step(now, asked=True) for now in (10, 11, 34.9, 35)]
    assert steps == [StopAction.TERMINATE, StopAction.NONE, StopAction.NONE, StopAction.KILL]
    assert (stopping.asked, stopping.timed_out, stopping.killed) == (True, False, True)


def test_the_deadline_stops_a_run_that_nobody_asked_to_stop() -> None:
    stopping = a_stopping()
    assert stopping.step(100, asked=False) is StopAction.TERMINATE
    assert (stopping.asked, stopping.timed_out, stopping.killed) == (False, True, False)


def test_a_run_that_is_being_stopped_does_not_time_out() -> None:
    stopping = a_stopping()
    stopping.step(90, asked=True)
    stopping.step(101, asked=True)
    assert not stopping.timed_out


def test_a_request_is_not_forgotten() -> None:
    stopping = a_stopping()
    stopping.step(10, asked=True)
    assert stopping.step(35, asked=False) is StopAction.KILL
    assert stopping.asked


def test_the_next_runner_sends_no_second_sigterm() -> None:
    stopping = a_stopping()
    stopping.resume(10, asked=True, timed_out=False)
    assert [stopping.step(now, asked=True) for now in (11, 34, 36)] == [StopAction.NONE, StopAction.NONE, StopAction.KILL]


@given(st.lists(st.tuples(st.floats(0, 300), st.booleans()), max_size=50))
def test_there_is_never_a_second_sigterm(moments: list[tuple[float, bool]]) -> None:
    stopping = a_stopping()
    steps = [stopping.step(now, asked=asked) for now, asked in sorted(moments)]
    assert steps.count(StopAction.TERMINATE) <= 1
    assert StopAction.KILL not in steps[: steps.index(StopAction.TERMINATE)] if StopAction.TERMINATE in steps else True


def test_a_stop_that_waits_is_sent_when_the_waiting_is_over_or_the_time_is_up() -> None:
    stopping = a_stopping()
    steps = [stopping.step(now, asked=True, waits=now < 12) for now in (10, 11, 12)]
    assert steps == [StopAction.NONE, StopAction.NONE, StopAction.TERMINATE]
    late = a_stopping()
    assert [late.step(now, asked=True, waits=True) for now in (99, 100)] == [StopAction.NONE, StopAction.TERMINATE]
    assert (late.asked, late.timed_out) == (True, True)
