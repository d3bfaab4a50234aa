"""The generic webhook: the payload as JSON."""

from dashboard.integrations.integration import HttpMessage, Integration, Recipient, filled, json_message
from dashboard.integrations.payload import EventPayload


def build(payload: EventPayload, recipient: Recipient) -> HttpMessage:
    """Return the payload as it is."""
    return json_message(filled(recipient.url, payload), payload.model_dump())


INTEGRATION = Integration(
    name="webhook", title="Webhook (JSON)", url_hint="https://example.com/hooks/k6", build=build
)
