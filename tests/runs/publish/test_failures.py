"""Which failed requests are stored as samples, and how they are grouped."""

import json
from pathlib import Path
from typing import Any

import pytest

from dashboard.engine.exchanges import Exchange
from dashboard.model.snapshot import OVERALL, OpKey
from dashboard.runs.publish.failures import MAX_SAMPLES, MAX_SAMPLES_PER_KIND, FailureSampler, group_failures
from dashboard.store.store import Store
from tests.exchanges import an_exchange
from tests.factories import A_RUN_ID, a_run, a_tally

PAY = OpKey("Pay", "orders", "")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "d.db")
    made.runs.insert(a_run())
    return made


def exchange(**changes: Any) -> Exchange:
    return Exchange.model_validate(an_exchange(**changes))


def stored_offsets(store: Store) -> list[int]:
    return [offset for offset, _ in store.exchanges.of_run(A_RUN_ID)]


def test_the_first_of_each_kind_are_stored(store: Store) -> None:
    sampler = FailureSampler(A_RUN_ID, store)
    assert sampler.take((at, exchange()) for at in range(8)) == MAX_SAMPLES_PER_KIND
    assert sampler.take([(100, exchange(status=503))]) == 1
    assert sampler.take([(101, exchange(op="Other"))]) == 1
    assert stored_offsets(store) == [*range(MAX_SAMPLES_PER_KIND), 100, 101]


def test_taking_the_same_lines_again_changes_nothing(store: Store) -> None:
    exchanges = [(at, exchange()) for at in range(3)]
    FailureSampler(A_RUN_ID, store).take(exchanges)
    again = FailureSampler(A_RUN_ID, store)
    assert again.take([*exchanges, (3, exchange())]) == 1
    assert stored_offsets(store) == [0, 1, 2, 3]


def test_a_sample_with_a_body_replaces_one_without_except_the_first(store: Store) -> None:
    sampler = FailureSampler(A_RUN_ID, store)
    sampler.take((at, exchange(body=None, omitted="not_kept")) for at in range(MAX_SAMPLES_PER_KIND))
    sampler.take((at, exchange()) for at in range(10, 20))
    assert stored_offsets(store) == [0, 10, 11, 12, 13]


def test_samples_with_and_without_bodies_may_arrive_together(store: Store) -> None:
    without = [(at, exchange(body=None, omitted="not_kept")) for at in range(MAX_SAMPLES_PER_KIND)]
    FailureSampler(A_RUN_ID, store).take([*without, *((at, exchange()) for at in range(10, 20))])
    assert stored_offsets(store) == [0, 10, 11, 12, 13]


def test_the_number_of_samples_is_bounded(store: Store) -> None:
    sampler = FailureSampler(A_RUN_ID, store)
    sampler.take((at, exchange(op=f"op {at}")) for at in range(MAX_SAMPLES + 50))
    assert len(stored_offsets(store)) == MAX_SAMPLES


def test_any_text_can_be_stored(store: Store) -> None:
    odd = json.loads(json.dumps(an_exchange(body="\x00\u202eüß🎉")))
    FailureSampler(A_RUN_ID, store).take([(1, Exchange.model_validate(odd))])
    [(_, text)] = store.exchanges.of_run(A_RUN_ID)
    assert json.loads(text) == odd


def test_groups_have_the_counts_of_the_tallies() -> None:
    tally = a_tally(failed=(0.1, 0.2))
    tally.add_check("body has data", 2, 3)
    tally.errors["dial: connection refused"] = 1
    stored = [(1, json.dumps(an_exchange()))]
    groups = group_failures({OVERALL: tally, PAY: tally}, stored)
    summary = {(group["kind"], group["name"]): (group["count"], len(group["samples"])) for group in groups}
    assert summary == {
        ("check", "body has data"): (3, 0),
        ("status", "500"): (2, 1),
        ("error", "dial: connection refused"): (1, 0),
    }
    assert [group["share"] for group in groups] == [0.6, 0.4, 0.2]
    assert [group["first_at"] for group in groups if group["samples"]] == ["2026-11-18T11:06:40.000Z"]
    assert group_failures({PAY: tally}, stored, op="Other") == []


def test_a_failed_check_of_an_expected_response_is_a_kind_of_its_own() -> None:
    checks = [{"check": "status is 200", "pass": True}, {"check": "body has id", "pass": False}]
    stored = [(1, json.dumps(an_exchange(expected=True, status=200, checks=checks)))]
    [group] = group_failures({}, stored)
    assert (group["kind"], group["name"], group["count"]) == ("check", "body has id", None)
    assert group["share"] is None
