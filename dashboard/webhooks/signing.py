"""Signatures of requests: `X-Perf-Signature` and the headers of Standard Webhooks."""

import hashlib
import hmac
from datetime import datetime

STANDARD_PREFIX = "whsec_"


def check_secret(secret: str) -> None:
    """Check a signing secret. One with the prefix of Standard Webhooks must be base64. Raises ValueError."""
    if secret.startswith(STANDARD_PREFIX):
        from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

        try:
            Webhook(secret)
        except (ValueError, EmptyWebhookSecretError):
            raise ValueError("must be base64 after whsec_") from None


def signature_headers(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers that let a receiver verify `body`.

    The key of X-Perf-Signature is the text of the secret. The key of Standard Webhooks is what follows `whsec_`,
    decoded from base64, or the text of any other secret.
    """
    from standardwebhooks.webhooks import Webhook

    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    standard = Webhook(secret if secret.startswith(STANDARD_PREFIX) else secret.encode())
    return {
        "X-Perf-Signature": f"sha256={digest}",
        "webhook-signature": standard.sign(message_id, at, body.decode()),
    }
