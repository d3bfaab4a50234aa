"""Builds the objects of the webhooks, and starts and stops their loop."""

import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from dashboard.access.reach import is_loopback, is_reachable_from_outside
from dashboard.integrations.payload import EventPayload
from dashboard.loop import Loop
from dashboard.model.errors import InvalidRequest
from dashboard.model.outgoing import EventName, OutboxEvent
from dashboard.model.run import Run
from dashboard.settings import Settings
from dashboard.store.store import Store
from dashboard.webhooks.dispatcher import Dispatcher
from dashboard.webhooks.payloads import payload_of
from dashboard.webhooks.secrets import WEBHOOK_SECRETS, SecretBook
from dashboard.webhooks.sender import Sender, SenderOptions
from dashboard.webhooks.webhook_book import WebhookBook

if TYPE_CHECKING:
    from dashboard.outbound.addresses import AddressGuard

ENDS = (EventName.RUN_FINISHED, EventName.RUN_FAILED, EventName.RUN_STOPPED, EventName.RUN_INVALID)


class Gate(Protocol):
    """What webhooks need of the gate of all outbound requests."""

    @property
    def own_ports(self) -> frozenset[int]: ...

    def for_webhooks(self) -> "Gate":
        """Return the gate without the list of allowed targets, which limits loads."""
        ...

    def check_url(self, field: str, url: str) -> None: ...


class Webhooks:
    """The webhooks of a dashboard: `book` manages them, `loop` delivers events to them."""

    def __init__(self, book: WebhookBook, dispatcher: Dispatcher) -> None:
        self.book = book
        self.loop = Loop("webhooks", dispatcher.tick)
        self._dispatcher = dispatcher

    def start(self) -> None:
        """Start to deliver."""
        self.loop.start()

    def stop(self) -> None:
        """Deliver what is due if that takes only a moment, then stop. The rest is delivered after the next start."""
        if self.loop.started:
            self.loop.stop()
            self._dispatcher.stop()


def make_webhooks(
    settings: Settings,
    store: Store,
    data_dir: Path,
    gate: Callable[[], Gate],
    port: Callable[[], int | None],
    compare: Callable[[Run], str | None],
) -> Webhooks:
    """Return the webhooks. `port` returns the port of the listening socket.

    compare: returns an ended run against its baseline in one sentence; None without a baseline
    """
    refuses_loopback = is_reachable_from_outside(settings)
    options = SenderOptions(
        github_token=settings.github_token.get_secret_value(),
        smtp_url=settings.smtp_url.get_secret_value(),
        smtp_from=settings.smtp_from,
    )

    def guard() -> "AddressGuard":
        from dashboard.outbound.addresses import AddressGuard

        return AddressGuard(gate().own_ports, refuses_loopback=refuses_loopback)

    def check_address(field: str, url: str) -> None:
        host = urlsplit(url).hostname or ""
        if refuses_loopback and is_loopback(host):
            raise InvalidRequest.field(
                field, "must not be an address of this machine while others can reach the dashboard"
            )
        gate().for_webhooks().check_url(field, url)

    def url() -> str | None:
        return dashboard_url(settings, port())

    def newest_run() -> Run | None:
        run_id = store.runs.newest(ended=True)
        return store.runs.get(run_id) if run_id else None

    def make_payload(event: OutboxEvent) -> EventPayload:
        run = store.runs.get(event.run_id) if event.name in ENDS else None
        return payload_of(event, url(), comparison=compare(run) if run else None)

    secrets = SecretBook(data_dir / WEBHOOK_SECRETS)
    sender = Sender(secrets, options, guard, _now)
    book = WebhookBook(store, secrets, sender, check_address, newest_run, url, _now)
    return Webhooks(book, Dispatcher(store, sender, make_payload, _now))


def dashboard_url(settings: Settings, port: int | None) -> str | None:
    """Return the URL under which people open the dashboard; None if it is not known."""
    if settings.dashboard_url:
        return settings.dashboard_url
    host = settings.dashboard_host
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    if port is None or (address is not None and address.is_unspecified):
        return None
    shown = f"[{host}]" if address is not None and address.version == 6 else host
    return f"http://{shown}:{port}{settings.base_path}"


def _now() -> datetime:
    return datetime.now(UTC)
