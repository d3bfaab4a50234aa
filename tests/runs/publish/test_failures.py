"""Which failing requests are kept, and how they are grouped."""

import json
from pathlib import Path
from typing import Any

import pytest

from dashboard.engine.exchanges import Exchange
from dashboard.model.snapshot import OVERALL, OpKey
from dashboard.runs.publish.failures import MAX_STORED, MAX_PER_KIND, FailureSampler, group_failures
from dashboard.store.store import Store
from dashboard.store.store import Store
from tests.exchanges import an_exchange
from tests.factories import A_RUN_ID, a_run, a_tally

PAY = OpKey("Pay", "orders", "")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "d.db")
    made.insert_run(a_run())
    return made


def exchange(**changes: Any) -> Exchange:
    return Exchange.model_validate(an_exchange(**changes))


def kept(store: Store) -> list[int]:
    return [position for position, _ in store.exchanges.of_run(A_RUN_ID)]


def test_the_first_of_each_kind_are_kept(store: Store) -> None:
    keeper = FailureSampler(A_RUN_ID, store)
    assert keeper.take((at, exchange()) for at in range(8)) == MAX_PER_KIND
    assert keeper.take([(100, exchange(status=503))]) == 1
    assert keeper.take([(101, exchange(op="Other"))]) == 1
    assert kept(store) == [*range(MAX_PER_KIND), 100, 101]


def test_reading_the_console_again_changes_nothing(store: Store) -> None:
    found = [(at, exchange()) for at in range(3)]
    FailureSampler(A_RUN_ID, store).take(found)
    again = FailureSampler(A_RUN_ID, store)
    assert again.take([*found, (3, exchange())]) == 1
    assert kept(store) == [0, 1, 2, 3]


def test_one_with_its_body_takes_the_place_of_one_without_but_never_of_the_first(store: Store) -> None:
    keeper = FailureSampler(A_RUN_ID, store)
    keeper.take((at, exchange(body=None, omitted="not_kept")) for at in range(MAX_PER_KIND))
    keeper.take((at, exchange()) for at in range(10, 20))
    assert kept(store) == [0, 10, 11, 12, 13]


def test_both_may_come_at_once(store: Store) -> None:
    without = [(at, exchange(body=None, omitted="not_kept")) for at in range(MAX_PER_KIND)]
    FailureSampler(A_RUN_ID, store).take([*without, *((at, exchange()) for at in range(10, 20))])
    assert kept(store) == [0, 10, 11, 12, 13]


def test_a_run_keeps_a_bounded_number(store: Store) -> None:
    keeper = FailureSampler(A_RUN_ID, store)
    keeper.take((at, exchange(op=f"op {at}")) for at in range(MAX_STORED + 50))
    assert len(kept(store)) == MAX_STORED


def test_any_text_survives_the_store(store: Store) -> None:
    odd = json.loads(json.dumps(an_exchange(body="\x00\u202eüß🎉")))
    FailureSampler(A_RUN_ID, store).take([(1, Exchange.model_validate(odd))])
    [(_, text)] = store.exchanges.of_run(A_RUN_ID)
    assert json.loads(text) == odd


def test_groups_count_what_the_figures_count() -> None:
    tally = a_tally(failed=(0.1, 0.2))
    tally.add_check("body has data", 2, 3)
    tally.errors["dial: connection refused"] = 1
    stored = [(1, json.dumps(an_exchange()))]
    groups = group_failures({OVERALL: tally, PAY: tally}, stored)
    found = {(group["kind"], group["name"]): (group["count"], len(group["samples"])) for group in groups}
    assert found == {
        ("check", "body has data"): (3, 0),
        ("status", "500"): (2, 1),
        ("error", "dial: connection refused"): (1, 0),
    }
    assert [group["first_at"] for group in groups if group["samples"]] == ["2026-11-18T11:06:40.000Z"]
    assert group_failures({PAY: tally}, stored, op="Other") == []


def test_a_failed_check_of_a_good_answer_is_a_kind_of_its_own() -> None:
    checks = [{"check": "status is 200", "pass": True}, {"check": "body has id", "pass": False}]
    stored = [(1, json.dumps(an_exchange(expected=True, status=200, checks=checks)))]
    [group] = group_failures({}, stored)
    assert (group["kind"], group["name"], group["count"]) == ("check", "body has id", None)
