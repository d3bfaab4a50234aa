"""Discord: a webhook with one embed, which mentions nobody."""

import re

from dashboard.integrations.integration import HttpMessage, Integration, Recipient, json_message, shortened
from dashboard.integrations.outcome import COLORS, facts_of, state_of, text_of, title_of
from dashboard.integrations.payload import EventPayload
from dashboard.model.outgoing import EventName

_MARKUP = re.compile(r"([\\`*_\[\]()#~|>-])")
_URL = re.compile(r"https://(\w+\.)?discord(app)?\.com/api/webhooks/.+")


def build(payload: EventPayload, recipient: Recipient) -> HttpMessage:
    """Return a message with the sentence, the figures and a link."""
    embed: dict[str, object] = {
        "title": shortened(escaped(title_of(payload)), 256),
        "description": shortened(escaped(text_of(payload)), 2_000),
        "color": int(COLORS[state_of(payload)][1:], 16),
        "timestamp": payload.at,
        "fields": [
            {"name": title, "value": value, "inline": True} for title, value in facts_of(payload)[:25]
        ],
    }
    if payload.url:
        embed["url"] = payload.url
    return json_message(recipient.url, {"embeds": [embed], "allowed_mentions": {"parse": []}})


def escaped(text: str) -> str:
    """Return a text without markup."""
    return _MARKUP.sub(r"\\\1", text)


INTEGRATION = Integration(
    name="discord",
    title="Discord",
    url_hint="https://discord.com/api/webhooks/…/…",
    build=build,
    default_events=(EventName.RUN_FINISHED, EventName.RUN_FAILED, EventName.SLO_BREACHED),
    hides_url=True,
    matches=lambda url: _URL.fullmatch(url) is not None,
)
