"""Breakdowns of a run or a range: the parts add up to the whole."""

from dataclasses import replace

from dashboard.model.figures import figures_of
from dashboard.model.snapshot import OVERALL, OpKey
from dashboard.runs.publish.payloads import breakdown_of, op_rows
from tests.factories import a_tally

GOOD = a_tally([0.01] * 6)
MIXED = a_tally([0.02] * 3, failed=[0.5] * 2)
ALL = a_tally([0.01] * 6 + [0.02] * 3, failed=[0.5] * 2)
LOGIN = OpKey("Login", "account", "setup")
TALLIES = {
    OVERALL: ALL,
    OpKey("List", "shop", ""): GOOD,
    OpKey("Buy", "shop", ""): MIXED,
    LOGIN: a_tally([7.0]),
}


def test_parts_add_up_to_the_whole() -> None:
    breakdown = breakdown_of(TALLIES, 10, 500)
    assert sum(row["total_reqs"] for row in breakdown["groups"]) == 11
    assert sum(row["total_reqs"] for row in breakdown["status_classes"]) == 11
    assert [(row["name"], row["total_reqs"]) for row in breakdown["phases"]] == [("setup", 1)]
    assert sum(bucket["count"] for bucket in breakdown["latency_buckets"]) == 11
    assert sum(row["total_reqs"] for row in op_rows(TALLIES, 10, 500) if not row["phase"]) == 11


def test_each_status_class_has_its_own_latency() -> None:
    good, bad = breakdown_of(TALLIES, 10, 500)["status_classes"]
    assert (good["name"], good["total_reqs"], good["errors"]) == ("2xx", 9, 0)
    assert (bad["name"], bad["total_reqs"], bad["errors"]) == ("5xx", 2, 2)
    assert good["p95_ms"] < 30 < 400 < bad["p95_ms"]


def test_exact_figures_replace_those_from_histograms() -> None:
    exact = replace(figures_of(ALL, 10, 500), p95_ms=123.0)
    assert breakdown_of(TALLIES, 10, 500, exact)["figures"]["p95_ms"] == 123.0


def test_a_step_of_the_setup_has_its_own_row_without_a_rate() -> None:
    by_op = {row["op"]: row for row in op_rows(TALLIES, 10, 500)}
    assert (by_op["Login"]["phase"], by_op["Login"]["total_reqs"], by_op["Login"]["rps"]) == (
        "setup",
        1,
        None,
    )
    assert by_op["List"]["rps"] == 0.6
    assert [row["name"] for row in breakdown_of(TALLIES, 10, 500)["groups"]] == ["shop"]
