"""Slack: an incoming webhook with blocks."""

from dashboard.integrations.integration import HttpMessage, Integration, Recipient, json_message, shortened
from dashboard.integrations.outcome import ICONS, facts_of, state_of, text_of, title_of
from dashboard.integrations.payload import EventPayload
from dashboard.model.outgoing import EventName

MAX_TEXT = 2_900  # Slack accepts 3,000 characters, and escaping is applied before shortening


def build(payload: EventPayload, recipient: Recipient) -> HttpMessage:
    """Return a message with the sentence, the figures and a link."""
    sentence = shortened(escaped(text_of(payload)), MAX_TEXT)
    heading = f"{ICONS[state_of(payload)]} *{shortened(escaped(title_of(payload)), 300)}*"
    blocks: list[dict[str, object]] = [_section(shortened(f"{heading}\n{sentence}", MAX_TEXT))]
    if facts := facts_of(payload):
        fields = [{"type": "mrkdwn", "text": f"*{title}*\n{value}"} for title, value in facts[:10]]
        blocks.append({"type": "section", "fields": fields})
    if payload.url:
        blocks.append(_section(f"<{escaped(payload.url)}|Open the run>"))
    return json_message(recipient.url, {"text": sentence, "blocks": blocks})


def escaped(text: str) -> str:
    """Return a text in which Slack finds no link and no mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _section(text: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


INTEGRATION = Integration(
    name="slack",
    title="Slack",
    url_hint="https://hooks.slack.com/services/T…/B…/…",
    build=build,
    default_events=(EventName.RUN_FINISHED, EventName.RUN_FAILED, EventName.SLO_BREACHED),
    hides_url=True,
    matches=lambda url: url.startswith("https://hooks.slack.com/"),
)
