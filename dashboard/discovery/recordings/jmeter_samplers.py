"""Turns the samplers of a JMeter plan into endpoints, and names what is not taken over."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from dashboard.discovery.destructive import is_destructive
from dashboard.discovery.discovered import ImportOptions, Json, Remark
from dashboard.discovery.recordings.bodies import is_mutation
from dashboard.discovery.recordings.drafts import draft_of, reason_to_leave_out
from dashboard.discovery.recordings.endpoints import Names, endpoint_of
from dashboard.discovery.recordings.jmeter_requests import SAMPLERS, UNKNOWN_HOST, request_of
from dashboard.discovery.recordings.jmeter_results import EXTRACTORS, checks_of, extracted_by
from dashboard.discovery.recordings.jmeter_scope import CONFIG_TAGS, TIMERS, PlanScope
from dashboard.discovery.recordings.jmeter_tree import PlanElement
from dashboard.discovery.recordings.jmeter_variables import Expressions, key_for
from dashboard.discovery.recordings.requests import EndpointDraft, ImportedRequest, Place, Template, origin_of
from dashboard.discovery.recordings.secrets import SecretMask
from dashboard.discovery.recordings.skipped import LeftOutCounts
from dashboard.model.k6_config import DOCUMENT_LIMITS
from dashboard.model.secret_names import is_secret_name

_COLUMN: Final = re.compile(r"\$\{row\.([^}]*)\}")
_LISTENERS: Final = frozenset({"ResultCollector", "Summariser", "BackendListener"})


@dataclass(slots=True)
class PlanEndpoint:
    """An endpoint of a plan. `extracted` are the keys of its data, by variable."""

    endpoint: Json
    is_selected: bool
    remarks: list[Remark]
    extracted: dict[str, str] = field(default_factory=dict)


class PlanReader:
    """Collects the endpoints of a plan."""

    def __init__(self, options: ImportOptions) -> None:
        self.candidates: list[PlanEndpoint] = []
        self.expressions = Expressions(options.values)
        self.left_out = LeftOutCounts()
        self.mask = SecretMask()
        self.origins: list[str] = []
        self.scenario_names = Names()
        self._names = Names()

    def read_sampler(self, sampler: PlanElement, scope: PlanScope) -> PlanEndpoint | None:
        """Return the endpoint of a sampler, None if it cannot be imported. What is below it is read too."""
        request = request_of(
            sampler,
            scope,
            self.expressions.hide,
            lambda text: self.expressions.literal(text, scope.variables),
        )
        reason = "Its URL cannot be read." if request is None else reason_to_leave_out(request)
        if len(self.candidates) >= DOCUMENT_LIMITS["max_endpoints"]:
            reason = "The plan has too many requests."
        if request is None or reason:
            self.left_out.add(sampler.name[:100], reason or "")
            return None
        found = self._endpoint_of(sampler, request, scope)
        self._add_results(sampler, found, scope)
        self.candidates.append(found)
        return found

    def pause_ms(self, timer: PlanElement, scope: PlanScope) -> float:
        """Return the mean pause of a timer."""
        texts = (timer.text("ConstantTimer.delay"), timer.text("RandomTimer.range"))
        delay, spread = (self._number(text, scope) for text in texts)
        return delay + (spread / 2 if timer.tag == "UniformRandomTimer" else 0)

    def name_left_out(self, element: PlanElement) -> None:
        """Count an element that is not taken over, unless it has been read as configuration."""
        is_read = element.tag in TIMERS or element.tag in CONFIG_TAGS - {"AuthManager"}
        if element.tag in SAMPLERS or is_read or element.tag.endswith("Assertion"):
            return
        if element.tag == "AuthManager":
            self.mask.suggest(
                "basic", "From the HTTP Authorization Manager. Enter user and password for the run."
            )
        elif element.tag in _LISTENERS:
            self.left_out.add("Listeners", "The dashboard shows the results.")
        elif element.tag.endswith("ThreadGroup"):
            reason = "It runs once. Add its requests to the setup or teardown by hand."
            self.left_out.add(f"{element.tag} {element.name[:80]}", reason)
        else:
            short = element.tag.rpartition(".")[2]
            self.left_out.add(f"{short} {element.name[:80]}", "This kind of element is not taken over.")

    def _number(self, text: str, scope: PlanScope) -> float:
        known = self.expressions.literal(text, scope.variables) or ""
        return float(known) if re.fullmatch(r"\d{1,8}(?:\.\d{1,6})?", known) else 0.0

    def _endpoint_of(self, sampler: PlanElement, request: ImportedRequest, scope: PlanScope) -> PlanEndpoint:
        if request.url.hostname != UNKNOWN_HOST:
            self.origins.append(origin_of(request.url))
        draft = draft_of(request)
        unknown: list[str] = []

        def change(_place: Place, value: Any) -> Any:
            if isinstance(value, str):
                return self.expressions.fill_in(value, scope.variables, unknown.append)
            return value

        draft.rewrite(change)
        if draft.body_kind == "text":
            draft.body = change(Place("body", "body"), draft.body)
        self.mask.mask(draft)
        endpoint = endpoint_of(draft, self._names.unique(sampler.name))
        if scope.group:
            endpoint["group"] = re.sub(r"\s+", " ", scope.group)[:60] or endpoint["group"]
        _add_settings(endpoint, sampler)
        remarks = [*draft.remarks, *(_unknown(text) for text in dict.fromkeys(unknown))]
        remarks += _add_data_file(endpoint, scope)
        return PlanEndpoint(endpoint, _is_selected(draft) and not unknown, remarks)

    def _add_results(self, sampler: PlanElement, found: PlanEndpoint, scope: PlanScope) -> None:
        for assertion in scope.assertions:
            checks = checks_of(assertion)
            known = found.endpoint.get("checks", {})
            if checks is None or known.keys() & checks.keys():
                short = f"{assertion.tag} {assertion.name[:80]}"
                self.left_out.add(short, "This assertion has no counterpart among the checks of an endpoint.")
            else:
                found.endpoint["checks"] = known | checks
        for element in sampler.children:
            if element.tag in EXTRACTORS:
                self._add_extractor(element, found)
            elif element.tag not in CONFIG_TAGS and not element.tag.endswith("Assertion"):
                self.name_left_out(element)

    def _add_extractor(self, element: PlanElement, found: PlanEndpoint) -> None:
        for name, source, is_guess in extracted_by(element):
            if source is None or not name:
                self.left_out.add(
                    f"{element.tag} {element.name[:80]}", "Its expression has no counterpart in extract."
                )
                continue
            key = key_for(name)
            secret = {"secret": True} if is_secret_name(name) else {}
            found.endpoint.setdefault("extract", {})[key] = {**source, **secret}
            found.extracted[name] = found.extracted[f"{name}_1"] = key
            if is_guess:
                message = "The path is a guess from the expression of the extractor. Check it with Try."
                found.remarks.append(Remark("guess", message, f"extract.{key}"))


def _is_selected(draft: EndpointDraft) -> bool:
    """Return whether the request is safe to repeat. Deleting what an earlier response named is."""
    deletes_own = draft.method == "DELETE" and any(
        isinstance(segment, Template) and "${data." in segment for segment in draft.segments
    )
    return deletes_own or not (is_destructive(draft.method, draft.literal_path) or is_mutation(draft))


def _add_settings(endpoint: Json, sampler: PlanElement) -> None:
    timeout = sampler.text("HTTPSampler.response_timeout")
    if timeout.isdecimal() and 1 <= int(timeout[:9]) <= DOCUMENT_LIMITS["max_timeout_ms"]:
        endpoint["timeout"] = f"{int(timeout[:9])}ms"
    follows = sampler.is_true("HTTPSampler.follow_redirects") or sampler.is_true("HTTPSampler.auto_redirects")
    if sampler.text("HTTPSampler.follow_redirects") and not follows:
        endpoint["redirects"] = 0


def _add_data_file(endpoint: Json, scope: PlanScope) -> list[Remark]:
    """Add the data file whose columns the endpoint uses. An endpoint has at most one."""
    used = {column for text in _texts(endpoint) for column in _COLUMN.findall(text)}
    files = [one for one in scope.data_files if used & set(one.columns)]
    if not files:
        return []
    chosen = files[-1]
    endpoint["data_file"] = chosen.name
    endpoint["data_rows"] = "order" if chosen.is_shared else "vu"
    if chosen.is_shared and chosen.stops:
        endpoint["data_end"] = "stop"
    columns = ", ".join(chosen.columns)
    message = f'Upload {chosen.path[:100]} as the data file "{chosen.name}" with the columns {columns}.'
    remarks = [Remark("problem", message, "data_file")]
    if len(files) > 1:
        remarks.append(
            Remark("problem", "The request uses two data files. Merge them into one.", "data_file")
        )
    return remarks


def _texts(value: Any) -> Iterator[str]:
    """Yield all texts of an endpoint."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _unknown(text: str) -> Remark:
    return Remark("problem", f"{text} has no counterpart. Replace it by a template or a value.")
