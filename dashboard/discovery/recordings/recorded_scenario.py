"""Collects the requests of a recording as endpoints and as the steps of one scenario."""

from dataclasses import dataclass, field
from typing import Final

from dashboard.discovery.destructive import is_destructive
from dashboard.discovery.discovered import Candidate, Json, Remark
from dashboard.discovery.recordings.bodies import MULTIPART, is_mutation
from dashboard.discovery.recordings.correlation import Correlation, Use
from dashboard.discovery.recordings.drafts import draft_of
from dashboard.discovery.recordings.endpoints import Names, endpoint_of, identity_of, name_of
from dashboard.discovery.recordings.har_entries import HarEntry, HarResponse
from dashboard.discovery.recordings.requests import EndpointDraft, ImportedRequest
from dashboard.discovery.recordings.secrets import SecretMask
from dashboard.model.k6_config import DOCUMENT_LIMITS

MAX_STEPS: Final = DOCUMENT_LIMITS["max_steps"]
_MIN_PAUSE_S: Final = 0.1
_MAX_PAUSE_S: Final = 10.0


@dataclass(slots=True)
class _Found:
    """An endpoint of the recording, with what its candidate needs."""

    endpoint: Json
    draft: EndpointDraft
    is_selected: bool
    statuses: set[int] = field(default_factory=set)


class RecordedScenario:
    """The endpoints and steps of a recording, in its order."""

    def __init__(self, name: str) -> None:
        self.mask = SecretMask()
        self._name = name
        self._names = Names()
        self._correlation = Correlation()
        self._found: dict[str, _Found] = {}
        self._steps: list[Json] = []
        self._last_end_s: float | None = None
        self._shortened = 0

    def expect(self, request: ImportedRequest) -> None:
        """Announce a request. All are announced before the first is added."""
        self._correlation.expect(draft_of(request))

    def add(self, entry: HarEntry) -> None:
        """Add a request. An equal request becomes a further step with the same endpoint."""
        draft = draft_of(entry.request)
        is_complete = not _lacks_body(entry.request)
        if not is_complete:
            draft.remarks.append(
                Remark("problem", "The recording does not contain the body of the request.", "body")
            )
        uses = self._correlation.apply(draft)
        self.mask.mask(draft)
        is_selected = is_complete and _is_selected(draft, uses)
        found = self._found.setdefault(identity_of(draft), _Found({}, draft, is_selected))
        if not found.endpoint:
            found.endpoint.update(endpoint_of(draft, self._names.unique(name_of(draft))))
            _add_status(found, entry.response)
        _merge_status(found, entry.response)
        if found.is_selected:
            self._add_pause(entry)
            self._steps.append({"ref": found.endpoint["name"]})
            self._correlation.remember(found.endpoint, draft, entry.response)

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The endpoints, in the order in which they were recorded first."""
        return tuple(
            Candidate(
                key=found.endpoint["name"],
                endpoint=found.endpoint,
                is_selected=found.is_selected,
                remarks=tuple(dict.fromkeys(found.draft.remarks)),
            )
            for found in self._found.values()
        )

    @property
    def scenarios(self) -> tuple[Json, ...]:
        """The scenario that sends the selected endpoints in their recorded order."""
        return ({"name": self._name, "weight": 1, "steps": self._steps},) if self._steps else ()

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What is worth knowing about the whole recording."""
        remarks = [Remark("note", "Cookies are not imported. k6 keeps the cookies that responses set.")]
        if self._shortened:
            message = f"Pauses longer than {_MAX_PAUSE_S:.0f} s were shortened to that: {self._shortened}."
            remarks.append(Remark("guess", message, "scenarios.think_time"))
        return tuple(remarks)

    def _add_pause(self, entry: HarEntry) -> None:
        """Add the time between the previous response and this request to the previous step."""
        if self._last_end_s is not None and entry.started_s is not None and self._steps:
            pause_s = entry.started_s - self._last_end_s
            self._shortened += pause_s > _MAX_PAUSE_S
            if pause_s >= _MIN_PAUSE_S:
                self._steps[-1]["think_time"] = f"{min(pause_s, _MAX_PAUSE_S) * 1000:.0f}ms"
        if entry.ended_s is not None:
            self._last_end_s = max(entry.ended_s, self._last_end_s or entry.ended_s)


def _lacks_body(request: ImportedRequest) -> bool:
    """Return whether the body that was sent is not recorded. Browsers leave out forms with files."""
    if request.text or request.form or request.parts or request.method not in ("POST", "PUT", "PATCH"):
        return False
    is_form = (request.header("content-type") or "").lower().startswith(MULTIPART)
    return is_form or (request.header("content-length") or "0").strip() != "0"


def _is_selected(draft: EndpointDraft, uses: list[Use]) -> bool:
    """Return whether the request is safe to repeat. Deleting what the scenario itself created is."""
    deletes_own = draft.method == "DELETE" and any(use.origin.method in ("POST", "PUT") for use in uses)
    return deletes_own or not (is_destructive(draft.method, draft.literal_path) or is_mutation(draft))


def _add_status(found: _Found, response: HarResponse) -> None:
    """Expect the recorded status. A server error is no expectation, and 304 is the answer to a cache."""
    status = response.status
    if status is None or status < 200 or status > 599 or status == 304:
        return
    if status >= 500:
        message = f"The recorded response was {status}. The request may not work."
        found.draft.remarks.append(Remark("problem", message, "checks.status"))
        found.is_selected = False
        return
    found.endpoint.setdefault("checks", {})["status"] = status
    if status >= 400:
        message = f"The recorded response was {status}, so this status is expected."
        found.draft.remarks.append(Remark("guess", message, "checks.status"))


def _merge_status(found: _Found, response: HarResponse) -> None:
    found.statuses |= {response.status} if response.status else set()
    if len(found.statuses) > 1 and "status" in found.endpoint.get("checks", {}):
        del found.endpoint["checks"]["status"]
        if not found.endpoint["checks"]:
            del found.endpoint["checks"]
        statuses = ", ".join(str(status) for status in sorted(found.statuses))
        message = f"The recorded responses differ ({statuses}), so no status is expected."
        found.draft.remarks.append(Remark("guess", message, "checks.status"))
