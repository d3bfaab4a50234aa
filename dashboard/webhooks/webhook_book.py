"""Creates, changes, tests and deletes webhooks. Secrets go to their file, everything else to the database."""

import base64
import secrets as randomness
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from dashboard.integrations.integration import Integration
from dashboard.model.errors import Conflict, InvalidRequest, NotFound
from dashboard.model.masking import mask_text
from dashboard.model.named_values import MASK
from dashboard.model.origins import origin_of
from dashboard.model.run import Run, iso
from dashboard.model.webhook import MAX_WEBHOOKS, Delivery, Webhook, WebhookFilter
from dashboard.store.errors import WebhookExists
from dashboard.store.store import Store
from dashboard.webhooks.checks import (
    CheckUrl,
    check_events,
    check_headers,
    check_options,
    check_signing_secret,
    check_url,
    integration_of,
)
from dashboard.webhooks.payloads import TEST_EVENT, payload_of
from dashboard.webhooks.retries import Attempt
from dashboard.webhooks.samples import event_for_test
from dashboard.webhooks.secrets import SecretBook, WebhookSecrets
from dashboard.webhooks.sender import Sender, lost_secrets

HIDDEN: Final = f"/{MASK}"
LOST: Final = "is missing, for example after a restore"
SENT_SECRETS: Final = ("token", "headers")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """What a client sends. A secret (`url`, `secret`, `token`, `headers`) that is not in `given` stays as it is."""

    name: str
    url: str | None = None
    integration: str | None = None
    events: Sequence[str] = ()
    filters: WebhookFilter = field(default_factory=WebhookFilter)
    options: Mapping[str, str] = field(default_factory=dict)
    enabled: bool = True
    secret: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    given: frozenset[str] = frozenset()


class WebhookBook:
    """All webhooks. `check_address` checks where a URL leads; `newest_run` returns the newest run that has ended."""

    def __init__(
        self,
        store: Store,
        book: SecretBook,
        sender: Sender,
        check_address: CheckUrl,
        newest_run: Callable[[], Run | None],
        dashboard_url: Callable[[], str | None],
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._book, self._sender = store, book, sender
        self._check_address, self._newest_run = check_address, newest_run
        self._dashboard_url, self._clock = dashboard_url, clock

    def get(self, webhook_id: str) -> Webhook:
        """Return a webhook. Raises NotFound."""
        found = self._store.webhooks.get(webhook_id)
        if found is None:
            raise NotFound(f"Webhook {webhook_id} does not exist.")
        return found

    def create(self, request: WebhookRequest, by: str | None) -> Webhook:
        """Store a new webhook. Raises InvalidRequest, Conflict, AddressRefused."""
        if len(self._store.webhooks.all()) >= MAX_WEBHOOKS:
            raise Conflict(f"There are already {MAX_WEBHOOKS} webhooks. Delete one first.")
        return self._store_request(request, None, by)

    def update(self, webhook_id: str, request: WebhookRequest, by: str | None) -> Webhook:
        """Replace a webhook. Raises NotFound, InvalidRequest, Conflict, AddressRefused."""
        return self._store_request(request, self.get(webhook_id), by)

    def delete(self, webhook_id: str) -> Webhook:
        """Delete a webhook with its secrets and deliveries. Raises NotFound."""
        webhook = self.get(webhook_id)
        self._store.webhooks.delete(webhook_id)
        self._book.put(webhook_id, None)
        return webhook

    def test(self, webhook_id: str) -> Attempt:
        """Send a test payload now, and return what came of it. Raises NotFound."""
        event = event_for_test(self._newest_run(), self._clock())
        return self._sender.send(self.get(webhook_id), payload_of(event, self._dashboard_url(), TEST_EVENT))

    def resend(self, webhook_id: str, number: int) -> Delivery:
        """Make an ended delivery pending again. Raises NotFound, Conflict."""
        webhook = self.get(webhook_id)
        if not webhook.enabled:
            raise Conflict(f'The webhook "{webhook.name}" is disabled. Enable it first.')
        resent = self._store.deliveries.resend(webhook_id, number, str(iso(self._clock())))
        delivery = self._store.deliveries.get(webhook_id, number)
        if delivery is None:
            raise NotFound(f"Delivery {number} of webhook {webhook_id} does not exist.")
        if not resent:
            raise Conflict(f"Delivery {number} is pending already.")
        return delivery

    def import_all(self, requests: Sequence[WebhookRequest], by: str | None) -> list[Webhook]:
        """Create webhooks, or replace those of the same name. Nothing is stored if one of them is refused."""
        known = {webhook.name: webhook for webhook in self._store.webhooks.all()}
        names = [request.name for request in requests]
        if len(set(names)) < len(names):
            raise InvalidRequest.field("webhooks", "must not contain the same name twice")
        if len(known.keys() | set(names)) > MAX_WEBHOOKS:
            raise Conflict(f"There would be more than {MAX_WEBHOOKS} webhooks. Delete some first.")
        for request in requests:
            self._prepare(request, known.get(request.name), by)
        return [self._store_request(request, known.get(request.name), by) for request in requests]

    def _store_request(self, request: WebhookRequest, old: Webhook | None, by: str | None) -> Webhook:
        webhook, secrets = self._prepare(request, old, by)
        before = self._book.get(webhook.webhook_id)
        self._book.put(webhook.webhook_id, secrets)
        try:
            self._store.webhooks.put(webhook)
        except WebhookExists as error:
            self._book.put(webhook.webhook_id, before)
            raise Conflict(str(error)) from None
        return webhook

    def _prepare(
        self, request: WebhookRequest, old: Webhook | None, by: str | None
    ) -> tuple[Webhook, WebhookSecrets]:
        """Return the webhook of a request and its secrets, checked."""
        stored = self._book.get(old.webhook_id) if old else WebhookSecrets()
        url = self._url_of(request, old, stored)
        integration = integration_of(request.integration, url)
        check_url(url, integration, self._check_address)
        secrets = self._secrets_of(request, old, stored, url)
        shown, hides_url = _shown_url(url, integration)
        if old is not None and old.hides_url and url == stored.url:  # another integration must not reveal it
            shown, hides_url = old.url, True
        now = str(iso(self._clock()))
        return Webhook(
            webhook_id=old.webhook_id if old else _new_id(),
            name=request.name,
            integration=integration.name,
            url=shown,
            hides_url=hides_url,
            events=check_events(list(request.events), integration),
            filters=request.filters,
            options=check_options(request.options, integration),
            header_names=tuple(sorted(secrets.headers)),
            is_signed=secrets.secret is not None,
            has_token=secrets.token is not None,
            enabled=request.enabled,
            disabled_reason=None if request.enabled or old is None else old.disabled_reason,
            created_at=old.created_at if old else now,
            changed_at=now,
            changed_by=by,
        ), replace(secrets, url=url if hides_url else None)

    def _url_of(self, request: WebhookRequest, old: Webhook | None, stored: WebhookSecrets) -> str:
        """Return the URL of a request. The masked form of a stored URL stands for it."""
        given = request.url.strip() if request.url else None
        if old is not None and (given is None or given == old.url):
            if old.hides_url and stored.url is None:
                raise InvalidRequest.field("url", f"{LOST}. Enter the whole URL")
            return stored.url or old.url
        if not given:
            raise InvalidRequest.field("url", "is required, for example https://example.com/hooks")
        if MASK in given:
            raise InvalidRequest.field("url", "is masked. Enter the whole URL")
        return given

    def _secrets_of(
        self, request: WebhookRequest, old: Webhook | None, stored: WebhookSecrets, url: str
    ) -> WebhookSecrets:
        """Return the secrets: those of the request, else the stored ones, unless they would go elsewhere."""
        lost = lost_secrets(old, stored) if old else []
        for name in lost:
            if name not in request.given:
                raise InvalidRequest.field(name, f"{LOST}. Enter it again, or remove it")
        values = {name: getattr(request if name in request.given else stored, name) for name in _SECRETS}
        if values["secret"] and "secret" in request.given:
            check_signing_secret(values["secret"])
        check_headers(values["headers"])
        old_url = (stored.url or old.url) if old else url
        for name in SENT_SECRETS:
            if name not in request.given and values[name] and origin_of(old_url) != origin_of(url):
                raise InvalidRequest.field(
                    name, f"was stored for {_host(old_url)}. Enter it again to send it to {_host(url)}"
                )
        return WebhookSecrets(
            **{name: value or None for name, value in values.items() if name != "headers"},
            headers=dict(values["headers"]),
        )


_SECRETS: Final = ("secret", "token", "headers")


def _shown_url(url: str, integration: Integration) -> tuple[str, bool]:
    """Return a URL without its secret part, and whether that hides anything."""
    if integration.hides_url:
        origin = origin_of(url)
        shown = f"{url.partition('://')[0]}://{_host(url)}{HIDDEN}" if origin else HIDDEN
        return shown, True
    masked = mask_text(url)
    return masked, masked != url


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].partition("?")[0] or url


def _new_id() -> str:
    return f"wh_{base64.b32encode(randomness.token_bytes(10)).decode().lower()[:12]}"
