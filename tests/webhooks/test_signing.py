"""Signatures, verified by an implementation of their own and by the library of Standard Webhooks."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from dashboard.webhooks.signing import check_secret, signature_headers

BODY = '{"event": "run.finished", "label": "größe"}'.encode()
KEY = b"0123456789abcdef01234567"
STANDARD = f"whsec_{base64.b64encode(KEY).decode()}"


@pytest.mark.parametrize(("secret", "key"), [("a-long-secret", b"a-long-secret"), (STANDARD, KEY)])
def test_a_receiver_can_verify_the_body(secret: str, key: bytes) -> None:
    now = datetime.now(UTC)
    headers = signature_headers(secret, "evt_1", now, BODY)

    digest = hmac.new(secret.encode(), BODY, hashlib.sha256).hexdigest()
    assert headers["X-Perf-Signature"] == f"sha256={digest}"
    seconds = str(int(now.timestamp()))
    signed = b".".join([b"evt_1", seconds.encode(), BODY])
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    received = {**headers, "webhook-id": "evt_1", "webhook-timestamp": seconds}
    library_secret = f"whsec_{base64.b64encode(key).decode()}"
    assert Webhook(library_secret).verify(BODY, received)["event"] == "run.finished"


@pytest.mark.parametrize("secret", ["whsec_", "whsec_!", "whsec_a"])
def test_a_secret_with_the_prefix_must_be_base64(secret: str) -> None:
    with pytest.raises(ValueError, match="must be base64"):
        check_secret(secret)
