"""Walks through a thread group of a JMeter plan and collects the steps of its scenario."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from dashboard.discovery.discovered import Json
from dashboard.discovery.recordings.jmeter_requests import SAMPLERS
from dashboard.discovery.recordings.jmeter_results import EXTRACTORS, extracted_by
from dashboard.discovery.recordings.jmeter_samplers import PlanReader
from dashboard.discovery.recordings.jmeter_scope import PlanScope
from dashboard.discovery.recordings.jmeter_tree import PlanElement
from dashboard.discovery.recordings.jmeter_variables import variables_in
from dashboard.model.k6_config import DOCUMENT_LIMITS

_TRANSPARENT: Final = frozenset({"GenericController", "RecordingController", "CriticalSectionController"})
_ONCE: Final = {
    "LoopController": "Its requests are sent once in every iteration.",
    "WhileController": "Its requests are sent once in every iteration.",
    "ForeachController": "Its requests are sent once in every iteration.",
    "IfController": "Its condition is not taken over: its requests are always sent.",
    "SwitchController": "All of its requests are sent.",
    "OnceOnlyController": "Its requests are sent in every iteration.",
    "RandomController": "All of its requests are sent, in their order.",
    "RandomOrderController": "Its requests are sent in their order.",
    "InterleaveControl": "All of its requests are sent in every iteration.",
    "ThroughputController": "Its requests are sent in every iteration.",
    "RunTime": "Its requests are sent once in every iteration.",
}
_MAX_PAUSE_MS: Final = 3_600_000


class GroupWalk:
    """The steps of one thread group, in the order of the plan."""

    def __init__(self, reader: PlanReader, group: PlanElement) -> None:
        self.steps: list[Json] = []
        self._extracted = frozenset(_extracted_below(group))
        self._reader = reader
        self._available: dict[str, str] = {}
        self._pause_ms = self._first_pause_ms = 0.0

    def add_children(self, parent: PlanElement, scope: PlanScope) -> None:
        """Add the requests below an element. `scope` is that of the children."""
        for element in parent.children:
            if element.tag in SAMPLERS:
                self._add_sampler(element, scope)
            elif element.tag == "TransactionController":
                inner = scope.extended(element.children)
                inner.group = element.name
                self.add_children(element, inner)
            elif element.tag in _TRANSPARENT or element.tag in _ONCE:
                if element.tag in _ONCE:
                    self._reader.left_out.add(f"{element.tag} {element.name[:80]}", _ONCE[element.tag])
                self.add_children(element, scope.extended(element.children))
            elif element.tag == "TestAction":
                self._add_action(element, scope)
            else:
                self._reader.name_left_out(element)

    def _add_sampler(self, sampler: PlanElement, scope: PlanScope) -> None:
        own = scope.extended(one for one in sampler.children if one.tag != "HeaderManager")
        own.variables = replace(own.variables, extracted=dict(self._available))
        own.headers = self._sendable(own.headers)
        found = self._reader.read_sampler(sampler, own)
        if found is None or not found.is_selected:
            return
        if len(self.steps) >= DOCUMENT_LIMITS["max_steps"]:
            reason = f"A scenario has at most {DOCUMENT_LIMITS['max_steps']:,} steps."
            self._reader.left_out.add("Further requests", reason)
            return
        self._pause_ms += sum(self._reader.pause_ms(timer, own) for timer in own.timers)
        self._end_pause()
        self.steps.append({"ref": found.endpoint["name"]})
        self._available |= found.extracted

    def _sendable(self, headers: dict[str, str]) -> dict[str, str]:
        """Leave out headers that need a value of a later response, such as the token of a login."""
        missing = self._extracted - self._available.keys()
        return {name: value for name, value in headers.items() if not missing & set(variables_in(value))}

    def _add_action(self, element: PlanElement, scope: PlanScope) -> None:
        if element.text("ActionProcessor.action") == "1":
            text = self._reader.expressions.literal(element.text("ActionProcessor.duration"), scope.variables)
            self._pause_ms += float(text) if text and text.isdecimal() and len(text) < 9 else 0
            self._end_pause()
        else:
            self._reader.name_left_out(element)

    def finish(self) -> None:
        """Make the pause before the first request the think time of the last step."""
        self._pause_ms += self._first_pause_ms
        self._end_pause()

    def _end_pause(self) -> None:
        """Make the collected pause the think time of the previous step. JMeter pauses before a request."""
        if not self.steps:
            self._first_pause_ms += self._pause_ms
        elif self._pause_ms:
            before = float(str(self.steps[-1].get("think_time", "0ms")).removesuffix("ms"))
            self.steps[-1]["think_time"] = f"{min(before + self._pause_ms, _MAX_PAUSE_MS):.0f}ms"
        self._pause_ms = 0.0


def _extracted_below(element: PlanElement) -> Iterator[str]:
    """Yield the variables that extractors below an element set."""
    pending = [element]
    while pending:
        one = pending.pop()
        pending.extend(one.children)
        if one.tag in EXTRACTORS:
            yield from (name for name, _, _ in extracted_by(one))
