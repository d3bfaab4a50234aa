"""Microsoft Teams: an Adaptive Card for the webhook of a workflow."""

import re
from urllib.parse import urlsplit

from dashboard.integrations.integration import HttpMessage, Integration, Recipient, json_message, shortened
from dashboard.integrations.outcome import facts_of, state_of, text_of, title_of
from dashboard.integrations.payload import EventPayload
from dashboard.model.outgoing import EventName

_MARKUP = re.compile(r"([\\`*_\[\]()#~-])")
_COLORS = {"pending": "default", "success": "good", "failure": "attention", "error": "warning"}
_HOSTS = (".logic.azure.com", ".webhook.office.com", ".powerplatform.com")


def build(payload: EventPayload, recipient: Recipient) -> HttpMessage:
    """Return a card with the sentence, the figures and a link."""
    body: list[dict[str, object]] = [
        _text(title_of(payload), size="medium", weight="bolder", color=_COLORS[state_of(payload)]),
        _text(text_of(payload)),
    ]
    if facts := facts_of(payload):
        body.append({"type": "FactSet", "facts": [{"title": title, "value": text} for title, text in facts]})
    card: dict[str, object] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    if payload.url:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open the run", "url": payload.url}]
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return json_message(recipient.url, {"type": "message", "attachments": [attachment]})


def _text(text: str, **style: str) -> dict[str, object]:
    """Return a block of text without markup."""
    return {"type": "TextBlock", "text": shortened(_MARKUP.sub(r"\\\1", text), 2_000), "wrap": True, **style}


INTEGRATION = Integration(
    name="teams",
    title="Microsoft Teams",
    url_hint="https://….logic.azure.com/workflows/…",
    build=build,
    default_events=(EventName.RUN_FINISHED, EventName.RUN_FAILED, EventName.SLO_BREACHED),
    hides_url=True,
    matches=lambda url: (urlsplit(url).hostname or "").endswith(_HOSTS),
)
