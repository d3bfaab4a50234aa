"""Which secrets go to which receiver."""

from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from dashboard.integrations.integration import HttpMessage
from dashboard.integrations.registry import integrations
from dashboard.outbound.addresses import AddressGuard
from dashboard.webhooks.payloads import payload_of
from dashboard.webhooks.secrets import SecretBook, WebhookSecrets
from dashboard.webhooks.sender import Sender, SenderOptions
from tests.webhooks.receiver import Reply, a_receiver
from tests.webhooks.samples import a_webhook, an_outbox_event

PAYLOAD = payload_of(an_outbox_event(), None)
API = "https://api.github.com/repos/org/repo/statuses/abc"


@pytest.fixture
def book(tmp_path: Path) -> SecretBook:
    return SecretBook(tmp_path / "secrets.json")


def a_sender(book: SecretBook, **options: str) -> Sender:
    return Sender(book, SenderOptions(**options), AddressGuard, lambda: datetime.now(UTC))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "url", "token", "header"),
    [
        ("github-status", API, None, ("Authorization", "Bearer stored")),
        ("github-check", API, None, ("Authorization", "Bearer stored")),
        ("github-status", API, "own", ("Authorization", "Bearer own")),
        ("github-status", "https://github.example/api/v3/repos/o/r/statuses/a", None, None),
        ("github-status", "http://api.github.com/repos/o/r/statuses/a", None, None),
        ("github-status", "https://api.github.com.evil.example/repos/o/r/statuses/a", None, None),
        ("webhook", API, None, None),
        ("gitlab-status", "https://gitlab.example/a", "own", ("PRIVATE-TOKEN", "own")),
        ("slack", "https://hooks.slack.com/a", "own", None),
    ],
)
def test_a_token_goes_only_to_its_service(
    book: SecretBook, kind: str, url: str, token: str | None, header: tuple[str, str] | None
) -> None:
    secrets, message = WebhookSecrets(token=token), HttpMessage(url=url, body=b"{}")
    sender = a_sender(book, github_token="stored")
    headers = sender._headers(message, integrations()[kind], secrets, PAYLOAD)
    found = {name: value for name, value in headers.items() if name in ("Authorization", "PRIVATE-TOKEN")}
    assert found == (dict([header]) if header else {})


def test_an_answer_that_repeats_secrets_is_masked(book: SecretBook) -> None:
    secrets = WebhookSecrets(secret="canary-1", token="canary-2", headers={"X-Key": "canary-3"})
    book.put("wh_aaaaaaaaaaaa", secrets)
    with a_receiver(
        lambda got: Reply(500, body=str(got.headers).encode() + b"canary-1 canary-2")
    ) as receiver:
        webhook = a_webhook(url=receiver.url, is_signed=True, has_token=True, header_names=("X-Key",))
        attempt = a_sender(book).send(webhook, PAYLOAD)
        assert receiver.received[0].headers["x-key"] == "canary-3"
    assert attempt.status == 500
    assert "canary" not in str(attempt)


def test_without_a_mail_server_no_mail_is_sent(book: SecretBook) -> None:
    attempt = a_sender(book).send(a_webhook(integration="email", url="mailto:a@example.com"), PAYLOAD)
    assert attempt.error == "SMTP_URL is not set, so no e-mail can be sent"


def test_secrets_are_not_in_representations() -> None:
    options = SenderOptions(github_token="canary", smtp_url="smtp://a:canary@b")
    assert "canary" not in repr(options)


def test_a_mail_goes_through_the_mail_server_of_this_machine(
    book: SecretBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[AddressGuard, EmailMessage]] = []

    def send_mail(
        _url: object, guard: AddressGuard, message: EmailMessage, _timeout_s: float
    ) -> tuple[int, str]:
        sent.append((guard, message))
        return 250, "accepted by the mail server"

    monkeypatch.setattr("dashboard.outbound.mail.send_mail", send_mail)
    options = SenderOptions(smtp_url="smtp://127.0.0.1", smtp_from="perf@example.com")
    sender = Sender(book, options, lambda: AddressGuard(refuses_loopback=True), lambda: datetime.now(UTC))
    attempt = sender.send(a_webhook(integration="email", url="mailto:a@example.com"), PAYLOAD)
    [(guard, message)] = sent
    assert (attempt.status, guard.refuses_loopback) == (250, False)
    assert (message["From"], message["To"]) == ("perf@example.com", "a@example.com")
    assert message["Message-ID"] == "<evt_1@example.com>"
