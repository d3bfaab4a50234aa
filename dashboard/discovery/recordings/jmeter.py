"""Reads a JMeter plan: a scenario for each thread group, and the load of all of them."""

from dashboard.discovery.discovered import (
    Candidate,
    Discovered,
    ImportOptions,
    Json,
    Remark,
    UnreadableDocument,
)
from dashboard.discovery.recordings.jmeter_load import (
    GroupLoad,
    is_thread_group,
    load_of_group,
    suggest_load,
)
from dashboard.discovery.recordings.jmeter_requests import SAMPLERS
from dashboard.discovery.recordings.jmeter_samplers import PlanReader
from dashboard.discovery.recordings.jmeter_scope import PlanScope, arguments_of
from dashboard.discovery.recordings.jmeter_tree import PlanElement, parse_plan
from dashboard.discovery.recordings.jmeter_walk import GroupWalk


def is_plan(text: str) -> bool:
    """Return whether a text is a JMeter plan."""
    return "<jmeterTestPlan" in text[:5_000]


def read_jmeter(text: str, options: ImportOptions) -> Discovered:
    """Return the requests of a JMeter plan. Raises UnreadableDocument."""
    plan = parse_plan(text)
    reader = PlanReader(options)
    reader.left_out.add_if("Disabled elements", "They are turned off in the plan.", plan.disabled)
    test_plan = next((one for one in plan.root.children if one.tag == "TestPlan"), plan.root)
    scope = PlanScope()
    scope.variables.values |= arguments_of(test_plan) if test_plan is not plan.root else {}
    scope = scope.extended(test_plan.children)
    scenarios: list[Json] = []
    loads: list[GroupLoad] = []
    for element in test_plan.children:
        if is_thread_group(element):
            _read_group(element, scope, reader, scenarios, loads)
        else:
            reader.name_left_out(element)
    if not reader.candidates:
        raise UnreadableDocument("The plan contains no HTTP request that is turned on and can be imported.")
    return _discovered(test_plan, reader, scenarios, loads)


def _read_group(
    group: PlanElement, scope: PlanScope, reader: PlanReader, scenarios: list[Json], loads: list[GroupLoad]
) -> None:
    inner = scope.extended(group.children)
    load = load_of_group(group, lambda text: reader.expressions.literal(text, inner.variables))
    walk = GroupWalk(reader, group)
    walk.add_children(group, inner)
    walk.finish()
    if walk.steps:
        name = reader.scenario_names.unique(group.name)
        scenarios.append({"name": name, "weight": max(1, load.users), "steps": walk.steps})
        loads.append(load)
    elif not any(one.tag in SAMPLERS for one in group.children):
        reader.left_out.add(group.name[:100], "The thread group has no HTTP request that is selected.")


def _discovered(
    test_plan: PlanElement, reader: PlanReader, scenarios: list[Json], loads: list[GroupLoad]
) -> Discovered:
    return Discovered(
        format="jmeter",
        title=test_plan.name[:120] or None,
        base_urls=tuple(dict.fromkeys(reader.origins)),
        auth=reader.mask.auth,
        candidates=tuple(
            Candidate(
                key=one.endpoint["name"],
                endpoint=one.endpoint,
                is_selected=one.is_selected,
                remarks=tuple(dict.fromkeys(one.remarks)),
            )
            for one in reader.candidates
        ),
        scenarios=tuple(scenarios),
        requested_values=(*reader.expressions.requested.values(), *reader.mask.requested_values),
        load=suggest_load(loads),
        left_out=reader.left_out.as_tuple(),
        remarks=_remarks(reader),
    )


def _remarks(reader: PlanReader) -> tuple[Remark, ...]:
    hosts = sorted(set(reader.origins))
    if len(hosts) > 1:
        listed = ", ".join(hosts[:5])
        return (
            Remark("problem", f"The plan names several hosts ({listed}). All requests go to the one target."),
        )
    return ()
