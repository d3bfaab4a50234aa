"""Thread groups become stages of users."""

from typing import Any

import pytest

from dashboard.api.shapes.bodies import LoadParameters
from dashboard.discovery.discovered import ImportOptions, LoadSuggestion
from dashboard.discovery.recordings.jmeter import read_jmeter
from dashboard.model.custom import CustomStage, plan_stages
from tests.discovery.recordings.jmeter_plans import collection, element, plan, prop, sampler, thread_group


def load_of(*groups: str, **variables: str) -> LoadSuggestion:
    load = read_jmeter(plan(*groups, variables=variables), ImportOptions()).load
    assert load is not None
    parsed = LoadParameters.model_validate(load.fields)
    assert parsed.stages is not None
    stages = [
        CustomStage(float(stage.duration.removesuffix("ms")) / 1000, stage.target) for stage in parsed.stages
    ]
    plan_stages("custom", "vus", stages, 1)
    return load


def stages_of(*groups: str, **variables: str) -> list[tuple[str, int]]:
    stages: list[dict[str, Any]] = load_of(*groups, **variables).fields["stages"]
    return [(stage["duration"], stage["target"]) for stage in stages]


def test_threads_ramp_and_duration() -> None:
    group = thread_group(sampler(), threads="${users}", ramp_s=30, duration_s=300)
    assert stages_of(group, users="20") == [("30000ms", 20), ("270000ms", 20)]


def test_without_a_ramp_all_users_start_together() -> None:
    assert stages_of(thread_group(sampler(), threads=3, ramp_s=1, duration_s=60)) == [
        ("0ms", 3),
        ("60000ms", 3),
    ]


def test_without_a_duration_the_users_stay_for_a_minute() -> None:
    load = load_of(thread_group(sampler(), threads=3, ramp_s=5, duration_s=0))
    assert load.fields["stages"][-1] == {"duration": "60000ms", "target": 3}
    assert "sets no duration" in load.reason


def test_thread_groups_add_up() -> None:
    groups = [
        thread_group(sampler("A"), name="One", threads=10, ramp_s=10, duration_s=20),
        thread_group(sampler("B"), name="Two", threads=4, ramp_s=0, duration_s=60),
    ]
    assert stages_of(*groups) == [
        *(("0ms", 4), ("10000ms", 14), ("10000ms", 14), ("0ms", 4), ("40000ms", 4)),
    ]


def test_a_concurrency_thread_group() -> None:
    settings = prop("TargetLevel", 12) + prop("RampUp", 2) + prop("Hold", 5) + prop("Unit", "M")
    group = element(
        "com.blazemeter.jmeter.threads.concurrency.ConcurrencyThreadGroup", "C", settings, sampler()
    )
    assert stages_of(group) == [("120000ms", 12), ("300000ms", 12)]


def test_an_ultimate_thread_group() -> None:
    rows = [
        collection("row", *(prop("n", value) for value in row))
        for row in ((5, 0, 10, 30, 5), (5, 20, 0, 10, 0))
    ]
    group = element(
        "kg.apc.jmeter.threads.UltimateThreadGroup",
        "U",
        collection("ultimatethreadgroupdata", *rows),
        sampler(),
    )
    assert stages_of(group) == [
        *(
            ("10000ms", 5),
            ("10000ms", 5),
            ("0ms", 10),
            ("10000ms", 10),
            ("0ms", 5),
            ("10000ms", 5),
            ("5000ms", 0),
        ),
    ]


def test_a_stepping_thread_group() -> None:
    settings = {
        "ThreadGroup.num_threads": 6,
        "Start users count": 2,
        "Start users period": 30,
        "flighttime": 60,
    }
    properties = "".join(prop(name, value) for name, value in settings.items())
    group = element("kg.apc.jmeter.threads.SteppingThreadGroup", "S", properties, sampler())
    assert stages_of(group) == [
        *(("0ms", 2), ("30000ms", 2), ("0ms", 4), ("30000ms", 4), ("0ms", 6), ("60000ms", 6)),
    ]


def test_thread_groups_of_other_plugins_are_read() -> None:
    group = element("com.blazemeter.jmeter.threads.arrivals.ArrivalsThreadGroup", "A", "", sampler())
    load = load_of(group)
    assert load.fields["stages"] == [{"duration": "0ms", "target": 1}, {"duration": "60000ms", "target": 1}]
    assert "sets no duration" in load.reason


def test_groups_that_run_once_are_named() -> None:
    groups = [element("SetupThreadGroup", "Before", "", sampler("Seed")), thread_group(sampler())]
    found = read_jmeter(plan(*groups), ImportOptions())
    assert [one.endpoint["name"] for one in found.candidates] == ["List users"]
    assert [one.name for one in found.left_out] == ["SetupThreadGroup Before"]


@pytest.mark.parametrize("threads", [0, "x", 10**12])
def test_unusable_numbers_are_no_error(threads: object) -> None:
    read_jmeter(
        plan(thread_group(sampler(), threads=threads, ramp_s="-1", duration_s="1e9")), ImportOptions()
    )
