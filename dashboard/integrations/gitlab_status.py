"""GitLab commit status: POST /projects/:id/statuses/:sha."""

import re

from dashboard.integrations.integration import (
    STATUS_EVENTS,
    HttpMessage,
    Integration,
    Option,
    Recipient,
    filled,
    json_message,
    shortened,
)
from dashboard.integrations.outcome import state_of
from dashboard.integrations.payload import EventPayload

MAX_DESCRIPTION = 255
_URL = re.compile(r"https?://[^/]+(/.*)?/api/v4/projects/[^/]+/statuses/.+")
_STATES = {"pending": "running", "success": "success", "failure": "failed", "error": "failed"}


def build(payload: EventPayload, recipient: Recipient) -> HttpMessage:
    """Return a status of the commit in the URL."""
    status = {
        "state": "canceled" if payload.status == "stopped" else _STATES[state_of(payload)],
        "name": INTEGRATION.option(recipient, "name"),
        "description": shortened(payload.sentence, MAX_DESCRIPTION),
        **({"target_url": payload.url} if payload.url else {}),
    }
    return json_message(filled(recipient.url, payload), status)


INTEGRATION = Integration(
    name="gitlab-status",
    title="GitLab commit status",
    url_hint="https://gitlab.example.com/api/v4/projects/42/statuses/${commit_sha}",
    build=build,
    accepts=STATUS_EVENTS,
    default_events=STATUS_EVENTS,
    token_header=("PRIVATE-TOKEN", ""),
    options=(Option(name="name", label="Status name", default="k6", hint="Name of the status"),),
    matches=lambda url: _URL.fullmatch(url) is not None,
)
