"""The account of a run: every total is the sum of its parts, and a count that nobody knows is None."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.model.account import (
    MAX_REASONS,
    OTHERS,
    Account,
    IdleIterations,
    IterationCounts,
    account_of,
)
from dashboard.model.account_text import account_rows
from dashboard.model.record import record_of
from dashboard.model.tally import MAX_FAULTS, OTHER_REASONS, Fault, Tally
from dashboard.store.codec import run_from_json, run_to_json
from tests.factories import a_histogram, an_ended_run

NO_VALUE: Fault = ("skipped", "no value for id")
UNREACHED: Fault = ("unreached", "an earlier step failed")
BOOM: Fault = ("thrown", "boom")


def a_load(
    *,
    answered: int = 0,
    unanswered: int = 0,
    iterations: int = 0,
    faults: Mapping[Fault, int] | None = None,
    **counters: float,
) -> Tally:
    load = Tally()
    load.add_duration("2+", a_histogram([0.01] * answered))
    load.add_duration("0-", a_histogram([0.0] * unanswered))
    if unanswered:
        load.errors = {"request timeout": unanswered, "HTTP 500": 7}
    if iterations:
        load.add_trend("iteration_duration", a_histogram([0.1] * iterations))
    load.faults = dict(faults or {})
    load.counters = {"data_sent": float(answered), **counters}
    return load


def is_balanced(account: Account) -> bool:
    """Whether every total is the sum of its parts."""
    iterations, steps, requests = account.iterations, account.steps, account.requests
    ended = iterations.completed + iterations.thrown + iterations.missing
    return (
        (iterations.begun is None or iterations.begun == ended + (iterations.cut or 0))
        and (steps is None or steps.due == steps.sent + steps.skipped + steps.thrown)
        and requests.sent == requests.answered + requests.unanswered
    )


@pytest.mark.parametrize(
    ("load", "counts", "idle", "iterations"),
    [
        (a_load(answered=5, iterations=5), IterationCounts(ended=5, cut=0), IdleIterations(), (5, 5, 0, 0, 0)),
        (a_load(answered=5, iterations=5), IterationCounts(ended=5, cut=3), IdleIterations(), (8, 5, 0, 3, 0)),
        (a_load(iterations=5, faults={BOOM: 2}), IterationCounts(ended=5, cut=1), IdleIterations(), (6, 3, 2, 1, 0)),
        (a_load(iterations=5), IterationCounts(ended=5, cut=0, uncaught=4), IdleIterations(), (5, 1, 4, 0, 0)),
        (a_load(iterations=5), IterationCounts(uncaught=9), IdleIterations(), (None, 0, 5, None, 0)),
        (a_load(iterations=5), IterationCounts(ended=9, cut=4), IdleIterations(ended=4, running=3), (6, 5, 0, 1, 0)),
        (a_load(iterations=5), IterationCounts(ended=7, cut=0), IdleIterations(), (7, 5, 0, 0, 2)),
        (a_load(), IterationCounts(), IdleIterations(), (None, 0, 0, None, 0)),
    ],
)  # fmt: skip
def test_iterations_are_begun_completed_thrown_cut_or_missing(
    load: Tally, counts: IterationCounts, idle: IdleIterations, iterations: tuple[int | None, ...]
) -> None:
    account = account_of(load, counts, idle)
    found = account.iterations
    assert (found.begun, found.completed, found.thrown, found.cut, found.missing) == iterations
    assert is_balanced(account)


@pytest.mark.parametrize(
    ("load", "steps", "requests"),
    [
        (a_load(answered=5), (5, 5, 0, 0, 0), (5, 5, 0)),
        (a_load(answered=5, unanswered=2), (7, 7, 0, 0, 0), (7, 5, 2)),
        (a_load(answered=5, requests_resent=2), (3, 3, 0, 0, 0), (5, 5, 0)),
        (a_load(answered=1, faults={NO_VALUE: 3, UNREACHED: 2}), (6, 1, 5, 2, 0), (1, 1, 0)),
        (a_load(answered=1, faults={BOOM: 3}), (4, 1, 0, 0, 3), (1, 1, 0)),
        (a_load(faults={NO_VALUE: 3}), (3, 0, 3, 0, 0), (0, 0, 0)),
    ],
)
def test_steps_are_sent_skipped_or_thrown_and_requests_answered_or_not(
    load: Tally, steps: tuple[int, ...], requests: tuple[int, ...]
) -> None:
    account = account_of(load)
    assert account.steps is not None
    found = account.steps
    assert (found.due, found.sent, found.skipped, found.unreached, found.thrown) == steps
    sent = account.requests
    assert (sent.sent, sent.answered, sent.unanswered) == requests
    assert sum(sent.errors.values()) == sent.unanswered
    assert sum(found.skip_reasons.values()) == found.skipped
    assert sum(found.throw_reasons.values()) == found.thrown


@pytest.mark.parametrize(
    ("load", "is_empty"),
    [
        (a_load(answered=1), False),
        (a_load(unanswered=1), False),
        (a_load(iterations=4), True),
        (a_load(iterations=4, data_sent=5.0), False),
        (a_load(iterations=4, browser_data_sent=5.0), False),
        (a_load(faults={NO_VALUE: 4}), True),
    ],
)
def test_a_load_that_sent_nothing_is_empty(load: Tally, is_empty: bool) -> None:
    assert account_of(load).is_empty is is_empty
    assert account_of(load, own_script=True).is_empty is is_empty


def test_a_custom_script_has_no_steps() -> None:
    account = account_of(a_load(answered=5, iterations=5), own_script=True)
    assert (account.steps, account.values) == (None, None)
    assert account.requests.sent == 5


def test_values_to_extract_are_counted_by_their_checks() -> None:
    load = a_load(answered=5)
    load.checks = {"extracts id": (3, 2), "extracts token": (5, 0), "status is 200": (4, 1)}
    values = account_of(load).values
    assert values is not None
    assert (values.extracted, values.missing) == (8, 2)


def test_rare_reasons_are_added_up() -> None:
    load = a_load(faults={("skipped", f"reason {n}"): n for n in range(1, MAX_REASONS + 4)})
    steps = account_of(load).steps
    assert steps is not None
    assert len(steps.skip_reasons) == MAX_REASONS + 1
    assert steps.skip_reasons[OTHERS] == 1 + 2 + 3
    assert sum(steps.skip_reasons.values()) == steps.skipped


def test_a_tally_limits_the_number_of_reasons() -> None:
    load = Tally()
    for number in range(MAX_FAULTS + 5):
        load.add_fault(("thrown", f"reason {number}"), 1)
    assert load.faults[("thrown", OTHER_REASONS)] == 5
    assert load.count_faults("thrown") == MAX_FAULTS + 5


_faults = st.dictionaries(
    st.tuples(st.sampled_from(("skipped", "unreached", "thrown")), st.text(max_size=5)),
    st.integers(1, 1_000),
    max_size=30,
)


@given(_faults, st.integers(0, 500), st.integers(0, 500), st.integers(0, 900), st.integers(0, 20))
def test_every_account_is_balanced(
    faults: dict[Fault, int], answered: int, unanswered: int, ended: int, cut: int
) -> None:
    load = a_load(answered=answered, unanswered=unanswered, iterations=ended, faults=faults)
    assert is_balanced(account_of(load, IterationCounts(ended=ended, cut=cut)))


@given(_faults)
def test_faults_survive_storage_and_differences(faults: dict[Fault, int]) -> None:
    load = a_load(faults=faults)
    assert Tally.from_bytes(load.to_bytes()) == load
    assert load.since(Tally()).faults == faults
    assert load.since(load).faults == {}


def test_a_tally_of_version_1_has_no_faults() -> None:
    blob = bytearray(a_load(answered=1).to_bytes()[:-1])  # the last byte is the number of faults
    blob[0] = 1
    assert Tally.from_bytes(bytes(blob)) == a_load(answered=1)


@pytest.mark.parametrize("own_script", [True, False])
def test_an_account_is_stored_with_its_run(own_script: bool) -> None:
    load = a_load(answered=5, unanswered=1, iterations=4, faults={NO_VALUE: 3})
    account = account_of(load, IterationCounts(ended=4, cut=1), own_script=own_script)
    run = an_ended_run(account=account)
    assert run_from_json(run_to_json(run)) == run
    assert run_from_json(run_to_json(an_ended_run())).account is None


def a_record(account: Account) -> Any:
    return record_of(an_ended_run(account=account))["account"]


def test_an_account_is_shown_as_equations() -> None:
    load = a_load(
        answered=1_200, unanswered=2, iterations=5, faults={NO_VALUE: 3, BOOM: 1}, dropped_iterations=4
    )
    load.checks = {"extracts id": (3, 2)}
    account = account_of(load, IterationCounts(ended=5, cut=2))
    assert account_rows(a_record(account)) == [
        ("Iterations", "7 begun = 4 completed + 1 with an exception + 2 cut"),
        ("Steps", "1,206 due = 1,202 sent + 3 skipped + 1 with an exception"),
        ("Requests", "1,202 sent = 1,200 answered + 2 unanswered"),
        ("Dropped iterations", "4, which never began"),
        ("Values to extract", "3 extracted, 2 missing"),
        ("Reasons", "3 × no value for id, 2 × request timeout, 1 × boom"),
    ]


def test_unknown_counts_are_shown_as_unknown() -> None:
    rows = account_rows(a_record(account_of(a_load(answered=1, iterations=1), own_script=True)))
    assert rows == [
        ("Iterations", "unknown begun = 1 completed + unknown cut"),
        ("Requests", "1 sent = 1 answered"),
    ]
    assert account_rows(None) == []
