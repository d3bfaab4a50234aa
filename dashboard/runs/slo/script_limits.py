"""The SLOs of the endpoints file that apply to a user's script: those of the endpoints that the script calls."""

from collections.abc import Collection
from dataclasses import replace

from dashboard.model.run import Run
from dashboard.model.slo_set import SloSet
from dashboard.model.snapshot import OVERALL, OpKey


def limits_in_force(run: Run, slo_set: SloSet, ops: Collection[OpKey]) -> SloSet:
    """Return the SLOs that apply to a run in which the operations `ops` were called."""
    names = run.context.script_endpoints
    if names is None:
        return slo_set
    known, called = set(names), {op for op in ops if op != OVERALL}
    own = {op for op in called if op.op in known}
    if not own:
        return SloSet()
    called_names, groups = {op.op for op in own}, {op.group for op in own}
    return replace(
        slo_set,
        operations={name: limits for name, limits in slo_set.operations.items() if name in called_names},
        groups={name: limits for name, limits in slo_set.groups.items() if name in groups},
    )
