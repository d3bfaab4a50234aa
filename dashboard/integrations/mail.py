"""E-mail: one message per event, through the server in SMTP_URL. The URL is `mailto:` with the recipients."""

import re
from email.message import EmailMessage
from urllib.parse import unquote

from dashboard.integrations.integration import Integration, InvalidOption, Recipient, shortened
from dashboard.integrations.outcome import ICONS, facts_of, state_of, text_of
from dashboard.integrations.payload import EventPayload
from dashboard.model.outgoing import EventName

MAX_RECIPIENTS = 20
_ADDRESS = re.compile(r"[^\s@,<>\"\\;:]{1,64}@[A-Za-z0-9.-]{1,253}", re.ASCII)


def build(payload: EventPayload, recipient: Recipient) -> EmailMessage:
    """Return a message in plain text. The sender adds its own address."""
    message = EmailMessage()
    message["To"] = ", ".join(recipients_of(recipient.url))
    message["Subject"] = shortened(f"{ICONS[state_of(payload)]} {' '.join(payload.sentence.split())}", 200)
    lines = [text_of(payload), "", *(f"{title}: {value}" for title, value in facts_of(payload)), ""]
    lines += [f"Run: {payload.run_id}", f"Target: {payload.base_url}"]
    message.set_content("\n".join([*lines, *([payload.url] if payload.url else [])]))
    return message


def recipients_of(url: str) -> list[str]:
    """Return the addresses of a `mailto:` URL. Raises InvalidOption."""
    text = unquote(url.partition(":")[2])
    addresses = [part.strip() for part in text.split(",")]
    if not all(_ADDRESS.fullmatch(address) for address in addresses):
        raise InvalidOption(
            "url", "must be mailto: with addresses such as mailto:team@example.com,ops@example.com"
        )
    if len(addresses) > MAX_RECIPIENTS:
        raise InvalidOption("url", f"must have at most {MAX_RECIPIENTS} recipients")
    return addresses


INTEGRATION = Integration(
    name="email",
    title="E-mail",
    url_hint="mailto:team@example.com",
    build=build,
    default_events=(EventName.RUN_FINISHED, EventName.RUN_FAILED, EventName.SLO_BREACHED),
    matches=lambda url: url.startswith("mailto:"),
    scheme="mailto",
)
