"""Sends one payload to one receiver, through the guarded client."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dashboard import __version__
from dashboard.integrations.integration import (
    HttpMessage,
    Integration,
    InvalidOption,
    NotForReceiver,
    Recipient,
)
from dashboard.integrations.payload import EventPayload
from dashboard.integrations.registry import integrations
from dashboard.model.masking import mask_text
from dashboard.model.origins import origin_of
from dashboard.model.webhook import Webhook
from dashboard.webhooks.retries import (
    GONE,
    HONORS_RETRY_AFTER,
    MAX_ANSWER_CHARACTERS,
    Attempt,
    parse_retry_after,
)
from dashboard.webhooks.secrets import SecretBook, WebhookSecrets
from dashboard.webhooks.signing import signature_headers

if TYPE_CHECKING:
    from dashboard.outbound.addresses import AddressGuard
    from dashboard.outbound.client import OutboundResponse

TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 16 * 1024
GITHUB = origin_of("https://api.github.com")
LOST_SECRET = "its secrets are missing, for example after a restore. Enter them again"


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderOptions:
    """`github_token` goes to api.github.com only. Without `smtp_url` no e-mail is sent."""

    github_token: str = field(default="", repr=False)
    smtp_url: str = field(default="", repr=False)
    smtp_from: str = ""
    timeout_s: float = TIMEOUT_S


class Sender:
    """Sends payloads. `guard` returns the current rule about addresses."""

    def __init__(
        self,
        book: SecretBook,
        options: SenderOptions,
        guard: "Callable[[], AddressGuard]",
        clock: Callable[[], datetime],
    ) -> None:
        self._book, self._options, self._guard, self._clock = book, options, guard, clock

    def send(self, webhook: Webhook, payload: EventPayload) -> Attempt:
        """Send a payload, and return what came of it. No answer or error contains a secret of the webhook."""
        secrets = self._book.get(webhook.webhook_id)
        if lost_secrets(webhook, secrets) or (webhook.hides_url and not secrets.url):
            return Attempt(error=LOST_SECRET)
        attempt = self._send(webhook, secrets, payload)
        known = [secrets.secret, secrets.token, secrets.url, *secrets.headers.values()]
        known += [self._options.github_token, self._options.smtp_url]
        hidden = [text for text in known if text]
        return Attempt(
            status=attempt.status,
            answer=attempt.answer and mask_text(attempt.answer, hidden),
            error=attempt.error and mask_text(attempt.error, hidden),
            retry_after_s=attempt.retry_after_s,
            is_final=attempt.is_final,
            skipped=attempt.skipped,
        )

    def _send(self, webhook: Webhook, secrets: WebhookSecrets, payload: EventPayload) -> Attempt:
        integration = integrations().get(webhook.integration)
        if integration is None:
            return Attempt(error=f"this version has no receiver {webhook.integration}", is_final=True)
        url = secrets.url or webhook.url
        recipient = Recipient(url=url, options=webhook.options, token=secrets.token)
        try:
            message = integration.build(payload, recipient)
        except NotForReceiver as reason:
            return Attempt(error=str(reason), skipped=True)
        except InvalidOption as error:
            return Attempt(error=f"{error.field}: {error}", is_final=True)
        if isinstance(message, EmailMessage):
            return self._mail(message, payload)
        return self._post(message, self._headers(message, integration, secrets, payload))

    def _headers(
        self, message: HttpMessage, integration: Integration, secrets: WebhookSecrets, payload: EventPayload
    ) -> dict[str, str]:
        now = self._clock()
        headers = {"User-Agent": f"k6-dashboard/{__version__}", "Accept": "*/*", **message.headers}
        headers |= {"webhook-id": payload.id, "webhook-timestamp": str(int(now.timestamp()))}
        if secrets.secret:
            headers |= signature_headers(secrets.secret, payload.id, now, message.body)
        token = secrets.token
        if not token and integration.name.startswith("github-") and origin_of(message.url) == GITHUB:
            token = self._options.github_token
        if token and integration.token_header:
            name, prefix = integration.token_header
            headers[name] = f"{prefix}{token}"
        return headers | dict(secrets.headers)

    def _post(self, message: HttpMessage, headers: dict[str, str]) -> Attempt:
        # importing requests takes 100 ms, too much for a server start
        from dashboard.outbound.addresses import AddressRefused
        from dashboard.outbound.client import fetch
        from dashboard.outbound.failures import NoResponse
        from dashboard.outbound.route import Route

        try:
            response = fetch(
                urlsplit(message.url),
                self._guard(),
                headers=headers,
                method="POST",
                body=message.body,
                route=Route(timeout_s=self._options.timeout_s),
                max_body_bytes=MAX_ANSWER_BYTES,
            )
        except (NoResponse, AddressRefused) as error:
            return Attempt(error=str(error))
        return attempt_of(response, self._clock())

    def _mail(self, message: EmailMessage, payload: EventPayload) -> Attempt:
        from dashboard.outbound.addresses import AddressRefused
        from dashboard.outbound.failures import NoResponse
        from dashboard.outbound.mail import MailRefused, send_mail

        if not self._options.smtp_url:
            return Attempt(error="SMTP_URL is not set, so no e-mail can be sent")
        message["From"] = self._options.smtp_from
        message["Message-ID"] = f"<{payload.id}@{self._options.smtp_from.rpartition('@')[2]}>"
        try:
            url = urlsplit(self._options.smtp_url)
            # Whoever sets SMTP_URL controls this machine, which often has a mail server of its own.
            guard = replace(self._guard(), refuses_loopback=False)
            status, answer = send_mail(url, guard, message, self._options.timeout_s)
        except MailRefused as error:
            text = f"the mail server answered {error.status}"
            return Attempt(
                status=error.status, answer=_excerpt(error.message), error=text, is_final=error.is_final
            )
        except (NoResponse, AddressRefused) as error:
            return Attempt(error=str(error))
        return Attempt(status=status, answer=answer)


def lost_secrets(webhook: Webhook, secrets: WebhookSecrets) -> list[str]:
    """Return the names of missing secrets, other than the URL. Without them, a webhook must not send anything."""
    is_lost = {
        "secret": webhook.is_signed and not secrets.secret,
        "token": webhook.has_token and not secrets.token,
        "headers": not set(webhook.header_names) <= set(secrets.headers),
    }
    return [name for name, lost in is_lost.items() if lost]


def attempt_of(response: "OutboundResponse", now: datetime) -> Attempt:
    """Return what a response means."""
    answer = _excerpt(response.body.decode("utf-8", "replace"))
    status = response.status
    if 200 <= status < 300:
        return Attempt(status=status, answer=answer)
    error = f"the receiver answered {status}"
    if 300 <= status < 400:
        return Attempt(status=status, answer=answer, error=f"{error}. Redirects are not followed")
    retry_after = parse_retry_after(response.retry_after, now) if status in HONORS_RETRY_AFTER else None
    return Attempt(
        status=status, answer=answer, error=error, retry_after_s=retry_after, is_final=status == GONE
    )


def _excerpt(text: str) -> str:
    return text[:MAX_ANSWER_CHARACTERS].strip()
