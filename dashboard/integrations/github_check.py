"""GitHub check run: POST /repos/{owner}/{repo}/check-runs. GitHub accepts it only from a GitHub App.

A check run of the same name for the same commit replaces the earlier one in what GitHub shows. So no ID is kept.
"""

import re

from dashboard.integrations.github_status import HEADERS
from dashboard.integrations.integration import (
    STATUS_EVENTS,
    HttpMessage,
    Integration,
    NotForReceiver,
    Option,
    Recipient,
    filled,
    json_message,
    shortened,
)
from dashboard.integrations.outcome import facts_of, state_of, text_of
from dashboard.integrations.payload import EventPayload

_URL = re.compile(r"https://api\.github\.com/repos/[^/]+/[^/]+/check-runs/?")
_CONCLUSIONS = {"success": "success", "failure": "failure", "error": "neutral"}
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~@-])")


def build(payload: EventPayload, recipient: Recipient) -> HttpMessage:
    """Return a check run for the commit in the run's meta: in progress at the start, else completed."""
    sha = payload.meta.get("commit_sha")
    if not sha:
        raise NotForReceiver('the run has no "commit_sha" in its metadata')
    state = state_of(payload)
    check: dict[str, object] = {
        "name": INTEGRATION.option(recipient, "name"),
        "head_sha": sha,
        "external_id": payload.run_id,
        "status": "in_progress" if state == "pending" else "completed",
        "output": {"title": shortened(payload.sentence, 200), "summary": _summary(payload)},
    }
    if payload.started_at:
        check["started_at"] = payload.started_at
    if state != "pending":
        check |= {"conclusion": _conclusion(payload), "completed_at": payload.ended_at}
    if payload.url:
        check["details_url"] = payload.url
    return json_message(filled(recipient.url, payload), check, HEADERS)


def _conclusion(payload: EventPayload) -> str:
    return "cancelled" if payload.status == "stopped" else _CONCLUSIONS[state_of(payload)]


def _summary(payload: EventPayload) -> str:
    rows = [f"| {title} | {value} |" for title, value in facts_of(payload)]
    table = ["", "| Figure | Value |", "| --- | --- |", *rows] if rows else []
    return "\n".join([_MARKUP.sub(r"\\\1", text_of(payload)), *table])


INTEGRATION = Integration(
    name="github-check",
    title="GitHub check run",
    url_hint="https://api.github.com/repos/org/repo/check-runs",
    build=build,
    accepts=STATUS_EVENTS,
    default_events=STATUS_EVENTS,
    token_header=("Authorization", "Bearer "),
    options=(Option(name="name", label="Check name", default="k6", hint="Name of the check"),),
    matches=lambda url: _URL.fullmatch(url) is not None,
)
