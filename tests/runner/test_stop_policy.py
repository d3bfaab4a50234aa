"""One SIGTERM, then a grace period, then SIGKILL: decided from times only."""

from hypothesis import given
from hypothesis import strategies as st

from dashboard.runner.stop_policy import StopAction, StopPolicy


def a_policy() -> StopPolicy:
    return StopPolicy(deadline=100, grace_s=25)


def test_nothing_is_due_without_a_request() -> None:
    assert a_policy().next_action(99.9, requested=False) is StopAction.NONE


def test_a_request_terminates_once_and_kills_after_the_grace_period() -> None:
    policy = a_policy()
    actions = [policy.next_action(now, requested=True) for now in (10, 11, 34.9, 35)]
    assert actions == [StopAction.TERMINATE, StopAction.NONE, StopAction.NONE, StopAction.KILL]
    assert (policy.requested, policy.timed_out, policy.killed) == (True, False, True)


def test_the_deadline_stops_a_run_without_a_request() -> None:
    policy = a_policy()
    assert policy.next_action(100, requested=False) is StopAction.TERMINATE
    assert (policy.requested, policy.timed_out, policy.killed) == (False, True, False)


def test_a_stopping_run_does_not_time_out() -> None:
    policy = a_policy()
    policy.next_action(90, requested=True)
    policy.next_action(101, requested=True)
    assert not policy.timed_out


def test_a_request_stays_in_effect() -> None:
    policy = a_policy()
    policy.next_action(10, requested=True)
    assert policy.next_action(35, requested=False) is StopAction.KILL
    assert policy.requested


def test_the_next_runner_sends_no_second_sigterm() -> None:
    policy = a_policy()
    policy.resume(10, requested=True, timed_out=False)
    assert [policy.next_action(now, requested=True) for now in (11, 34, 36)] == [
        StopAction.NONE,
        StopAction.NONE,
        StopAction.KILL,
    ]


@given(st.lists(st.tuples(st.floats(0, 300), st.booleans()), max_size=50))
def test_there_is_never_a_second_sigterm(moments: list[tuple[float, bool]]) -> None:
    policy = a_policy()
    actions = [policy.next_action(now, requested=requested) for now, requested in sorted(moments)]
    assert actions.count(StopAction.TERMINATE) <= 1
    assert (
        StopAction.KILL not in actions[: actions.index(StopAction.TERMINATE)]
        if StopAction.TERMINATE in actions
        else True
    )


def test_sigterm_is_sent_after_the_drain_or_at_the_deadline() -> None:
    policy = a_policy()
    actions = [policy.next_action(now, requested=True, draining=now < 12) for now in (10, 11, 12)]
    assert actions == [StopAction.NONE, StopAction.NONE, StopAction.TERMINATE]
    late = a_policy()
    assert [late.next_action(now, requested=True, draining=True) for now in (99, 100)] == [
        StopAction.NONE,
        StopAction.TERMINATE,
    ]
    assert (late.requested, late.timed_out) == (True, True)
