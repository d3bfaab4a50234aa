"""Makes the draft of an endpoint from a recorded request."""

from typing import Final
from urllib.parse import SplitResult

from dashboard.discovery.discovered import Remark
from dashboard.discovery.recordings.bodies import add_body
from dashboard.discovery.recordings.headers import kept_headers
from dashboard.discovery.recordings.requests import EndpointDraft, ImportedRequest
from dashboard.endpoints.texts import METHODS

_MAX_PATH: Final = 16_000
_MAX_BODY: Final = 1_000_000


def reason_to_leave_out(request: ImportedRequest) -> str | None:
    """Return why endpoints.json cannot express a request, None if it can."""
    if request.method not in METHODS:
        return f"The method {request.method[:20]} is not supported."
    if request.url.path.startswith("//"):
        return "A path that starts with // cannot be appended to the target."
    if len(request.url.path) + len(request.url.query) > _MAX_PATH:
        return "The URL is too long."
    if len(request.text or "") > _MAX_BODY:
        return f"The body is larger than {_MAX_BODY // 1_000_000} MB. Upload it as a data file or shorten it."
    return None


def draft_of(request: ImportedRequest) -> EndpointDraft:
    """Return the draft of a request that can be expressed. Its secrets are still in it."""
    draft = EndpointDraft(
        method=request.method,
        segments=request.url.path.removeprefix("/").split("/"),
        query=query_of(request.url),
        headers=kept_headers(request.headers),
    )
    add_body(draft, request)
    _add_missing_files(draft)
    return draft


def query_of(url: SplitResult) -> list[tuple[str, str | None]]:
    """Return the encoded names and values of a query. A name without `=` has the value None."""
    pairs = [part.partition("=") for part in url.query.split("&") if part]
    return [(name, value if equals else None) for name, equals, value in pairs]


def _add_missing_files(draft: EndpointDraft) -> None:
    if draft.body_kind != "multipart":
        return
    for name, value in draft.body.items():
        if isinstance(value, dict) and not (value.get("content") or value.get("content_base64")):
            message = f'The recording does not contain the file "{name}". An empty file is sent.'
            draft.remarks.append(Remark("problem", message, f"multipart.{name}"))
