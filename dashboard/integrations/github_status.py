"""GitHub commit status: POST /repos/{owner}/{repo}/statuses/{sha}."""

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

MAX_DESCRIPTION = 140
_URL = re.compile(r"https://api\.github\.com/repos/[^/]+/[^/]+/statuses/.+")
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


def build(payload: EventPayload, recipient: Recipient) -> HttpMessage:
    """Return a status of the commit in the URL."""
    status = {
        "state": state_of(payload),
        "description": shortened(payload.sentence, MAX_DESCRIPTION),
        "context": INTEGRATION.option(recipient, "context"),
        **({"target_url": payload.url} if payload.url else {}),
    }
    return json_message(filled(recipient.url, payload), status, HEADERS)


INTEGRATION = Integration(
    name="github-status",
    title="GitHub commit status",
    url_hint="https://api.github.com/repos/org/repo/statuses/${commit_sha}",
    build=build,
    accepts=STATUS_EVENTS,
    default_events=STATUS_EVENTS,
    token_header=("Authorization", "Bearer "),
    options=(Option(name="context", label="Context", default="k6", hint="Name of the status"),),
    matches=lambda url: _URL.fullmatch(url) is not None,
)
